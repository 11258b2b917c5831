"""Engines: how a database URL becomes connections that behave well.

SQLite's recipe (WAL, IMMEDIATE writers, one writer per process, readers apart) and PostgreSQL's timeouts are
measured choices: without them writers starve or fail, readers queue behind the writer, a lost statement holds a
connection for ever.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson
from sqlalchemy import URL, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
PING_AFTER_IDLE_SECONDS = 5.0
CACHE_KIB = 65_536
BULK_CACHE_KIB = 4096
BULK_READERS = 2
INSTRUCTIONS_PER_LOOK = 50_000
"""SQLite's virtual-machine instructions between two looks at the clock: about a millisecond."""


def database_url(settings: Settings) -> URL:
    """The URL to connect to: the setting's, or the embedded file in the data folder.

    Raises:
        SettingsError: for a URL that is malformed, or of another database or driver.
    """
    text = settings.database_url or f"sqlite+aiosqlite:///{settings.data_dir.absolute() / 'tunix-rt.sqlite'}"
    try:
        url = make_url(text)
    except exc.ArgumentError:
        raise SettingsError("TUNIX_RT_DATABASE_URL is not a database URL.") from None
    if url.drivername not in DRIVERS:
        raise SettingsError(
            f"TUNIX_RT_DATABASE_URL names {url.drivername!r}; use sqlite+aiosqlite:// or postgresql+asyncpg://."
        )
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsError("TUNIX_RT_DATABASE_URL names no file; an SQLite database must be a file.")
    return url.set(drivername=DRIVERS[url.drivername])


def write_engine(settings: Settings) -> AsyncEngine:
    """The engine for writing: a single connection on SQLite, a bounded pool on PostgreSQL."""
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        make_parent(url)
        return sqlite_engine(url, settings, begin="BEGIN IMMEDIATE", pool_size=1, max_overflow=0)
    return postgresql_engine(url, settings)


def read_engine(settings: Settings, writer: AsyncEngine) -> AsyncEngine:
    """The engine for reading: a pool of its own on SQLite, the writer's pool in autocommit on PostgreSQL."""
    if writer.dialect.name != "sqlite":
        return writer.execution_options(isolation_level="AUTOCOMMIT")
    return sqlite_engine(
        database_url(settings),
        settings,
        begin=None,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_reset_on_return=None,  # nothing to roll back, and each call costs a change of threads
    )


def bulk_engine(settings: Settings, reader: AsyncEngine) -> AsyncEngine:
    """The engine for reading much in a row: on SQLite a pool whose connections keep next to nothing.

    What is read once is not worth keeping: by the readers' pool, an export of a large table would fill the cache of
    one connection after the other.
    """
    if reader.dialect.name != "sqlite":
        return reader
    url, pool = database_url(settings), {"pool_size": BULK_READERS, "max_overflow": 0, "pool_reset_on_return": None}
    return sqlite_engine(url, settings, begin=None, cache_kib=BULK_CACHE_KIB, **pool)


def make_parent(url: URL) -> None:
    """Makes the folder of an SQLite file.

    Raises:
        SettingsError: if it cannot be made.
    """
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data folder {folder} cannot be made: {error.strerror}.") from error


def sqlite_engine(
    url: URL, settings: Settings, *, begin: str | None, cache_kib: int = CACHE_KIB, **pool: Any
) -> AsyncEngine:
    """An SQLite engine.

    Args:
        begin: the statement that opens its transactions, None for none at all.
        cache_kib: how much of the file each of its connections may keep.
    """
    engine = create_async_engine(
        url,
        connect_args={"timeout": settings.db_lock_timeout_seconds, "isolation_level": None},
        pool_timeout=settings.db_pool_timeout_seconds,
        **JSON_CODEC,
        **pool,
    )
    prepare = partial(prepare_sqlite, read_only=not begin, cache_kib=cache_kib)
    event.listen(engine.sync_engine, "connect", lambda connection, _: prepare(connection))
    limit_statements(engine, settings.db_statement_timeout_seconds)
    if begin:
        event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def prepare_sqlite(connection: DBAPIConnection, *, read_only: bool, cache_kib: int) -> None:
    """Sets what SQLite forgets between connections."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"cache_size=-{cache_kib}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    if read_only:
        cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def limit_statements(engine: AsyncEngine, seconds: float) -> None:
    """Makes SQLite interrupt a statement that runs too long, as PostgreSQL's ``statement_timeout`` does.

    Cancelling the waiting task alone would not: the statement goes on in its thread, and closing the connection
    waits for it.
    """

    def watch(connection: Any, record: ConnectionPoolEntry) -> None:
        deadline = record.info["deadline"] = Deadline(seconds)
        connection.run_async(lambda raw: raw.set_progress_handler(deadline.is_past, INSTRUCTIONS_PER_LOOK))

    event.listen(engine.sync_engine, "connect", watch)
    event.listen(
        engine.sync_engine, "before_cursor_execute", lambda connection, *_: connection.info["deadline"].start()
    )


class Deadline:
    """When the statement that a connection runs must have ended."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = float("inf")

    def start(self) -> None:
        """Gives a new statement its time."""
        self._end = time.monotonic() + self._seconds

    def is_past(self) -> bool:
        """Whether the time is over; SQLite asks this while it works."""
        return time.monotonic() > self._end


def postgresql_engine(url: URL, settings: Settings) -> AsyncEngine:
    """A PostgreSQL engine whose statements, locks and idle transactions all end by themselves."""
    engine = create_async_engine(
        url,
        pool_size=settings.db_pool_size,
        max_overflow=settings.db_max_overflow,
        pool_timeout=settings.db_pool_timeout_seconds,
        pool_recycle=1800,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": "tunix-rt",
                "jit": "off",
                "statement_timeout": milliseconds(settings.db_statement_timeout_seconds),
                "lock_timeout": milliseconds(settings.db_lock_timeout_seconds),
                "idle_in_transaction_session_timeout": milliseconds(settings.db_statement_timeout_seconds),
            },
        },
        **JSON_CODEC,
    )
    event.listen(engine.sync_engine, "checkin", remember_checkin)
    event.listen(engine.sync_engine, "checkout", ping_when_idle)
    return engine


def remember_checkin(_: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    """Notes when a connection was last known to be alive."""
    entry.info["alive_at"] = time.monotonic()


def ping_when_idle(connection: DBAPIConnection, entry: ConnectionPoolEntry, _: Any) -> None:
    """Pings a connection that rested for a while, so that a restarted server costs no request.

    A ping at every checkout would cost every request a round trip.
    """
    if time.monotonic() - entry.info.get("alive_at", time.monotonic()) < PING_AFTER_IDLE_SECONDS:
        return
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        cursor.close()
    except Exception as error:
        raise exc.DisconnectionError from error


def milliseconds(seconds: float) -> str:
    """Seconds as PostgreSQL writes a timeout."""
    return str(int(seconds * 1000))


def dump_json(value: Any) -> str:
    """Compact JSON text."""
    return orjson.dumps(value).decode()


JSON_CODEC = {"json_serializer": dump_json, "json_deserializer": msgspec.json.decode}
