"""Sessions: the two doors to the database, one for reading and one for writing.

    async with database.read() as session: ...     # autocommit, never waits for a writer
    async with database.write() as session: ...    # one transaction, committed at the end, rolled back on an error

A session is SQLAlchemy's Core connection. Rows are immutable here, so an ORM's identity map and unit of work would
only cost. The session is an argument everywhere below the API, and the transaction is the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tunix_rt.db.engine import read_engine, write_engine
from tunix_rt.db.faults import translated
from tunix_rt.settings import Settings

Session: TypeAlias = AsyncConnection


class Database:
    """The open database of one process.

    Args:
        settings: where it is, and the bounds of its pools and waits.
    """

    def __init__(self, settings: Settings) -> None:
        self._writer: AsyncEngine = write_engine(settings)
        self._reader: AsyncEngine = read_engine(settings, self._writer)
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
        with translated():
            async with self._reader.connect() as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Session]:
        """A session in one transaction; SQLite's writers of this process take turns.

        Raises:
            Conflict: a constraint refused a row.
            Unavailable, RequestTimeout: as for ``read``.
        """
        with translated():
            async with AsyncExitStack() as stack:
                if self._turn is not None:
                    await stack.enter_async_context(self._turn)
                yield await stack.enter_async_context(self._writer.begin())

    async def close(self) -> None:
        """Gives every connection back."""
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
