"""Two servers on one PostgreSQL: what one commits reaches subscribers and worker of the other without a poll."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.support.api import listening
from tests.support.exports import CANCEL, EXPORT, START
from tests.support.subscriptions import WAIT_SECONDS, Socket, send, socket
from tests.support.traces import data_of
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

NEVER = 3600.0
POLLS = (
    "tunix_rt.api.live.arrivals.POLL_SECONDS",
    "tunix_rt.api.live.changed_runs.POLL_SECONDS",
    "tunix_rt.api.live.job_events.POLL_SECONDS",
    "tunix_rt.jobs.worker.POLL_SECONDS",
)
EVENTS = "subscription ($id: ID!) { exportEvents(id: $id) { status } }"
ALL = {"where": {}, "format": "TRACE"}
LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tunix-rt notifications'"


@pytest.fixture
def settings(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of servers that never poll a second time."""
    for name in POLLS:
        monkeypatch.setattr(name, NEVER)
    return Settings(data_dir=tmp_path / "data", database_url=postgresql_url, load_samples=False, worker=False)


@pytest.fixture
async def other(settings: Settings) -> AsyncIterator[str]:
    """``127.0.0.1:PORT`` of another server on the database."""
    async with listening(create_app(settings), settings) as address:
        yield address


async def ask(address: str, query: str, **variables: Any) -> Any:
    """Returns the data of a request to a server."""
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        answer = await client.post(f"http://{address}/graphql", json={"query": query, "variables": variables})
    return data_of(answer.json())


async def followed(opened: Socket, address: str) -> None:
    """Follows new traces, and returns once the server waits for the next."""
    (first,) = await send(address, "before")
    await opened.subscribe("s", after=first["id"])
    await send(address, "first")
    assert await opened.prompts("s", 1) == ["first"]


async def test_traces_of_another_server_arrive(address: str, other: str):
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await followed(opened, address)
        await send(other, "theirs")
        assert await opened.prompts("s", 1) == ["theirs"]
        await send(other, "theirs too")

        assert await opened.prompts("s", 1) == ["theirs too"]


async def test_traces_arrive_after_a_lost_connection(address: str, other: str, database: Database):
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await followed(opened, address)
        await send(other, "theirs")
        assert await opened.prompts("s", 1) == ["theirs"]
        async with database.write() as session:
            assert await session.scalar(text(f"SELECT count(pg_terminate_backend(pid)) {LISTENERS}")) == 1
        await send(other, "meanwhile")
        assert await opened.prompts("s", 1) == ["meanwhile"]
        await send(other, "afterwards")

        assert await opened.prompts("s", 1) == ["afterwards"]


async def test_events_of_jobs_that_another_server_changes_arrive(address: str, other: str):
    await send(address, "one")
    export = (await ask(address, START, input=ALL))["startExport"]["export"]
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await opened.subscribe("e", EVENTS, id=export["id"])
        assert await status(opened) == "PENDING"
        await ask(other, CANCEL, input={"id": export["id"]})

        assert await status(opened) == "CANCELLED"


async def test_a_worker_takes_what_another_server_starts(settings: Settings, other: str):
    working = replace(settings, worker=True)
    async with listening(create_app(working), working) as address:
        await send(other, "one")
        export = (await ask(other, START, input=ALL))["startExport"]["export"]

        async def completed() -> bool:
            found = (await ask(address, EXPORT, id=export["id"]))["export"]
            return bool(found["status"] == "COMPLETED")

        await until(completed)


async def status(opened: Socket) -> str:
    """Returns the status in the newest of the next events."""
    message = await opened.receive()
    assert message["type"] == "next", message
    found: str = data_of(message["payload"])["exportEvents"][-1]["status"]
    return found
