"""Short reads on SQLite run in the event loop; those that are not short, or have to wait, run in a thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, func, literal, select

from tests.support.factories import insert_rows, trace_row
from tests.support.traces import on_sqlite
from tunix_rt.db.connections import sqlite
from tunix_rt.db.connections.sqlite import Answer, SqliteConnection, Statement
from tunix_rt.db.models import traces
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database
from tunix_rt.db.weighing import ReadBudget

pytestmark = on_sqlite
BUSY_TIMEOUT = Statement("PRAGMA busy_timeout", ())


@pytest.fixture
async def filled(database: Database) -> Database:
    """A database with three traces."""
    async with database.write() as session:
        await insert_rows(session, [trace_row(seconds=float(second)) for second in range(3)], [])
    async with database.read() as session:  # the first connection is set up by other statements
        await session.execute(select(1))
    return database


@pytest.fixture
def threaded(filled: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that run in a thread."""
    found: list[str] = []
    run = SqliteConnection.run

    async def observed(self: SqliteConnection, statement: Statement) -> Answer:
        found.append(statement.sql)
        return await run(self, statement)

    monkeypatch.setattr(SqliteConnection, "run", observed)
    return found


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads are short by what they read: a busy machine may stop one that is short for longer than a server waits."""
    monkeypatch.setattr(sqlite, "AT_ONCE_SECONDS", 3_600)


def page() -> Prepared:
    """A statement that was not executed before."""
    return Prepared(select(traces.c.step_count, traces.c.payload).order_by(traces.c.seq))


async def driver_of(session: Any) -> SqliteConnection:
    """The driver's connection of a session."""
    found: SqliteConnection = (await session.get_raw_connection()).driver_connection
    return found


async def test_a_short_read_changes_no_threads(filled: Database, threaded: list[str]):
    async with filled.read() as session:
        rows = await page().rows(session, ReadBudget(100_000))

    assert len(rows) == 3
    assert threaded == []


async def test_a_read_that_takes_longer_is_repeated_in_a_thread_and_weighed_once(
    filled: Database, threaded: list[str], monkeypatch: pytest.MonkeyPatch
):
    async with filled.read() as session:
        at_once = ReadBudget(100_000)
        expected = await page().rows(session, at_once)
        monkeypatch.setattr(sqlite, "AT_ONCE_SECONDS", -1)
        repeated = ReadBudget(100_000)
        rows = await page().rows(session, repeated)

    assert rows == expected
    assert repeated.taken == at_once.taken > 0
    assert len(threaded) == 1


async def test_a_read_without_rows_is_interrupted_too(
    filled: Database, threaded: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "AT_ONCE_SECONDS", 0.003)
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < bindparam("most", type_=Integer())))
    count = Prepared(select(func.count()).select_from(numbers))

    async with filled.read() as session:
        assert list(await count.rows(session, most=1_000_000)) == [(1_000_000,)]
        assert list(await count.rows(session, most=1_000_000)) == [(1_000_000,)]

    assert len(threaded) == 2


@pytest.mark.parametrize("code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT, sqlite3.SQLITE_LOCKED])
async def test_a_read_that_has_to_wait_waits_in_a_thread(
    filled: Database, threaded: list[str], monkeypatch: pytest.MonkeyPatch, code: int
):
    def locked(*_: Any) -> Answer:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr(Statement, "run_until", locked)
    async with filled.read() as session:
        assert len(await Prepared(select(traces.c.seq)).rows(session)) == 3

    assert len(threaded) == 1


async def test_locks_are_awaited_in_threads_only(filled: Database):
    async with filled.read() as session:
        driver = await driver_of(session)
        in_thread = (await driver.run(BUSY_TIMEOUT)).rows
        at_once = driver.run_at_once(BUSY_TIMEOUT)
        again = (await driver.run(BUSY_TIMEOUT)).rows

    assert at_once is not None
    assert at_once.rows == [(0,)]
    assert in_thread == again != at_once.rows


async def test_a_connection_whose_thread_is_busy_is_left_to_it(filled: Database):
    free = threading.Event()

    class Waiting(Statement):
        def run(self, connection: sqlite3.Connection) -> Answer:
            free.wait()
            return super().run(connection)

    async with filled.read() as session:
        driver = await driver_of(session)
        pending = asyncio.create_task(driver.run(Waiting("SELECT 1", ())))
        await asyncio.sleep(0)

        assert driver.run_at_once(BUSY_TIMEOUT) is None
        free.set()
        assert (await pending).rows == [(1,)]
        assert driver.run_at_once(BUSY_TIMEOUT) is not None
