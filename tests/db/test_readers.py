"""A statement ends with the task that waits for it: nothing goes on reading for nobody."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, get_ident
from typing import Any

import pytest
from sqlalchemy import bindparam, make_url, select, text

from tests.support.factories import trace, trace_draft
from tests.support.locks import reader_locks
from tests.support.readers import add_one, checkpoint, oldest_reader
from tests.support.waiting import WAIT_SECONDS, until_nothing
from tunix_rt.db.connections.sqlite import Connector, SqliteConnection
from tunix_rt.db.models import traces
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.settings import Settings

ROUNDS = 150
QUERY = select(traces.c.id, traces.c.payload).order_by(traces.c.seq)
PREPARED = Prepared(select(traces.c.id, traces.c.payload).where(traces.c.seq > bindparam("after", 0)))

Read = Callable[[Database], Awaitable[None]]


async def by_statement(database: Database) -> None:
    """Reads by SQLAlchemy's own execution."""
    async with database.read() as session:
        await session.execute(QUERY)


async def in_bulk(database: Database) -> None:
    """Reads on a connection for reading much."""
    async with database.bulk_read() as session:
        await session.execute(QUERY)


async def prepared(database: Database) -> None:
    """Reads by a prepared statement."""
    async with database.read() as session:
        await PREPARED.rows(session)


async def writing(database: Database) -> None:
    """Reads in a transaction for writing."""
    async with database.write() as session:
        await session.execute(QUERY)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Disables the garbage collector, which would end readers too late in a server."""
    gc.disable()
    yield
    gc.enable()


def leave_interpreter() -> None:
    """Lets the connections' threads run."""
    time.sleep(0.0002)


async def cancel_at(database: Database, read: Read, turn: int) -> None:
    """Cancels a read after some turns of the loop, in each of which its connection's thread may go on."""
    task = asyncio.ensure_future(read(database))
    for _ in range(turn):
        await asyncio.sleep(0)
        leave_interpreter()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("read", [by_statement, in_bulk, prepared, writing])
async def test_a_cancelled_task_leaves_no_reader(database: Database, database_url: str, read: Read, uncollected: None):
    async with database.write() as session:
        await add_traces(session, [trace_draft(trace(f"{number}")) for number in range(20)])

    for turn in range(ROUNDS):
        await oldest_reader(database)  # the connection that the last round cost is made again
        await cancel_at(database, read, turn % 30)

    assert await oldest_reader(database) is None
    if database.kind == "sqlite":
        await until_nothing(lambda: reader_locks(database_url))  # its connection's thread may still be closing it
        await add_one(database)
        assert checkpoint(database_url) == 0, "something still reads the log"


class WatchedConnection(sqlite3.Connection):
    """A connection that notes its threads. Nothing looks into it from another one, which would end the process."""

    closing = 0

    def close(self) -> None:
        super().close()
        self.closing = get_ident()


async def test_a_connection_is_closed_that_is_opened_for_a_cancelled_task(tmp_path: Path):
    opening, proceed, threads = Event(), Event(), list[int]()
    opened = list[WatchedConnection]()

    def connect() -> sqlite3.Connection:
        threads.append(get_ident())
        opening.set()
        proceed.wait(WAIT_SECONDS)
        opened.append(sqlite3.connect(tmp_path / "database", factory=WatchedConnection))
        return opened[0]

    connection = SqliteConnection(connect, WAIT_SECONDS)

    async def open_connection() -> None:
        await connection

    task = asyncio.ensure_future(open_connection())
    await asyncio.to_thread(opening.wait, WAIT_SECONDS)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    proceed.set()
    await asyncio.to_thread(connection._thread.join, WAIT_SECONDS)

    assert [found.closing for found in opened] == threads


def connection_threads() -> set[threading.Thread]:
    """The threads of the connections that are open or being opened."""
    return {found for found in threading.enumerate() if "_connection_worker_thread" in found.name}


async def test_a_cancelled_task_ends_after_the_thread_that_opens_its_connection(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opening, proceed, known = Event(), Event(), connection_threads()
    open_connection = Connector._open

    def open_late(self: Connector, *arguments: Any, **options: Any) -> sqlite3.Connection:
        opening.set()
        proceed.wait(WAIT_SECONDS)
        return open_connection(self, *arguments, **options)

    monkeypatch.setattr(Connector, "_open", open_late)
    database = Database(Settings(data_dir=tmp_path / "data", database_url=sqlite_url))
    task = asyncio.ensure_future(by_statement(database))
    await asyncio.to_thread(opening.wait, WAIT_SECONDS)
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, proceed.set)
    with pytest.raises(asyncio.CancelledError):
        await task

    assert connection_threads() == known
    await database.close()


async def test_a_lock_is_seen_while_somebody_reads(sqlite_database: Database, sqlite_url: str):
    """The proof of the tests above: what they look for is there when it should be."""
    connection = sqlite3.connect(str(make_url(sqlite_url).database))
    await by_statement(sqlite_database)
    assert await reader_locks(sqlite_url) == []

    connection.execute("BEGIN")
    connection.execute("SELECT * FROM alembic_version").fetchall()
    assert await reader_locks(sqlite_url) != []
    connection.close()


async def test_the_oldest_reader_is_reported_while_it_reads(database: Database):
    assert await oldest_reader(database) is None
    async with database.write() as session:
        await session.execute(QUERY)
        age = await oldest_reader(database)
        assert age is not None
        assert 0 <= age < 60

    assert await oldest_reader(database) is None


def size_of(file: Path) -> int:
    """The size of a file, in bytes."""
    return file.stat().st_size


async def test_the_log_of_a_large_write_is_cut_when_it_was_stored(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.db.connections.engine.WAL_KEPT_BYTES", 100_000)
    database = Database(Settings(data_dir=tmp_path / "data", database_url=sqlite_url))
    log = Path(f"{make_url(sqlite_url).database}-wal")
    async with database.write() as session:
        await add_traces(session, [trace_draft(trace(str(number), final_answer="x" * 20_000)) for number in range(60)])
    assert size_of(log) > 1_000_000

    async with database.write() as session:
        pass
    async with database.read() as session:
        await session.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))
    await add_one(database)

    assert size_of(log) <= 100_000
    await database.close()
