"""A connection to SQLite whose statements never outlive the task that waits for them.

SQLAlchemy's adapter needs four calls in the connection's thread for a statement: open a cursor, execute, fetch, close.
A task that is cancelled in between leaves the cursor open, and an open cursor keeps its read transaction, even when
the connection is closed: the write-ahead log can never be checkpointed again. Here a statement takes one call, which
opens the cursor, reads all rows and closes it, even if the task is cancelled.
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
"""SQLite's virtual-machine instructions between two checks of the time: about a millisecond."""

AT_ONCE_SECONDS = 0.003
"""Time limit of a statement in the event loop; one that takes longer is repeated in the connection's thread."""
INSTRUCTIONS_PER_LOOK_AT_ONCE = 1000
"""The same as ``INSTRUCTIONS_PER_LOOK``, in the event loop: some 20 microseconds."""

NO_CHUNKS = 64
"""aiosqlite's chunk size for iterating over a cursor; unused, since a statement reads all of its rows."""


TRIED_AGAIN = frozenset({sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""The primary codes of errors after which a statement is repeated in the thread."""


@dataclass
class Answer:
    """The complete result of a statement, with the interface of the driver's cursor that SQLAlchemy expects."""

    rows: Sequence[Any] = ()
    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Does nothing: the cursor is closed already."""


@dataclass
class Statement:
    """A statement to be executed in the connection's thread.

    Args:
        many: whether there are several rows of parameters.
        cancelled: whether its task no longer waits for it.
    """

    sql: str
    parameters: Any
    many: bool = False
    cancelled: bool = False

    def run_until(self, connection: sqlite3.Connection, deadline: float) -> Answer | None:
        """Executes the statement like ``run``; returns None if its rows are not read by the deadline."""
        rows = []
        with closing(connection.execute(self.sql, self.parameters)) as cursor:
            for row in cursor:
                rows.append(row)
                if time.monotonic() > deadline:
                    return None
            return Answer(rows, cursor.description)

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
    """A connection with a dedicated thread.

    Args:
        connect: opens the driver's connection; called in the thread.
        seconds: the time limit of one statement.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], seconds: float) -> None:
        super().__init__(lambda: self._open(connect), NO_CHUNKS)
        self._thread.daemon = True
        self._seconds = seconds
        self._deadline = float("inf")
        self._at_once = False
        self._opened: sqlite3.Connection | None = None
        self._queued: deque[None] = deque()
        """An element for each call that the thread has not finished; appending and removing are atomic."""
        self.reading_since: float | None = None
        """The start of the oldest open statement or transaction, on ``time.monotonic``; None if none is open."""

    def _open(self, connect: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
        self._opened = opened = connect()
        (self._lock_milliseconds,) = opened.execute("PRAGMA busy_timeout").fetchone()
        opened.set_progress_handler(self._is_late, INSTRUCTIONS_PER_LOOK)
        return opened

    def stop(self) -> asyncio.Future[Any] | None:
        """Ends the thread, which before that closes a connection that it has opened for a task that was cancelled.

        That task never got the connection, so that nothing else can use it, and it is closed where it was opened. It
        would be left to the garbage collector, of which Python warns since version 3.13.
        """
        if not self.is_open:
            self._tx.put_nowait((None, self._close_opened))
        return super().stop()

    def _close_opened(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def run_at_once(self, statement: Statement) -> Answer | None:
        """Executes a reading statement in the event loop, without a switch of threads, if it takes a few milliseconds.

        Returns:
            None if it takes longer, has to wait for a lock, or the thread is busy with an earlier statement.

        Raises:
            sqlite3.Error: as the driver raises it.
        """
        if self._queued:
            return None
        self._adapt(at_once=True)
        self._deadline = time.monotonic() + AT_ONCE_SECONDS
        try:
            return statement.run_until(self._conn, self._deadline)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in TRIED_AGAIN:
                return None
            raise

    def _adapt(self, *, at_once: bool) -> None:
        """Sets the frequency of looks at the time and the wait for locks, which must not block the event loop."""
        if at_once != self._at_once:
            self._at_once = at_once
            looks = INSTRUCTIONS_PER_LOOK_AT_ONCE if at_once else INSTRUCTIONS_PER_LOOK
            self._conn.set_progress_handler(self._is_late, looks)
            self._conn.execute(f"PRAGMA busy_timeout={0 if at_once else self._lock_milliseconds}").close()

    async def run(self, statement: Statement) -> Answer:
        """Executes a statement; interrupts it if the waiting task is cancelled.

        Raises:
            sqlite3.Error: as the driver raises it; "interrupted" for a statement that exceeded its time limit.
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
        """True if the connection is neither closed nor abandoned."""
        return self._connection is not None

    async def _turn(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a function in the connection's thread and returns its result."""

        def counted() -> Any:
            try:
                return work(*arguments)
            finally:
                self._queued.pop()

        self._queued.append(None)
        return await self._execute(counted)  # type: ignore[no-untyped-call]

    def _run(self, statement: Statement) -> Answer:
        self._adapt(at_once=False)
        self._deadline = time.monotonic() + self._seconds
        self.reading_since = self.reading_since or time.monotonic()
        try:
            return statement.run(self._conn)
        finally:
            self._settle()

    def _settle(self) -> None:
        """Clears ``reading_since`` unless a transaction is open."""
        if not self._conn.in_transaction:
            self.reading_since = None

    async def commit(self) -> None:
        """Commits the transaction."""
        await self._turn(self._end, self._conn.commit)

    async def rollback(self) -> None:
        """Rolls the transaction back."""
        await self._turn(self._end, self._conn.rollback)

    def _end(self, end: Callable[[], None]) -> None:
        self._adapt(at_once=False)
        try:
            end()
        finally:
            self._settle()


Connections: TypeAlias = WeakSet[SqliteConnection]
"""The connections of a database that this process has open."""


class WholeCursor(AsyncAdapt_dbapi_cursor):
    """SQLAlchemy's cursor on an ``SqliteConnection``: it has all rows once the statement has been executed."""

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
    """SQLAlchemy's connection, with cursors of the class ``WholeCursor``."""

    __slots__ = ()
    _cursor_cls = WholeCursor  # type: ignore[assignment]


@dataclass
class Connector:
    """Opens the connections of an engine.

    Args:
        prepare: sets the connection's PRAGMAs; called in the connection's thread.
        seconds: the time limit of one statement.
        opened: collects each connection.
    """

    prepare: Callable[[sqlite3.Connection], None]
    seconds: float
    opened: Connections

    def connect(self, dialect: Dialect, _: Any, arguments: Any, options: dict[str, Any]) -> AdaptedConnection:
        """Returns a new connection; a listener of SQLAlchemy's event ``do_connect``.

        A failure, or a cancellation, is raised once the connection's thread has ended: until then it posts its results
        to the event loop, which may close soon.
        """
        connection: Any = SqliteConnection(lambda: self._open(*arguments, **options), self.seconds)
        try:
            adapted = AdaptedConnection(dialect.loaded_dbapi, await_(connection))
        except asyncio.CancelledError:  # it may still wait for a lock
            await_(asyncio.to_thread(connection._thread.join))
            raise
        except Exception:
            connection._thread.join()
            raise
        self.opened.add(connection)
        return adapted

    def _open(self, *arguments: Any, **options: Any) -> sqlite3.Connection:
        """Opens and prepares a connection in one call, so that none is left half prepared."""
        connection: sqlite3.Connection = sqlite3.connect(*arguments, **options)
        try:
            self.prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def oldest_reader_seconds(connections: Connections) -> float | None:
    """Returns the age of the oldest open statement or transaction; None if there is none."""
    started = [found.reading_since for found in connections if found.is_open and found.reading_since is not None]
    return time.monotonic() - min(started) if started else None
