"""Sessions: read and write access to the database.

    async with database.read() as session: ...     # autocommit, never waits for a writer
    async with database.write() as session: ...    # one transaction, committed at the end, rolled back on an error

A session is a connection of SQLAlchemy Core. Rows are immutable here, so an ORM's identity map and unit of work would
only add costs. Below the API, the session is an argument of every function, and the caller owns the transaction.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar
from weakref import WeakSet

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tunix_rt.db.connections.engine import bulk_engine, lock_deadline, notification_engine, read_engine, write_engine
from tunix_rt.db.connections.notifications import Notifications, Wake
from tunix_rt.db.connections.open_sessions import OpenSessions
from tunix_rt.db.connections.places import Places
from tunix_rt.db.connections.sqlite import Connections, oldest_reader_seconds
from tunix_rt.db.errors import translating_errors
from tunix_rt.errors import ErrorCode, RequestTimeout, ServerFailed, Unavailable
from tunix_rt.settings import LOCK_SHARE, Settings

Session: TypeAlias = AsyncConnection
T = TypeVar("T")
P = ParamSpec("P")

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
FAILED_SECONDS = 600.0
"""The default time limit of retries while a server fails on requests that it can answer."""

OLDEST_READER = text(
    "SELECT CAST(extract(epoch FROM clock_timestamp() - min(xact_start)) AS double precision) FROM pg_stat_activity "
    "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
request_limit: ContextVar[asyncio.Timeout | None] = ContextVar("request_limit", default=None)
"""The timeout of the request that this task serves; None without a timeout."""


class Companion(Protocol):
    """Something that writes along with the transactions of a request."""

    async def before_commit(self, session: Session) -> None:
        """Writes in a transaction that is about to be committed."""

    def after_commit(self) -> None:
        """Receives that the transaction has been committed."""


companion: ContextVar[Companion | None] = ContextVar("companion", default=None)
"""Writes along with the transactions of this task; None if nothing does."""


@asynccontextmanager
async def companion_transaction(engine: AsyncEngine) -> AsyncIterator[Session]:
    """Opens a transaction, in which the task's companion writes last."""
    other = companion.get()
    async with engine.begin() as session:
        yield session
        if other is not None:
            await other.before_commit(session)
    if other is not None:
        other.after_commit()


def lock_seconds(maximum: float) -> float:
    """Returns the time limit of a writer's wait, at most ``maximum``, which ends before its request times out."""
    limit = request_limit.get()
    end = limit.when() if limit else None
    if end is None:
        return maximum
    return max(0.0, min(maximum, LOCK_SHARE * (end - asyncio.get_running_loop().time())))


class SessionObserver(Protocol):
    """An observer of database usage."""

    def session_ended(self, kind: str, seconds: float) -> None:
        """Records the end of a session (``read`` or ``write``) and its duration, including waits."""

    def database_failed(self, code: ErrorCode) -> None:
        """Records a database error; INTERNAL for an error of this program."""


@dataclass(frozen=True)
class PoolState:
    """The number of a pool's connections in use, and its maximum."""

    in_use: int
    maximum: int


@contextmanager
def timeouts_as_unavailable() -> Iterator[None]:
    """Converts RequestTimeout to Unavailable: to a job, a database that answers too late is one that is away."""
    try:
        yield
    except RequestTimeout as error:
        raise Unavailable(error.message) from error


@dataclass(frozen=True)
class Retrying:
    """Repeats a call once a second while the database, or another system, is unavailable or answers too late.

    Args:
        seconds: the time limit.
        failed_seconds: the time limit of repeated answers with ``ServerFailed``, which may not pass by waiting.
    """

    seconds: float
    failed_seconds: float = FAILED_SECONDS

    async def __call__(self, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns the function's result.

        Raises:
            Unavailable: it was unavailable, or took too long to answer, for longer than the limit.
        """
        start, failing_since, reported = time.monotonic(), None, ""
        while True:
            try:
                with timeouts_as_unavailable():
                    return await function(*args, **kwargs)
            except Unavailable as error:
                at = time.monotonic()
                failing_since = (failing_since or at) if isinstance(error, ServerFailed) else None
                if at - start >= self.seconds or at - (failing_since or at) > self.failed_seconds:
                    raise
                if error.message != reported:
                    logger.warning("waiting: %s", error.message)
                reported = error.message
                await asyncio.sleep(RETRY_SECONDS)


class Database:
    """The open database of one process.

    Args:
        settings: the URL, and the limits of pools and waits.
        observer: receives every session and every error.
        bulk_writes: whether to tune it for a dedicated process that stores millions of rows.
    """

    def __init__(
        self, settings: Settings, observer: SessionObserver | None = None, *, bulk_writes: bool = False
    ) -> None:
        self._observer = observer
        self._opened: Connections = WeakSet()
        self._writer: AsyncEngine = write_engine(settings, self._opened, bulk_writes=bulk_writes)
        self._reader: AsyncEngine = read_engine(settings, self._writer, self._opened)
        self._bulk_reader: AsyncEngine = bulk_engine(settings, self._reader, self._opened)
        self._open_sessions = OpenSessions(self._reader)
        shared, seconds = self._bulk_reader.pool is self._reader.pool, settings.db_pool_timeout_seconds
        self._places = Places(most_connections(self._reader), seconds)
        self._bulk_places = self._places if shared else Places(most_connections(self._bulk_reader), seconds)
        self._notifications = None if self.kind == "sqlite" else Notifications(notification_engine(settings))
        self._turn = asyncio.Lock() if self.kind == "sqlite" else None
        self._lock_seconds = settings.db_lock_timeout_seconds
        self.writing = False
        """True while a transaction of this process holds SQLite's write lock."""

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """Opens a read session, which sees committed rows and changes nothing.

        Raises:
            Unavailable: the database cannot be reached or every connection is in use.
            RequestTimeout: a statement took too long.
        """
        with self._observe("read"):
            async with self._places:
                session = await self._open_sessions.take()
                try:
                    yield session
                except BaseException:
                    await self._open_sessions.close(session)
                    raise
                await self._open_sessions.give_back(session)

    async def is_readable(self) -> bool:
        """Returns whether the database answers."""
        try:
            async with self.read() as session:
                await session.execute(select(1))
        except (Unavailable, RequestTimeout):
            return False
        return True

    @asynccontextmanager
    async def bulk_read(self) -> AsyncIterator[Session]:
        """Opens a read session for a long series of reads, with its own connection and page cache."""
        with self._observe("read"):
            async with self._bulk_places:
                await self._open_sessions.make_room(self._bulk_reader)
                async with self._bulk_reader.connect() as session:
                    yield session

    def listening(self, subject: str, wake: Wake) -> AbstractContextManager[None]:
        """Calls ``wake`` when a subject has changed, until the context ends; never on SQLite.

        Args:
            subject: the name of a table of jobs or of ``traces``, ``TABLE:ID`` for one job, or ``waiting`` for a job
                that a worker may take.
        """
        if self._notifications is None:
            return nullcontext()
        return self._notifications.listening(subject, wake)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """Opens a write session, which is one transaction; SQLite's writers in this process take turns.

        Raises:
            Conflict: a row violates a constraint.
            Unavailable, RequestTimeout: as for ``read``; Unavailable also if the write lock was held for too long, in
                any case before ``request_limit`` ends the request.
        """
        with self._observe("write"):
            if self._turn is None:
                async with self._places:
                    await self._open_sessions.make_room(self._writer)
                    async with companion_transaction(self._writer) as session:
                        yield session
                return
            async with self._taken_turn(self._turn), companion_transaction(self._writer) as session:
                self.writing = True
                try:
                    yield session
                finally:
                    self.writing = False

    @asynccontextmanager
    async def _taken_turn(self, turn: asyncio.Lock) -> AsyncIterator[None]:
        """Waits for a writer's turn on SQLite; one deadline covers this wait and the one for other processes."""
        seconds = lock_seconds(self._lock_seconds)
        deadline = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                await turn.acquire()
        except TimeoutError:
            raise Unavailable("The database is busy with other writes; try again.") from None
        token = lock_deadline.set(deadline)
        try:
            yield
        finally:
            lock_deadline.reset(token)
            turn.release()

    @contextmanager
    def _observe(self, kind: str) -> Iterator[None]:
        """Translates the errors of a session and notifies the observer."""
        observer = self._observer
        if observer is None:
            with translating_errors():
                yield
            return
        start = time.perf_counter()
        try:
            with translating_errors(observer.database_failed):
                yield
        finally:
            observer.session_ended(kind, time.perf_counter() - start)

    def retrying(self, seconds: float) -> Retrying:
        """Returns a caller that retries while the database is unavailable: ``await database.retrying(60)(f, ...)``."""
        return Retrying(seconds)

    async def oldest_reader_seconds(self, session: Session) -> float | None:
        """Returns the age in seconds of the oldest open snapshot (statement or transaction); None if there is none.

        Covers all clients on PostgreSQL and this process on SQLite, without the session itself. While a snapshot is
        open, SQLite cannot truncate its write-ahead log, and PostgreSQL cannot vacuum the rows that it may see.
        """
        if self.kind == "sqlite":
            return oldest_reader_seconds(self._opened)
        age: float | None = (await session.execute(OLDEST_READER)).scalar()
        return age

    def pools(self) -> dict[str, PoolState]:
        """Returns the pools by purpose: separate ones for reading and writing on SQLite, a shared one on PostgreSQL."""
        engines = {"write": self._writer}
        if self._reader.pool is not self._writer.pool:
            engines["read"] = self._reader
        return {name: self._pool_state(engine) for name, engine in engines.items()}

    def _pool_state(self, engine: AsyncEngine) -> PoolState:
        pool: Any = engine.pool
        kept = len(self._open_sessions) if pool is self._reader.pool else 0
        return PoolState(pool.checkedout() - kept, most_connections(engine))

    async def close(self) -> None:
        """Closes all connections."""
        if self._notifications is not None:
            await self._notifications.close()
        await self._open_sessions.close_all()
        await self._bulk_reader.dispose()
        await self._reader.dispose()
        await self._writer.dispose()


def most_connections(engine: AsyncEngine) -> int:
    """Returns the maximum number of connections of an engine's pool."""
    pool: Any = engine.pool
    most: int = pool.size() + pool._max_overflow
    return most


async def driver_of(session: Session) -> Any:
    """Returns the driver's connection of a session."""
    known = session.sync_connection
    if known is None or known.invalidated or known.closed:
        return (await session.get_raw_connection()).driver_connection
    return known.connection.driver_connection


async def lock_inserts(session: Session, table_name: str) -> None:
    """Serializes the transactions that insert into a table.

    So the table's ``seq`` is the order of commits, and no other transaction inserts a duplicate after a check for one.
    """
    await lock_until_end(session, table_name)


async def lock_until_end(session: Session, name: str) -> None:
    """Serializes the transactions that lock the same name; does nothing on SQLite, which has a single writer.

    On PostgreSQL, their later statements see what the transactions before them have committed, as transactions are READ
    COMMITTED.
    """
    if session.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        await session.execute(statement, {"name": f"tunix_rt.{name}"})
