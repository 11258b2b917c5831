"""Sessions: the two doors to the database, one for reading and one for writing.

    async with database.read() as session: ...     # autocommit, never waits for a writer
    async with database.write() as session: ...    # one transaction, committed at the end, rolled back on an error

A session is SQLAlchemy's Core connection. Rows are immutable here, so an ORM's identity map and unit of work would
only cost. The session is an argument everywhere below the API, and the transaction is the caller's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tunix_rt.db.engine import bulk_engine, read_engine, write_engine
from tunix_rt.db.faults import translated
from tunix_rt.errors import ErrorCode
from tunix_rt.settings import Settings

Session: TypeAlias = AsyncConnection


class SessionObserver(Protocol):
    """Whoever wants to know how the database is used."""

    def session_ended(self, kind: str, seconds: float) -> None:
        """A session is over; the kind is read or write. The time is from asking for it, waits and all."""

    def database_failed(self, code: ErrorCode) -> None:
        """The database refused or was not there; INTERNAL for a fault of this program."""


@dataclass(frozen=True)
class PoolState:
    """The connections of a pool: how many are in use, and how many there may be."""

    in_use: int
    most: int


class Database:
    """The open database of one process.

    Args:
        settings: where it is, and the bounds of its pools and waits.
        observer: is told of every session and every error.
    """

    def __init__(self, settings: Settings, observer: SessionObserver | None = None) -> None:
        self._observer = observer
        self._writer: AsyncEngine = write_engine(settings)
        self._reader: AsyncEngine = read_engine(settings, self._writer)
        self._bulk_reader: AsyncEngine = bulk_engine(settings, self._reader)
        self._turn = asyncio.Lock() if self.kind == "sqlite" else None

    @property
    def kind(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._writer.dialect.name

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Session]:
        """A session that sees what is committed and changes nothing.

        Raises:
            Unavailable: the database is away or every connection is in use.
            RequestTimeout: a statement took too long.
        """
        with self._observed("read"):
            async with self._reader.connect() as session:
                yield session

    @asynccontextmanager
    async def bulk_read(self) -> AsyncIterator[Session]:
        """As ``read``, for whoever reads much in a row: it takes neither a reader's place nor its memory."""
        with self._observed("read"):
            async with self._bulk_reader.connect() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """A session in one transaction; SQLite's writers of this process take turns.

        Raises:
            Conflict: a constraint refused a row.
            Unavailable, RequestTimeout: as for ``read``.
        """
        with self._observed("write"):
            async with AsyncExitStack() as stack:
                if self._turn is not None:
                    await stack.enter_async_context(self._turn)
                yield await stack.enter_async_context(self._writer.begin())

    @contextmanager
    def _observed(self, kind: str) -> Iterator[None]:
        """Translates what goes wrong in a session, and tells the observer."""
        observer = self._observer
        if observer is None:
            with translated():
                yield
            return
        start = time.perf_counter()
        try:
            with translated(observer.database_failed):
                yield
        finally:
            observer.session_ended(kind, time.perf_counter() - start)

    def pools(self) -> dict[str, PoolState]:
        """The pools by what they are for: reading and writing apart on SQLite, one for both on PostgreSQL."""
        pools: dict[str, Any] = {"write": self._writer.pool}
        if self._reader.pool is not self._writer.pool:
            pools["read"] = self._reader.pool
        return {name: PoolState(pool.checkedout(), pool.size() + pool._max_overflow) for name, pool in pools.items()}

    async def close(self) -> None:
        """Gives every connection back."""
        await self._bulk_reader.dispose()
        await self._reader.dispose()
        await self._writer.dispose()


async def lock_inserts(session: Session, table_name: str) -> None:
    """Makes transactions that insert into a table take turns until they end.

    So the table's ``seq`` is the order of commit, and a duplicate cannot slip in beside a check. SQLite has a single
    writer anyway.
    """
    if session.dialect.name == "postgresql":
        statement = text("SELECT pg_advisory_xact_lock(hashtext(:name))")
        await session.execute(statement, {"name": f"tunix_rt.{table_name}"})
