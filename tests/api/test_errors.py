"""Errors that are not the user's: masked, coded, logged under the request's id; and requests that take too long."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tests.conftest import Execute
from tests.support.api import Store
from tests.support.postgres import free_port
from tests.support.traces import CREATE_TRACE, code_of, error_of, native_trace, on_sqlite, trace_input
from tests.support.waiting import WAIT_SECONDS, until
from tests.support.writers import count_in
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

PROMPTS = "{ traces { nodes { id prompt } } }"


async def break_traces(database: Database) -> None:
    """Makes every statement that reads or writes a trace's payload wrong, as an error of the program would be."""
    async with database.write() as session:
        await session.execute(text("ALTER TABLE traces RENAME COLUMN payload TO somewhere_else"))


def assert_masked(body: dict, caplog: pytest.LogCaptureFixture) -> None:
    """The response has no internal details; the log has them, under the request's id."""
    error = error_of(body)
    request_id = error["extensions"]["requestId"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == f"Internal error. The server's log has the details under request {request_id}."
    assert any(request_id in record.getMessage() and record.exc_info for record in caplog.records)


async def test_an_internal_error_is_masked(
    graphql: Execute, store: Store, database: Database, caplog: pytest.LogCaptureFixture
):
    await store(trace_input())
    await break_traces(database)

    body = await graphql(PROMPTS)

    assert_masked(body, caplog)
    assert body["data"] is None
    assert error_of(body)["path"] == ["traces"]
    for inside in ("payload", "SELECT", "sqlite", "asyncpg", "Traceback", ".py"):
        assert inside not in str(body)


async def test_an_internal_error_of_a_mutation_is_masked(
    graphql: Execute, database: Database, caplog: pytest.LogCaptureFixture
):
    await break_traces(database)

    body = await graphql(CREATE_TRACE, {"input": {"trace": trace_input()}})

    assert_masked(body, caplog)
    assert "payload" not in str(body)


async def test_an_internal_error_of_a_plain_route_is_masked(
    address: str, database: Database, caplog: pytest.LogCaptureFixture
):
    await break_traces(database)

    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        headers = {"X-Request-Id": "mine"}
        response = await client.post(f"http://{address}/v1/traces", json=native_trace(), headers=headers)

    assert (response.status_code, response.headers["x-request-id"]) == (500, "mine")
    assert_masked(response.json(), caplog)
    assert "payload" not in response.text


@pytest.fixture
async def lonely_client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose database is unreachable."""
    url = f"postgresql+asyncpg://postgres@127.0.0.1:{free_port()}/nowhere"
    app = create_app(Settings(data_dir=tmp_path, database_url=url, load_samples=False))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


async def test_a_database_that_is_away_is_unavailable(lonely_client: httpx.AsyncClient):
    for query in (PROMPTS, "mutation { scoreTraces(input: {where: {}}) { scoredCount } }"):
        body = (await lonely_client.post("/graphql", json={"query": query})).json()
        assert code_of(body) == "UNAVAILABLE"
        assert "127.0.0.1" not in str(body)
    health = (await lonely_client.post("/graphql", json={"query": "{ health { status } }"})).json()
    assert health == {"data": {"health": {"status": "DOWN"}}}
    ready, alive = await lonely_client.get("/readyz"), await lonely_client.get("/healthz")
    assert (ready.status_code, code_of(ready.json()), alive.status_code) == (503, "UNAVAILABLE", 200)


class TestTimeouts:
    """With a request timeout of a tenth of a second."""

    @pytest.fixture
    def settings(self, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
        monkeypatch.setattr("tunix_rt.settings.LOCK_SHARE", 100)  # waits for locks would end before the request's time
        return Settings(
            data_dir=tmp_path,
            database_url=database_url,
            load_samples=False,
            request_timeout_seconds=0.1,
            db_lock_timeout_seconds=1,
        )

    @on_sqlite
    async def test_a_mutation_that_waits_too_long_is_ended_and_stores_nothing(
        self, graphql: Execute, database: Database
    ):
        async with database.write():  # the one writer of SQLite
            body = await graphql(CREATE_TRACE, {"input": {"trace": trace_input()}})

        error = error_of(body)
        assert error["extensions"]["code"] == "TIMEOUT"
        assert "0.1 seconds" in error["message"]
        assert await count_in(database) == 0

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    async def test_a_query_that_waits_too_long_is_ended(self, graphql: Execute, database: Database):
        async with database.write() as session:
            await session.execute(text("LOCK TABLE traces IN ACCESS EXCLUSIVE MODE"))
            body = await graphql(PROMPTS)

        async def is_answered() -> bool:
            return await graphql(PROMPTS) == {"data": {"traces": {"nodes": []}}}

        assert code_of(body) == "TIMEOUT"
        await until(is_answered)  # a busy machine may need more than that time for it, too


async def test_the_users_errors_are_not_logged_as_errors(graphql: Execute, caplog: pytest.LogCaptureFixture):
    for query in ("{", "{ nothing }", '{ trace(id: "x") { id } }', "{ traces(first: 501) { totalCount } }"):
        code_of(await graphql(query))

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
