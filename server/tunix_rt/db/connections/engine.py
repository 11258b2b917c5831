"""Engines: how a database URL becomes connections that behave well.

SQLite's recipe (WAL, IMMEDIATE writers, one writer per process, readers apart) and PostgreSQL's timeouts are
measured choices: without them writers starve or fail, readers queue behind the writer, a lost statement holds a
connection for ever.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import time
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import orjson
from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.concurrency import await_

from tunix_rt.db.connections.sqlite import Connections, Connector
from tunix_rt.errors import SettingsError
from tunix_rt.settings import Settings

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
PARAMETERS: dict[str, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgresql": frozenset({"host", "port", "ssl", "sslmode", "passfile"}),
}
"""What may come after the ``?`` of a database's URL."""
PING_AFTER_IDLE_SECONDS = 5.0
CACHE_KIB = 65_536
BULK_CACHE_KIB = 4096
BULK_READERS = 2
LONG_WORK_CACHE_KIB = 131_072
"""For a process that stores millions of rows: an index in no order is written anew in each of its transactions."""
CHECKPOINT_PAGES, LONG_WORK_CHECKPOINT_PAGES = 1000, 16_384
"""How long the write-ahead log gets before it is brought home; a page changed again until then is written once."""
PRIVATE, OTHERS = 0o600, 0o077
"""The mode of a new database's file, and what no file of a database allows."""
WAL_KEPT_BYTES = 67_108_864
"""The size to which the write-ahead log is cut once it was checkpointed: a large import leaves no large file behind."""
WRITER_LOOK_SECONDS = 0.1
"""How long SQLite waits for another process's write before it is asked again, or is not."""

lock_deadline: ContextVar[float] = ContextVar("lock_deadline", default=0.0)
"""Until when a writer may wait for its turn, on ``time.monotonic``."""


def database_url(settings: Settings) -> URL:
    """Returns the URL to connect to: the setting's, or the embedded file in the data folder.

    Raises:
        SettingsError: for a URL that is malformed, or of another database or driver.
    """
    text = settings.database_url or f"sqlite+aiosqlite:///{settings.data_dir.absolute() / 'tunix-rt.sqlite'}"
    try:
        url = make_url(text)
    except (exc.ArgumentError, ValueError):  # the second for a port that is no number
        raise SettingsError("TUNIX_RT_DATABASE_URL is not a database URL.") from None
    if url.drivername not in DRIVERS:
        raise SettingsError(
            f"TUNIX_RT_DATABASE_URL names {url.drivername!r}; use sqlite+aiosqlite:// or postgresql+asyncpg://."
        )
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsError("TUNIX_RT_DATABASE_URL names no file; an SQLite database must be a file.")
    return with_known_parameters(url.set(drivername=DRIVERS[url.drivername]))


def with_known_parameters(url: URL) -> URL:
    """Returns the URL with what comes after its ``?`` as the driver takes it: libpq's ``sslmode`` is ``ssl`` there.

    Raises:
        SettingsError: for a parameter or a mode that is not known.
    """
    known = PARAMETERS[url.get_backend_name()]
    unknown = sorted(set(url.query) - known)
    if unknown:
        takes = f"known are {', '.join(sorted(known))}" if known else "an SQLite URL takes none"
        raise SettingsError(f"TUNIX_RT_DATABASE_URL has the parameter {unknown[0]!r}, which is unknown; {takes}.")
    modes = [url.query[name] for name in ("sslmode", "ssl") if name in url.query]
    for mode in modes:
        if mode not in SSL_MODES:
            raise SettingsError(f"TUNIX_RT_DATABASE_URL: sslmode must be one of {', '.join(SSL_MODES)}.")
    query = {name: value for name, value in url.query.items() if name != "sslmode"}
    return url.set(query=query | ({"ssl": modes[0]} if modes else {}))


def write_engine(settings: Settings, opened: Connections, *, long_work: bool = False) -> AsyncEngine:
    """Returns the engine for writing: a single connection on SQLite, a bounded pool on PostgreSQL.

    Args:
        opened: is given each connection to SQLite.
        long_work: whether millions of rows may be stored, one transaction after the other.
    """
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        make_parent(url)
        given: dict[str, Any] = {"begin": "BEGIN IMMEDIATE", "pool_size": 1, "max_overflow": 0}
        if long_work:
            given |= {"cache_kib": LONG_WORK_CACHE_KIB, "checkpoint_pages": LONG_WORK_CHECKPOINT_PAGES}
        return sqlite_engine(url, settings, opened, **given)
    return postgresql_engine(url, settings)


def read_engine(settings: Settings, writer: AsyncEngine, opened: Connections) -> AsyncEngine:
    """Returns the engine for reading: a pool of its own on SQLite, the writer's pool in autocommit on PostgreSQL."""
    if writer.dialect.name != "sqlite":
        return writer.execution_options(isolation_level="AUTOCOMMIT")
    return sqlite_engine(
        database_url(settings),
        settings,
        opened,
        begin=None,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_reset_on_return=None,  # nothing to roll back, and each call costs a change of threads
    )


def bulk_engine(settings: Settings, reader: AsyncEngine, opened: Connections) -> AsyncEngine:
    """Returns the engine for reading much in a row: on SQLite a pool whose connections keep next to nothing.

    What is read once is not worth keeping: by the readers' pool, an export of a large table would fill the cache of
    one connection after the other.
    """
    if reader.dialect.name != "sqlite":
        return reader
    url = database_url(settings)
    pool: dict[str, Any] = {"pool_size": BULK_READERS, "max_overflow": 0, "pool_reset_on_return": None}
    return sqlite_engine(url, settings, opened, begin=None, cache_kib=BULK_CACHE_KIB, **pool)


def make_parent(url: URL) -> None:
    """Makes the folder of an SQLite file.

    Raises:
        SettingsError: if it cannot be made.
    """
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data folder {folder} cannot be created: {error.strerror}.") from error


def make_private(file: Path) -> None:
    """Makes a database's files its owner's alone; SQLite gives those beside the file the file's own mode.

    What belongs to somebody else, or cannot be made, is left: opening it tells more. A file that is there is never
    opened: closing it again would undo every lock that this process has on it, and with them SQLite's protection.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    for position in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))):
        with suppress(OSError):
            mode = position.stat().st_mode
            if mode & OTHERS:
                position.chmod(stat.S_IMODE(mode) & ~OTHERS)


def sqlite_engine(
    url: URL,
    settings: Settings,
    opened: Connections,
    *,
    begin: str | None,
    cache_kib: int = CACHE_KIB,
    checkpoint_pages: int = CHECKPOINT_PAGES,
    **pool: Any,
) -> AsyncEngine:
    """Returns an SQLite engine.

    Args:
        opened: is given each of its connections.
        begin: the statement that opens its transactions, None for none at all.
        cache_kib: how much of the file each of its connections may keep.
        checkpoint_pages: how long its commits let the write-ahead log get.
    """
    wait = WRITER_LOOK_SECONDS if begin else settings.db_lock_timeout_seconds
    engine = create_async_engine(
        url,
        connect_args={"timeout": wait, "isolation_level": None},
        pool_timeout=settings.db_pool_timeout_seconds,
        **JSON_CODEC,
        **pool,
    )
    prepare = partial(prepare_sqlite, read_only=not begin, cache_kib=cache_kib, checkpoint_pages=checkpoint_pages)
    if begin:
        event.listen(engine.sync_engine, "do_connect", lambda *_: make_private(Path(str(url.database))))
    connector = Connector(prepare, settings.db_statement_timeout_seconds, opened)
    event.listen(engine.sync_engine, "do_connect", connector.connect)
    if begin:
        event.listen(engine.sync_engine, "begin", lambda connection: begin_in_time(connection, begin))
    return engine


def prepare_sqlite(
    connection: sqlite3.Connection, *, read_only: bool, cache_kib: int, checkpoint_pages: int = CHECKPOINT_PAGES
) -> None:
    """Sets what SQLite forgets between connections; runs in the connection's thread."""
    for pragma in (
        "journal_mode=WAL",
        f"journal_size_limit={WAL_KEPT_BYTES}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"cache_size=-{cache_kib}",
        f"wal_autocheckpoint={checkpoint_pages}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    if read_only:
        connection.execute("PRAGMA query_only=ON").close()


def begin_in_time(connection: Connection, begin: str) -> None:
    """Opens a transaction for writing, as soon as no other process writes.

    SQLite's own waiting could not be broken off; here it waits a little, and is asked again.

    Raises:
        OperationalError: another process wrote until the time of ``lock_deadline`` was up.
    """
    while True:
        try:
            connection.exec_driver_sql(begin)
        except exc.OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > lock_deadline.get():
                raise
            await_(asyncio.sleep(0))
        else:
            return


def postgresql_engine(url: URL, settings: Settings) -> AsyncEngine:
    """Returns a PostgreSQL engine whose statements, locks and idle transactions all end by themselves."""
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
                "lock_timeout": milliseconds(settings.lock_wait_seconds),
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
