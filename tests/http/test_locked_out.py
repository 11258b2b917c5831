"""A database that is locked, hangs or is unavailable is reported in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tests.support.api import client_of
from tests.support.traces import CREATE_TRACE, code_of, error_of, trace_input
from tunix_rt.db.session import Database, lock_inserts
from tunix_rt.settings import Settings

WAIT_SECONDS = 15
"""Less than any of the waits that the tests are about was."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server whose requests may take two seconds, and its waits for locks much longer."""
    return replace(settings, worker=False, request_timeout_seconds=2.0, db_lock_timeout_seconds=60.0)


@asynccontextmanager
async def locked_out(settings: Settings) -> AsyncIterator[None]:
    """Another process stores traces, and does not come to an end."""
    other = Database(settings)
    async with other.write() as session:
        await lock_inserts(session, "traces")
        yield
    await other.close()


async def write(client: httpx.AsyncClient, prompt: str = "a") -> httpx.Response:
    """The answer to a mutation that stores a trace."""
    variables = {"input": {"trace": trace_input(prompt)}}
    return await client.post("/graphql", json={"query": CREATE_TRACE, "variables": variables})


async def test_writers_that_are_locked_out_are_reported_before_their_time_is_up(settings: Settings):
    async with client_of(settings) as client, asyncio.timeout(WAIT_SECONDS):
        async with locked_out(settings):
            answers = await asyncio.gather(*(write(client, prompt) for prompt in "abc"))
            assert [code_of(answer.json()) for answer in answers] == ["UNAVAILABLE"] * 3

        assert (await write(client)).json()["data"]["createTrace"]["errors"] == []


async def test_a_server_that_is_locked_out_is_not_ready_and_answers_in_time(sqlite_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url, load_samples=False, worker=False)
    async with client_of(settings) as client, asyncio.timeout(WAIT_SECONDS):
        async with locked_out(settings):
            response = await client.get("/readyz")
            assert (response.status_code, code_of(response.json())) == (503, "UNAVAILABLE")

        assert (await client.get("/readyz")).status_code == 200


async def test_a_server_whose_database_hangs_is_not_ready_and_answers_in_time(postgresql_url: str, tmp_path: Path):
    settings = Settings(data_dir=tmp_path, database_url=postgresql_url, load_samples=False, worker=False)
    other = Database(settings)
    async with client_of(settings) as client, asyncio.timeout(WAIT_SECONDS):
        async with other.write() as session:
            await session.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
            response = await client.get("/readyz")

        assert (response.status_code, code_of(response.json())) == (503, "UNAVAILABLE")
        assert "did not answer within" in error_of(response.json())["message"]
        assert (await client.get("/readyz")).status_code == 200
    await other.close()


async def test_a_server_whose_database_never_greets_is_not_ready_and_answers_in_time(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        settings = Settings(data_dir=tmp_path, database_url=url, load_samples=False, worker=False)
        async with client_of(settings) as client, asyncio.timeout(WAIT_SECONDS):
            response = await client.get("/readyz")

    assert (response.status_code, code_of(response.json())) == (503, "UNAVAILABLE")


async def test_a_server_that_writes_itself_is_ready(settings: Settings):
    """Its own long write shows that it can write, and must not make others believe that it cannot."""
    async with client_of(settings) as client, asyncio.timeout(WAIT_SECONDS):
        database: Database = client._transport.app.state.database
        async with database.write() as session:
            await lock_inserts(session, "traces")
            assert (await client.get("/readyz")).status_code == 200
