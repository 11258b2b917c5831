"""A connection to SQLite whose statements never outlive the task that waits for them.

SQLAlchemy's own adapter needs four turns in the connection's thread for a statement: it opens a cursor, executes,
fetches and closes. A task that is cancelled in between leaves the cursor open, and an open cursor keeps its read
transaction, even when the connection is closed: the write-ahead log can never be checkpointed again. Here a statement
takes one turn, which opens the cursor, reads all rows and closes it, whatever becomes of the task.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias
from weakref import WeakSet

import aiosqlite
from sqlalchemy import Dialect
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.util.concurrency import await_

INSTRUCTIONS_PER_LOOK = 50_000
"""SQLite's virtual-machine instructions between two looks at the clock: about a millisecond."""

NO_CHUNKS = 64
"""The rows that aiosqlite would fetch at a time, which nothing here asks it to."""


@dataclass
class Answer:
    """All that a statement gave; it stands where SQLAlchemy expects the driver's cursor."""

    rows: Sequence[Any] = ()
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Closes nothing: the cursor is closed already."""


@dataclass
class Statement:
    """A statement on its way to the connection's thread.

    Args:
        many: whether there are several rows of parameters.
        cancelled: whether nobody waits for it any more.
    """

    sql: str
    parameters: Any
    many: bool = False
    cancelled: bool = False

    def run(self, connection: sqlite3.Connection) -> Answer:
        """Executes the statement, reads its rows and closes its cursor."""
        if self.cancelled:
            raise sqlite3.OperationalError("interrupted")
        with closing(connection.cursor()) as cursor:
            execute = cursor.executemany if self.many else cursor.execute
            execute(self.sql, self.parameters)
            rows = cursor.fetchall() if cursor.description else ()
            return Answer(rows, cursor.description, cursor.rowcount, cursor.lastrowid)


class SqliteConnection(aiosqlite.Connection):
    """A connection in a thread of its own.

    Args:
        connect: opens it; called in its thread.
        seconds: the longest time for one statement.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], seconds: float) -> None:
        super().__init__(lambda: self._open(connect), NO_CHUNKS)
        self._thread.daemon = True
        self._seconds = seconds
        self._deadline = float("inf")
        self.reading_since: float | None = None
        """When the oldest statement or transaction began that is not over yet, on ``time.monotonic``; None if none."""

    def _open(self, connect: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
        opened = connect()
        opened.set_progress_handler(lambda: time.monotonic() > self._deadline, INSTRUCTIONS_PER_LOOK)
        return opened

    async def run(self, statement: Statement) -> Answer:
        """Runs a statement; when the waiting task is cancelled, the statement is interrupted.

        Raises:
            sqlite3.Error: as the driver raises it; "interrupted" for a statement that took too long.
        """
        try:
            answer: Answer = await self._turn(self._run, statement)
        except asyncio.CancelledError:
            statement.cancelled = True
            if self.is_open:
                self._conn.interrupt()
            raise
        return answer

    @property
    def is_open(self) -> bool:
        """Whether the connection is neither closed nor abandoned."""
        return self._connection is not None

    async def _turn(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Returns the result of work done in the connection's thread."""
        return await self._execute(work, *arguments)  # type: ignore[no-untyped-call]

    def _run(self, statement: Statement) -> Answer:
        self._deadline = time.monotonic() + self._seconds
        self.reading_since = self.reading_since or time.monotonic()
        try:
            return statement.run(self._conn)
        finally:
            self._settle()

    def _settle(self) -> None:
        """Notes that nothing is read any more, unless a transaction is open."""
        if not self._conn.in_transaction:
            self.reading_since = None

    async def commit(self) -> None:
        """Commits the transaction."""
        await self._turn(self._end, self._conn.commit)

    async def rollback(self) -> None:
        """Rolls the transaction back."""
        await self._turn(self._end, self._conn.rollback)

    def _end(self, end: Callable[[], None]) -> None:
        try:
            end()
        finally:
            self._settle()


Connections: TypeAlias = WeakSet[SqliteConnection]
"""The connections of a database that this process has open."""


class WholeCursor(AsyncAdapt_dbapi_cursor):
    """SQLAlchemy's cursor on such a connection: it has all rows as soon as a statement was executed."""

    __slots__ = ()
    _awaitable_cursor_close = False
    _connection: Any

    def __init__(self, adapted: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapted
        self._connection = adapted._connection
        self._cursor: Any = Answer()
        self._soft_closed_memoized = {}  # type: ignore[assignment]
        self._rows = deque()

    async def _execute_async(self, operation: Any, parameters: Any) -> Any:
        return await self._run(Statement(operation, parameters or ()))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> Any:
        return await self._run(Statement(operation, seq_of_parameters, many=True))

    async def _run(self, statement: Statement) -> Answer:
        async with self._adapt_connection._execute_mutex:
            answer: Answer = await self._connection.run(statement)
        self._cursor = answer
        self._rows = deque(answer.rows)
        return answer


class AdaptedConnection(AsyncAdapt_aiosqlite_connection):
    """SQLAlchemy's connection, with such cursors."""

    __slots__ = ()
    _cursor_cls = WholeCursor  # type: ignore[assignment]


@dataclass
class Connector:
    """Makes the connections of an engine.

    Args:
        prepare: sets what SQLite forgets between connections; called in the connection's thread.
        seconds: the longest time for one statement.
        opened: is given each connection.
    """

    prepare: Callable[[sqlite3.Connection], None]
    seconds: float
    opened: Connections

    def connect(self, dialect: Dialect, _: Any, arguments: Any, options: dict[str, Any]) -> AdaptedConnection:
        """Returns a new connection, as SQLAlchemy's event ``do_connect`` asks for it."""
        connection: Any = SqliteConnection(lambda: self._open(*arguments, **options), self.seconds)
        try:
            adapted = AdaptedConnection(dialect.loaded_dbapi, await_(connection))
        except Exception:
            connection._thread.join()  # it is ending, and has a word for the event loop still, which may be closed soon
            raise
        self.opened.add(connection)
        return adapted

    def _open(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        """Opens and prepares a connection in one turn, so that none is left half prepared."""
        connection: sqlite3.Connection = sqlite3.connect(*arguments, **options)
        try:
            self.prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def oldest_reader_seconds(connections: Connections) -> float | None:
    """Returns the age of the oldest statement or transaction that is not over; None if there is none."""
    started = [found.reading_since for found in connections if found.is_open and found.reading_since is not None]
    return time.monotonic() - min(started) if started else None
