"""An unavailable or read-only database is reported without internal details, and only while it lasts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import make_url, text
from starlette.requests import HTTPConnection

from tests.support.factories import trace
from tests.support.locks import locked
from tests.support.postgres import PostgresServer
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.migrate import upgrade
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.importing import BATCH_LINES
from tunix_rt.settings import Settings

READ = "{ traces { totalCount nodes { promptPreview } } }"
FILTERED = (
    "{ traces(where: {source: {isNull: true}}, orderBy: {field: SOURCE}) { nodes { prompt latestScores { score } } } }"
)
WRITE = """
mutation { createTrace(input: {trace: {prompt: "q", finalAnswer: "a", steps: [{type: "t", content: "c"}]}}) {
  trace { id } errors { code message }
} }
"""
INSIDE = ("SELECT", "INSERT", "UPDATE", "traces.", "sqlite", "asyncpg", "postgres", "sqlalchemy", "Traceback", "PRAGMA")


@dataclass(frozen=True)
class Service:
    """The application with its database within reach."""

    client: httpx.AsyncClient
    database: Database

    async def ask(self, query: str) -> dict[str, Any]:
        """The answer to a GraphQL request, which shows nothing of the inside."""
        response = await self.client.post("/graphql", json={"query": query})
        assert not [word for word in INSIDE if word in response.text], response.text
        body: dict[str, Any] = response.json()
        return body

    async def send(self, body: bytes | AsyncIterator[bytes]) -> dict[str, Any]:
        """The answer to a stream of lines, with its status."""
        response = await self.client.post("/v1/traces", content=body, headers={"Content-Type": "application/jsonl"})
        assert not [word for word in INSIDE if word in response.text], response.text
        return {"status": response.status_code, **response.json()}

    async def count(self) -> int:
        """Returns the number of stored traces."""
        number: int = (await self.ask("{ traces { totalCount } }"))["data"]["traces"]["totalCount"]
        return number


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The application on a database, in this process."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        scope = {"type": "http", "headers": [(b"host", b"127.0.0.1:8000")], "state": {"request_id": "of the test"}}
        connection = HTTPConnection(scope | {"path": "/graphql", "scheme": "http"})
        yield Service(client, app.state.context_for(connection).database)


def lines(first: int, number: int) -> bytes:
    """``number`` different traces, one a line."""
    return b"".join(orjson.dumps(trace(f"line {first + place}")) + b"\n" for place in range(number))


def codes(body: dict[str, Any]) -> list[str]:
    """The codes of an answer's top-level errors."""
    return [error["extensions"]["code"] for error in body.get("errors", [])]


@pytest.fixture
def sqlite_settings(sqlite_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on a fresh SQLite file, which does not wait long for a lock."""
    return Settings(data_dir=tmp_path / "data", database_url=sqlite_url, load_samples=False, db_lock_timeout_seconds=1)


async def pragma(service: Service, setting: str) -> None:
    """Sets something on the only connection that writes."""
    async with service.database._writer.connect() as connection:
        raw = await connection.get_raw_connection()  # begins no transaction, which would be refused
        driver: Any = raw.driver_connection
        await driver.execute(f"PRAGMA {setting}")


ERRORS = {
    "a file that may not be written": ("query_only=ON", "query_only=OFF"),
    "a full disk": ("max_page_count=1", "max_page_count=1000000"),
}
MESSAGES = {
    "a file that may not be written": "The database's file cannot be written: check that the server may write it",
    "a full disk": "The database's disk is full",
}


@pytest.mark.parametrize("error", ERRORS)
async def test_a_database_that_cannot_be_written_is_unavailable_until_it_can(sqlite_settings: Settings, error: str):
    broken, repaired = ERRORS[error]
    async with service(sqlite_settings) as running:
        await running.send(lines(0, 10))
        await pragma(running, broken)

        big = lines(10, 500)
        answer = await running.send(big)
        assert (answer["status"], codes(answer), answer["added"]) == (503, ["UNAVAILABLE"], 0)
        assert MESSAGES[error] in answer["errors"][0]["message"]
        if broken == "query_only=ON":
            assert codes(await running.ask(WRITE)) == ["UNAVAILABLE"]
        assert await running.count() == 10

        await pragma(running, repaired)
        assert (await running.send(big))["added"] == 500
        assert (await running.ask(WRITE))["data"]["createTrace"]["errors"] == []
        assert await running.count() == 511


async def test_another_programs_long_write_hinders_writers_only(sqlite_settings: Settings):
    async with service(sqlite_settings) as running:
        await running.send(lines(0, 10))
        async with locked(sqlite_settings.database_url):
            assert codes(await running.ask(WRITE)) == ["UNAVAILABLE"]
            assert codes(await running.ask(READ)) == []

        assert (await running.ask(WRITE))["data"]["createTrace"]["errors"] == []
        assert await running.count() == 11


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path):
    file = tmp_path / "tunix_rt.db"
    file.write_bytes(b"This is not a database. " * 500)
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{file}", load_samples=False)
    async with service(settings) as running:
        for query in (READ, FILTERED, WRITE):
            assert codes(await running.ask(query)) == ["UNAVAILABLE"], query


def damage(file: Path) -> None:
    """Overwrites every page of a database but the first, as a failing disk does."""
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    content = bytearray(file.read_bytes())
    content[size:] = b"\xa5\x00\x17" * ((len(content) - size) // 3) + b"\xa5" * ((len(content) - size) % 3)
    file.write_bytes(content)


async def test_a_database_whose_pages_are_damaged_reports_it(sqlite_settings: Settings):
    async with service(sqlite_settings) as running:
        await running.send(lines(0, 200))
    damage(Path(str(make_url(sqlite_settings.database_url).database)))
    async with service(sqlite_settings) as running:
        for query in (READ, FILTERED, WRITE):
            body = await running.ask(query)
            assert codes(body) == ["UNAVAILABLE"], query
            assert "The database is damaged" in body["errors"][0]["message"]


@pytest.mark.parametrize(("mode", "reached"), [
    ("disable", True), ("prefer", True), ("require", False), ("verify-full", False)
])  # fmt: skip
async def test_a_url_may_set_the_encryption(postgresql_settings: Settings, mode: str, reached: bool):
    """The modes are libpq's; the server of the tests does not support encryption."""
    settings = replace(postgresql_settings, database_url=f"{postgresql_settings.database_url}?sslmode={mode}")
    async with service(settings) as running:
        body = await running.ask(READ)
        assert codes(body) == ([] if reached else ["UNAVAILABLE"])
        assert reached or "cannot be encrypted as its URL demands" in body["errors"][0]["message"]


@pytest.fixture
def postgresql_settings(postgresql_url: str, tmp_path: Path) -> Settings:
    """Settings of a server on a fresh PostgreSQL database."""
    return Settings(data_dir=tmp_path / "data", database_url=postgresql_url, load_samples=False)


def name_of(url: str) -> str:
    """The name of the database at ``url``."""
    return str(make_url(url).database)


def cut(server: PostgresServer, url: str) -> None:
    """Ends every connection to a database."""
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(url)}'")


def allow(server: PostgresServer, url: str, *, yes: bool) -> None:
    """Lets a database take connections, or not."""
    server.execute(f'ALTER DATABASE "{name_of(url)}" ALLOW_CONNECTIONS {yes}')


async def test_a_database_that_goes_away_is_unavailable_until_it_is_back(
    postgresql_settings: Settings, postgres: PostgresServer
):
    url = postgresql_settings.database_url
    async with service(postgresql_settings) as running:
        await running.send(lines(0, 10))
        assert await running.count() == 10

        allow(postgres, url, yes=False)
        cut(postgres, url)
        for query in (READ, FILTERED, WRITE, READ):
            assert codes(await running.ask(query)) == ["UNAVAILABLE"], query
        answer = await running.send(lines(10, 5))
        assert (answer["status"], codes(answer), answer["added"]) == (503, ["UNAVAILABLE"], 0)
        assert (await running.client.get("/readyz")).status_code == 503

        allow(postgres, url, yes=True)
        assert (await running.ask(WRITE))["data"]["createTrace"]["errors"] == []
        assert codes(await running.ask(FILTERED)) == []
        assert (await running.send(lines(10, 5)))["added"] == 5
        assert await running.count() == 16
        assert (await running.client.get("/readyz")).status_code == 200


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = '{state}'; END $$
"""
REFUSING = "CREATE TRIGGER refuse BEFORE INSERT ON traces FOR EACH STATEMENT EXECUTE FUNCTION refuse()"


@pytest.mark.parametrize(("state", "output"), [("disk_full", "disk is full"), ("io_error", "written now")])
async def test_a_server_that_cannot_write_is_unavailable(postgresql_settings: Settings, state: str, output: str):
    """A trigger raises the error that PostgreSQL raises for such a disk."""
    async with service(postgresql_settings) as running:
        async with running.database.write() as session:
            await session.execute(text(REFUSE.format(state=state)))
            await session.execute(text(REFUSING))

        answer = await running.send(lines(0, 3))

        assert (answer["status"], codes(answer), answer["added"]) == (503, ["UNAVAILABLE"], 0)
        assert output in answer["errors"][0]["message"]
        assert codes(await running.ask(WRITE)) == ["UNAVAILABLE"]
        assert await running.count() == 0


async def test_lost_connections_cost_a_request_each_at_most(postgresql_settings: Settings, postgres: PostgresServer):
    async with service(postgresql_settings) as running:
        assert codes(await running.ask(READ)) == []
        cut(postgres, postgresql_settings.database_url)

        answers = [codes(await running.ask(READ)) for _ in range(3)]

        assert answers[0] in ([], ["UNAVAILABLE"])
        assert answers[1:] == [[], []]


async def test_an_import_that_loses_its_database_keeps_whole_batches(
    postgresql_settings: Settings, postgres: PostgresServer
):
    async with service(postgresql_settings) as running:

        async def first_batch_is_stored() -> bool:
            return await running.count() == BATCH_LINES

        async def stream() -> AsyncIterator[bytes]:
            yield lines(0, BATCH_LINES + 100)
            await until(first_batch_is_stored)
            allow(postgres, postgresql_settings.database_url, yes=False)
            cut(postgres, postgresql_settings.database_url)
            yield lines(BATCH_LINES + 100, BATCH_LINES)

        answer = await running.send(stream())
        assert (answer["status"], codes(answer)) == (503, ["UNAVAILABLE"])
        assert (answer["added"], answer["stopped"]) == (BATCH_LINES, True)

        allow(postgres, postgresql_settings.database_url, yes=True)
        assert await running.count() == BATCH_LINES
        again = await running.send(lines(0, 2 * BATCH_LINES + 100))
        assert (again["added"], again["duplicates"]) == (BATCH_LINES + 100, BATCH_LINES)


async def test_a_server_that_stopped_is_unavailable(tmp_path: Path):
    server = PostgresServer()
    server.create_database("gone")
    url = server.url("gone")
    upgrade_elsewhere(url)
    async with service(Settings(data_dir=tmp_path, database_url=url, load_samples=False)) as running:
        assert codes(await running.ask(READ)) == []
        server.stop()

        for query in (READ, FILTERED, WRITE, READ):
            assert codes(await running.ask(query)) == ["UNAVAILABLE"], query
        health = await running.ask("{ health { status database { status latencyMs message } } }")
        assert health["data"]["health"]["status"] == "DOWN"
        assert "postgres" not in json.dumps(health).lower()


def upgrade_elsewhere(url: str) -> None:
    """Migrates a database from a thread that has no event loop."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, url).result()
