"""Read sessions stay open between requests where there is nothing to roll back, and keep no connection from others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import Integer, bindparam, literal, select

from tests.support.waiting import until
from tunix_rt.db.connections import open_sessions
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import BadUserInput
from tunix_rt.settings import Settings

NUMBER = Prepared(select(bindparam("number", type_=Integer())))


@pytest.fixture
def kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions are kept for longer than any test takes."""
    monkeypatch.setattr(open_sessions, "KEEP_SECONDS", 3600.0)


@pytest.fixture
async def narrow(settings: Settings, kept_for_long: None) -> AsyncIterator[Database]:
    """A database with a pool of one connection, which nobody waits for."""
    database = Database(replace(settings, db_pool_size=1, db_max_overflow=0, db_pool_timeout_seconds=1))
    yield database
    await database.close()


async def read_number(database: Database, number: int = 1) -> Session:
    """Reads by a prepared statement and returns the session, which is not in use any more."""
    async with database.read() as session:
        ((found,),) = await NUMBER.rows(session, number=number)
        assert found == number
    return session


def connections_in_pool(database: Database) -> int:
    """Returns the number of connections that sessions have taken from the readers' pool, used or kept."""
    taken: int = database._reader.pool.checkedout()  # type: ignore[attr-defined]
    return taken


async def test_a_session_is_used_again(database: Database, kept_for_long: None):
    first = await read_number(database)

    assert await read_number(database, 2) is first


async def test_sessions_in_use_at_the_same_time_are_different(database: Database, kept_for_long: None):
    await read_number(database)

    async with database.read() as one, database.read() as other:
        assert one is not other


async def test_a_session_with_a_transaction_of_sqlalchemy_is_closed(database: Database, kept_for_long: None):
    async with database.read() as session:
        await session.execute(select(literal(1)))

    assert session.closed
    assert await read_number(database) is not session


async def test_a_session_with_an_error_is_closed(database: Database, kept_for_long: None):
    opened: list[Session] = []

    async def fail() -> None:
        async with database.read() as session:
            opened.append(session)
            raise BadUserInput("This number is not wanted.")

    with pytest.raises(BadUserInput):
        await fail()

    (session,) = opened
    assert session.closed
    assert await read_number(database) is not session


async def test_a_session_of_a_cancelled_task_is_closed(database: Database, kept_for_long: None):
    opened: asyncio.Future[Session] = asyncio.get_running_loop().create_future()

    async def wait() -> None:
        async with database.read() as session:
            opened.set_result(session)
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    session = await opened
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert session.closed


async def test_unused_sessions_return_their_connections(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(open_sessions, "KEEP_SECONDS", 0.01)

    async with database.read() as one, database.read() as other:
        await NUMBER.rows(one, number=1)
        await NUMBER.rows(other, number=2)
    assert connections_in_pool(database) == 2

    async def returned() -> bool:
        return connections_in_pool(database) == 0

    await until(returned)


async def test_a_kept_session_is_not_reported_as_in_use(database: Database, kept_for_long: None):
    await read_number(database)

    assert connections_in_pool(database) == 1
    assert {pool.in_use for pool in database.pools().values()} == {0}


async def test_a_kept_session_keeps_no_connection_from_a_writer(narrow: Database):
    kept = await read_number(narrow)

    async with narrow.write() as session:
        assert (await session.execute(select(literal(1)))).scalar() == 1
    async with narrow.bulk_read() as session:
        assert (await session.execute(select(literal(2)))).scalar() == 2

    assert kept.closed == (narrow.kind == "postgresql")


async def test_a_closed_database_has_no_connection_left(database: Database, kept_for_long: None):
    kept = await read_number(database)
    await database.close()

    assert kept.closed
