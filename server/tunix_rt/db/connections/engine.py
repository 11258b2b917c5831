"""Engines: creates SQLAlchemy engines from a database URL and the settings.

SQLite's setup (WAL, IMMEDIATE transactions, one writer per process, a separate pool for readers) and PostgreSQL's
timeouts are measured choices. Without them writers starve or fail, readers wait for the writer, and a lost statement
holds its connection forever.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec
import orjson
from sqlalchemy import URL, Connection, event, exc, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util.concurrency import await_

from tunix_rt.db.connections.compiled import COMPILED
from tunix_rt.db.connections.files import make_parent, make_private
from tunix_rt.db.connections.idle import IdleConnections
from tunix_rt.db.connections.sqlite import Connections, Connector
from tunix_rt.errors import SettingsError
from tunix_rt.setting_values import is_host
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
"""The query parameters that a database URL may have, by driver."""
CONNECT_SECONDS = 10
CACHE_KIB = 65_536
BULK_CACHE_KIB = 4096
BULK_READERS = 2
BULK_WRITES_CACHE_KIB = 131_072
"""Page cache of a process that stores millions of rows: each of its transactions rewrites pages all over an index."""
CHECKPOINT_PAGES, BULK_WRITES_CHECKPOINT_PAGES = 1000, 16_384
"""Pages of the write-ahead log before a checkpoint; a page that changes several times until then is copied once."""
WAL_KEPT_BYTES = 67_108_864
"""The size to which a checkpointed write-ahead log is truncated, so that a large import leaves no large file behind."""
WRITER_LOOK_SECONDS = 0.1
"""Seconds that SQLite waits for another process's write lock before the deadline is checked and the wait repeated."""

lock_deadline: ContextVar[float] = ContextVar("lock_deadline", default=0.0)
"""The deadline of a writer's wait for the write lock, on ``time.monotonic``."""


def database_url(settings: Settings) -> URL:
    """Returns the URL to connect to: the one in the settings, or the embedded SQLite file in the data folder.

    Raises:
        SettingsError: the URL is malformed, or names another database or driver.
    """
    if not settings.database_url:  # a folder's name may have characters that mean something in a URL
        return URL.create(DRIVERS["sqlite"], database=str(settings.data_dir.absolute() / "tunix-rt.sqlite"))
    try:
        url = make_url(settings.database_url)
    except (exc.ArgumentError, ValueError):  # ValueError: the port is not a number
        raise SettingsError("TUNIX_RT_DATABASE_URL is not a database URL.") from None
    if not is_host(with_socket_folder(url).host or "") or "\0" in (url.database or ""):
        raise SettingsError("TUNIX_RT_DATABASE_URL has a host or a database whose name is invalid.")
    if url.drivername not in DRIVERS:
        raise SettingsError(
            f"TUNIX_RT_DATABASE_URL names {url.drivername!r}; use sqlite+aiosqlite:// or postgresql+asyncpg://."
        )
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise SettingsError("TUNIX_RT_DATABASE_URL names no file; an SQLite database must be a file.")
    return with_known_parameters(with_socket_folder(url.set(drivername=DRIVERS[url.drivername])))


def with_socket_folder(url: URL) -> URL:
    """Returns the URL with the folder of a Unix socket as the parameter ``host``; libpq takes it as the host, too."""
    folder = unquote(url.host or "")
    if not folder.startswith("/"):
        return url
    port = {} if url.port is None else {"port": str(url.port)}
    return url.set(host=None, port=None).update_query_dict({"host": folder} | port)


def with_known_parameters(url: URL) -> URL:
    """Returns the URL with its query parameters in the driver's spelling: libpq's ``sslmode`` becomes ``ssl``.

    Raises:
        SettingsError: a parameter or an SSL mode is unknown.
    """
    known = PARAMETERS[url.get_backend_name()]
    unknown = sorted(set(url.query) - known)
    if unknown:
        takes = f"the known ones are {', '.join(sorted(known))}" if known else "an SQLite URL takes none"
        raise SettingsError(f"TUNIX_RT_DATABASE_URL has the parameter {unknown[0]!r}, which is unknown; {takes}.")
    if not all(is_port(port) for port in parts_of(url.query.get("port", ()))):
        raise SettingsError("TUNIX_RT_DATABASE_URL: port must be a number up to 65535, or one for each host.")
    if not all(is_host(host) for host in parts_of(url.query.get("host", ())) if not host.startswith("/")):
        raise SettingsError("TUNIX_RT_DATABASE_URL: host must be names of hosts, or the folder of a socket.")
    modes = [url.query[name] for name in ("sslmode", "ssl") if name in url.query]
    for mode in modes:
        if mode not in SSL_MODES:
            raise SettingsError(f"TUNIX_RT_DATABASE_URL: sslmode must be one of {', '.join(SSL_MODES)}.")
    query = {name: value for name, value in url.query.items() if name != "sslmode"}
    return url.set(query=query | ({"ssl": modes[0]} if modes else {}))


def parts_of(given: str | tuple[str, ...]) -> list[str]:
    """Returns the parts of a query parameter that may occur several times, or have several values with commas."""
    return ",".join([given] if isinstance(given, str) else given).split(",") if given else []


def is_port(text: str) -> bool:
    """Returns whether a text is the number of a port."""
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) <= 65535


def write_engine(settings: Settings, opened: Connections, *, bulk_writes: bool = False) -> AsyncEngine:
    """Returns the engine for writing: a single connection on SQLite, a bounded pool on PostgreSQL.

    Args:
        opened: collects each SQLite connection.
        bulk_writes: whether to tune SQLite for storing millions of rows in successive transactions.
    """
    url = database_url(settings)
    if url.get_backend_name() == "sqlite":
        make_parent(url)
        given: dict[str, Any] = {"begin": "BEGIN IMMEDIATE", "pool_size": 1, "max_overflow": 0}
        if bulk_writes:
            given |= {"cache_kib": BULK_WRITES_CACHE_KIB, "checkpoint_pages": BULK_WRITES_CHECKPOINT_PAGES}
        return sqlite_engine(url, settings, opened, **given)
    return postgresql_engine(url, settings)


def read_engine(settings: Settings, writer: AsyncEngine, opened: Connections) -> AsyncEngine:
    """Returns the engine for reading: a separate pool on SQLite, the writer's pool in autocommit on PostgreSQL."""
    if writer.dialect.name != "sqlite":
        return writer.execution_options(isolation_level="AUTOCOMMIT")
    return sqlite_engine(
        database_url(settings),
        settings,
        opened,
        begin=None,
        pool_size=settings.db_pool_size,
        max_overflow=0,
        pool_reset_on_return=None,  # there is nothing to roll back, and the call would cost a switch of threads
    )


def bulk_engine(settings: Settings, reader: AsyncEngine, opened: Connections) -> AsyncEngine:
    """Returns the engine for bulk reads: on SQLite, a pool whose connections have a minimal page cache.

    Rows that are read once are not worth caching: through the readers' pool, an export of a large table would fill the
    cache of one connection after another.
    """
    if reader.dialect.name != "sqlite":
        return reader
    url = database_url(settings)
    pool: dict[str, Any] = {"pool_size": BULK_READERS, "max_overflow": 0, "pool_reset_on_return": None}
    return sqlite_engine(url, settings, opened, begin=None, cache_kib=BULK_CACHE_KIB, **pool)


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
        opened: collects each of its connections.
        begin: the statement that opens a transaction; None for autocommit.
        cache_kib: the page cache of each connection, in KiB.
        checkpoint_pages: the length of the write-ahead log at which a commit checkpoints it, in pages.
    """
    wait = WRITER_LOOK_SECONDS if begin else settings.db_lock_timeout_seconds
    engine = create_async_engine(
        url,
        connect_args={"timeout": wait, "isolation_level": None, "check_same_thread": False},
        pool_timeout=settings.db_pool_timeout_seconds,
        execution_options={"compiled_cache": COMPILED},
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
    """Sets the PRAGMAs that SQLite keeps for one connection only; runs in the connection's thread."""
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
    """Opens a write transaction as soon as no other process holds the write lock.

    SQLite's busy timeout cannot be interrupted, so it is short here and the statement is repeated.

    Raises:
        OperationalError: another process held the lock until ``lock_deadline``.
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


def notification_engine(settings: Settings) -> AsyncEngine:
    """Returns the PostgreSQL engine of the connection that waits for notifications, which no pool may give away."""
    return create_async_engine(
        database_url(settings),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "tunix-rt notifications"},
        },
    )


def postgresql_engine(url: URL, settings: Settings) -> AsyncEngine:
    """Returns a PostgreSQL engine with timeouts for statements, locks and idle transactions.

    Its pool keeps the connections that were opened under load, until they have been idle for a while.
    """
    engine = create_async_engine(
        url,
        pool_size=settings.db_pool_size + settings.db_max_overflow,
        max_overflow=0,  # those would be closed when they are returned, and opened again by the next request
        pool_use_lifo=True,
        pool_timeout=settings.db_pool_timeout_seconds,
        pool_recycle=1800,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {
                "application_name": "tunix-rt",
                "default_transaction_isolation": "read committed",  # whatever the role's default: see lock_until_end
                "jit": "off",
                "statement_timeout": milliseconds(settings.db_statement_timeout_seconds),
                "lock_timeout": milliseconds(settings.lock_wait_seconds),
                "idle_in_transaction_session_timeout": milliseconds(settings.db_statement_timeout_seconds),
            },
        },
        execution_options={"compiled_cache": COMPILED},
        **JSON_CODEC,
    )
    IdleConnections(settings.db_pool_size).follow(engine)
    return engine


def milliseconds(seconds: float) -> str:
    """Returns seconds in PostgreSQL's notation of a timeout."""
    return str(int(seconds * 1000))


def dump_json(value: Any) -> str:
    """Returns a value as compact JSON."""
    return orjson.dumps(value).decode()


JSON_CODEC = {"json_serializer": dump_json, "json_deserializer": msgspec.json.decode}
