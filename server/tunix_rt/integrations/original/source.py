"""Read access to the original's database, PostgreSQL or SQLite, with the tables of any of its versions."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    DateTime,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    cast,
    exc,
    func,
    inspect,
    make_url,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tunix_rt.db.connections.engine import DRIVERS
from tunix_rt.db.errors import first_line, translate
from tunix_rt.errors import BadUserInput, Unavailable
from tunix_rt.setting_values import is_host

FILE = "file:"
NO_SQLITE = "file is not a database"
CONNECT_SECONDS = 10
STATEMENT_MILLISECONDS = "60000"

TRACES = ("id", "created_at", "trace_version", "payload")
SCORES = ("id", "trace_id", "criteria", "score", "details", "created_at")
RUNS = (
    *("run_id", "dataset_key", "model_id", "mode", "status", "exit_code", "started_at", "completed_at"),
    *("duration_seconds", "stdout", "stderr", "created_at"),
)
LATER = {"tunix_runs": ("config",)}
"""Columns of later versions, which are read if they exist."""
REQUIRED = {"traces": TRACES, "scores": SCORES, "tunix_runs": RUNS}
IDS = {"traces": "id", "scores": "id", "tunix_runs": "run_id"}
JSON_COLUMNS = {"payload", "details", "config"}
UUID_COLUMNS = {"id", "trace_id", "run_id"}
OWN_COLUMN = "content_hash"
"""A column that this application's ``traces`` has, and the original's does not."""


class Original:
    """The original's open database.

    Values are the database's: UUIDs and times are texts on SQLite, and JSON is text on both.
    """

    def __init__(self, engine: AsyncEngine, tables: Mapping[str, Table]) -> None:
        self._engine = engine
        self._tables = tables

    async def count(self) -> int:
        """Returns the number of traces and runs together."""
        total = 0
        for name in ("traces", "tunix_runs"):
            if name in self._tables:
                async with reading(self._engine) as session:
                    query = select(func.count()).select_from(self._tables[name])
                    total += (await session.execute(query)).scalar_one()
        return total

    async def traces(self, size: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Yields all traces in the order of their creation, ``size`` at a time."""
        async for page in self._pages("traces", size):
            yield page

    async def runs(self, size: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Yields all runs in the order of their creation; none for a version without runs."""
        if "tunix_runs" in self._tables:
            async for page in self._pages("tunix_runs", size):
                yield page

    async def scores_of(self, trace_ids: Sequence[Any]) -> list[dict[str, Any]]:
        """Returns the scores of some traces, in the order of their creation."""
        table = self._tables.get("scores")
        if table is None or not trace_ids:
            return []
        query = columns_of(table).where(table.c.trace_id.in_(trace_ids)).order_by(table.c.created_at, table.c.id)
        return await self._read(query)

    async def orphan_scores(self, size: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Yields the scores whose traces do not exist, ``size`` at a time."""
        table = self._tables.get("scores")
        if table is None:
            return
        owner = self._tables["traces"]
        query = columns_of(table).where(~select(owner.c.id).where(owner.c.id == table.c.trace_id).exists())
        page = await self._read(query.order_by(table.c.id).limit(size))
        while page:
            yield page
            page = await self._read(query.where(table.c.id > page[-1]["id"]).order_by(table.c.id).limit(size))

    async def traces_of(self, ids: Sequence[uuid.UUID], size: int = 250) -> AsyncIterator[list[dict[str, Any]]]:
        """Yields the traces with the given ids, as far as they exist, ``size`` at a time."""
        table = self._tables["traces"]
        for start in range(0, len(ids), size):
            part: list[Any] = list(ids[start : start + size])
            if self._engine.dialect.name == "sqlite":
                part = [text for found in part for text in (found.hex, str(found))]
            yield await self._read(columns_of(table).where(table.c.id.in_(part)))

    async def _read(self, query: Select[Any]) -> list[dict[str, Any]]:
        async with reading(self._engine) as session:
            return [dict(row) for row in (await session.execute(query)).mappings()]

    async def _pages(self, name: str, size: int) -> AsyncIterator[list[dict[str, Any]]]:
        table = self._tables[name]
        key = (table.c.created_at, table.c[IDS[name]])
        query = columns_of(table).order_by(*key).limit(size)
        after = query
        while True:
            page = await self._read(after)
            if page:
                yield page
            if len(page) < size:
                return
            last = [page[-1][column.name] for column in key]
            after = query.where(tuple_(*key) > tuple_(*last, types=[column.type for column in key]))


@asynccontextmanager
async def open_original(text: str) -> AsyncIterator[Original]:
    """Opens the original's database by a URL or by the path of an SQLite file.

    Raises:
        BadUserInput: the URL is invalid, or the database is not the original's.
        Unavailable: the database cannot be reached.
    """
    engine = engine_of(url_of(text))
    try:
        async with reading(engine) as session:
            found = await session.run_sync(columns_found)
        yield Original(engine, tables_of(found, engine.dialect.name))
    finally:
        await engine.dispose()


def url_of(text: str) -> URL:
    """Returns the database URL for a URL or a path; raises as ``open_original`` does."""
    try:
        url = make_url(text if "://" in text else f"sqlite:///{text}")
        backend = url.get_backend_name()
    except (exc.ArgumentError, ValueError):  # ValueError: the port is not a number
        raise BadUserInput("This is not a database URL.", ["file"]) from None
    if not is_host(url.host or "") or "\0" in (url.database or ""):
        raise BadUserInput("The URL has a host or a database whose name is invalid.", ["file"])
    if backend not in DRIVERS or not url.database:
        raise BadUserInput("The URL must be postgresql://… or sqlite:///FILE.", ["file"])
    return url.set(drivername=DRIVERS[backend])


def engine_of(url: URL) -> AsyncEngine:
    """Returns a read-only engine."""
    if url.get_backend_name() == "sqlite":
        url = url.set(database=FILE + quote(str(url.database)), query={"mode": "ro", "uri": "true"})
        return create_async_engine(url, poolclass=NullPool)
    settings = {
        "application_name": "tunix-rt import",
        "default_transaction_read_only": "on",
        "statement_timeout": STATEMENT_MILLISECONDS,
    }
    arguments = {"timeout": CONNECT_SECONDS, "server_settings": settings}
    return create_async_engine(url, connect_args=arguments, pool_size=1, max_overflow=0)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Opens a connection for one read.

    Raises:
        BadUserInput: the file is not a database.
        Unavailable: the database does not exist, or cannot be read now.
    """
    with explain_unreadable():
        require_file(engine.url)
        async with engine.connect() as session:
            yield session


def require_file(url: URL) -> None:
    """Checks that SQLite's file exists before the driver opens it, whose thread fails noisily otherwise.

    Raises:
        FileNotFoundError: there is no readable file.
    """
    path = unquote(str(url.database).removeprefix(FILE))
    if url.get_backend_name() == "sqlite" and not (Path(path).is_file() and os.access(path, os.R_OK)):
        raise FileNotFoundError(f"there is no file {path} that can be read")


@contextmanager
def explain_unreadable() -> Iterator[None]:
    """Translates database errors to errors that name the original's database."""
    try:
        yield
    except (TimeoutError, exc.SQLAlchemyError, OSError) as error:
        known = translate(error)
        if known is None:
            raise
        reason = first_line(error)
        if NO_SQLITE in reason:
            raise BadUserInput("The file is not an SQLite database.", ["file"]) from error
        if isinstance(known, Unavailable):
            raise Unavailable(
                f"The original database cannot be read: {reason}. Data imported so far is kept."
            ) from error
        raise known from error


def columns_found(connection: Connection) -> dict[str, set[str]]:
    """Returns the columns of each of the original's tables that exists."""
    inspector = inspect(connection)
    there = set(inspector.get_table_names()) & REQUIRED.keys()
    return {name: {column["name"] for column in inspector.get_columns(name)} for name in there}


def tables_of(found: Mapping[str, set[str]], kind: str) -> dict[str, Table]:
    """Returns the tables to read.

    Raises:
        BadUserInput: the tables are not the original's.
    """
    if OWN_COLUMN in found.get("traces", ()):
        raise BadUserInput("This is a database of this version of tunix-rt, not of the original application.", ["file"])
    for name, columns in (REQUIRED | {"traces": TRACES}).items():
        missing = [column for column in columns if column not in found.get(name, ())]
        if missing and (name in found or name == "traces"):
            raise BadUserInput(
                f"This is not a database of the original tunix-rt: {name} has no {', '.join(missing)}.", ["file"]
            )
    metadata = MetaData()
    return {
        name: table_of(name, [*REQUIRED[name], *(set(LATER.get(name, ())) & columns)], kind, metadata)
        for name, columns in found.items()
    }


def table_of(name: str, columns: Sequence[str], kind: str, metadata: MetaData) -> Table:
    """Returns a table whose UUIDs and times are read without conversion; SQLite's are texts and compared as texts."""
    types: dict[str, Any] = {column: Uuid() for column in UUID_COLUMNS} if kind == "postgresql" else {}
    if kind == "postgresql":
        types["created_at"] = DateTime(timezone=True)
    return Table(name, metadata, *(Column(column, types.get(column)) for column in columns))


def columns_of(table: Table) -> Select[Any]:
    """Returns a query of all columns, with JSON as text."""
    return select(
        *(cast(column, Text).label(column.name) if column.name in JSON_COLUMNS else column for column in table.c)
    )
