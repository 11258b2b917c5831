"""A role that PostgreSQL refuses, or that lacks privileges, is reported with what has to be repaired."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from asyncpg.exceptions import InvalidPasswordError, TooManyConnectionsError
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from tests.support.postgres import PostgresServer
from tests.support.program import Program
from tunix_rt.app import create_app
from tunix_rt.db.errors import translate
from tunix_rt.db.session import Database
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

WRITE = """
mutation { createTrace(input: {trace: {prompt: "q", finalAnswer: "a", steps: [{type: "t", content: "c"}]}}) {
  errors { code message }
} }
"""


def with_role(url: str, role: str) -> str:
    """The URL with another role."""
    return make_url(url).set(username=role).render_as_string(hide_password=False)


@pytest.fixture
def reader(postgres: PostgresServer) -> Iterator[str]:
    """A role without privileges."""
    postgres.execute("CREATE ROLE reader LOGIN")
    yield "reader"
    postgres.execute("DROP ROLE reader")


@pytest.fixture
async def owner(postgresql_url: str, reader: str, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database, opened by its owner, of which ``reader`` may read the tables."""
    database = Database(Settings(data_dir=tmp_path, database_url=postgresql_url))
    async with database.write() as session:
        await session.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}"))
    yield database
    async with database.write() as session:
        await session.execute(text(f"DROP OWNED BY {reader}"))
    await database.close()


@pytest.mark.usefixtures("owner")
async def test_a_role_that_may_only_read_is_reported(postgresql_url: str, reader: str, tmp_path: Path):
    url = with_role(postgresql_url, reader)
    app = create_app(Settings(data_dir=tmp_path / "data", database_url=url, load_samples=False))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        ready = await client.get("/readyz")
        written = await client.post("/graphql", json={"query": WRITE})
        read = await client.post("/graphql", json={"query": "{ traces { totalCount } }"})

    assert ready.status_code == 503
    assert "may not write the table api_keys" in ready.text
    (error,) = written.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "make it the owner" in error["message"]
    assert read.json() == {"data": {"traces": {"totalCount": 0}}}


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["worker"], ["import", "jsonl", "-"]], ids=str)
async def test_commands_that_write_do_not_start(postgresql_url: str, reader: str, tmp_path: Path, command: list[str]):
    program = Program(with_role(postgresql_url, reader), tmp_path)
    status, _, messages = program.run_alone(*command, given=b"")

    assert status == 3
    assert "may not write the table api_keys" in messages
    assert "Traceback" not in messages


@pytest.mark.usefixtures("owner")
async def test_the_doctor_names_a_table_that_may_not_be_written(postgresql_url: str, reader: str, tmp_path: Path):
    status, output, _ = Program(with_role(postgresql_url, reader), tmp_path).run_alone("doctor", "--json")

    assert status == 1
    found = {one["name"]: one for one in json.loads(output)}
    assert "may not write the table api_keys" in found["database"]["text"]


async def test_one_table_without_the_privilege_is_found(
    owner: Database, postgresql_url: str, reader: str, tmp_path: Path
):
    async with owner.write() as session:
        await session.execute(text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {reader}"))
        await session.execute(text(f"REVOKE INSERT ON scores FROM {reader}"))

    status, _, messages = Program(with_role(postgresql_url, reader), tmp_path).run_alone("import", "jsonl", "-")

    assert (status, "may not write the table scores" in messages) == (3, True)


def test_a_role_that_may_create_nothing_cannot_migrate(empty_postgresql_url: str, reader: str, tmp_path: Path):
    """Since version 15, PostgreSQL lets only the owner of a database create tables in it."""
    program = Program(with_role(empty_postgresql_url, reader), tmp_path)
    for command in (["migrate", "up"], ["serve", "--port", "0"]):
        status, _, messages = program.run_alone(*command)

        assert status == 3, messages
        assert "make it the owner of the database" in messages
        assert "Traceback" not in messages


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"username": "nobody"}, "refuses the role or the password"),
        ({"database": "nowhere"}, "The database that the URL names does not exist"),
    ],
    ids=str,
)
async def test_a_url_that_leads_nowhere_is_reported(
    empty_postgresql_url: str, tmp_path: Path, changes: dict[str, Any], message: str
):
    url = make_url(empty_postgresql_url).set(**changes)
    database = Database(Settings(data_dir=tmp_path, database_url=url.render_as_string(hide_password=False)))
    with pytest.raises(Unavailable, match=message):
        async with database.read():
            pass
    await database.close()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (DBAPIError("", {}, InvalidPasswordError("failed")), "refuses the role or the password"),
        (DBAPIError("", {}, TooManyConnectionsError("many")), "no more connections"),
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "The host of the database's URL cannot be found"),
    ],
    ids=["password", "connections", "host"],
)
def test_a_refused_connection_is_reported(error: Exception, message: str):
    known = translate(error)

    assert isinstance(known, Unavailable)
    assert message in known.message
