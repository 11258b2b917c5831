"""Migrations: upgrades and downgrades of a database to a revision, with its data.

Revisions are numbered files in ``migrations/versions`` and the number is the revision's id. So pending migrations are
found without importing Alembic, which ``serve`` imports only if there are some.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, exc, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

import tunix_rt
from tunix_rt.db.connections.engine import database_url
from tunix_rt.db.connections.files import make_parent, make_private, require_writable
from tunix_rt.db.errors import state_of, translating_errors
from tunix_rt.db.session import Session
from tunix_rt.errors import BadUserInput, SchemaOutdated, SettingsError
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")

LOCK_KEY = 7_482_013
"""The key of PostgreSQL's advisory lock that keeps two processes from migrating at the same time."""
LOCK_TIMEOUT = "2s"
"""Longest wait of a step for the lock of a table on PostgreSQL, since later readers wait behind it."""
LOCK_NOT_AVAILABLE = "55P03"
LOCK_ATTEMPTS, LOCK_PAUSE_SECONDS = 200, 1.0
"""How often a step is repeated whose lock another transaction holds, and the pause in which readers get their turn."""

REVISION = re.compile(r"[0-9]{4}")
USE_AN_EMPTY_ONE = (
    "Use an empty database. (`tunix-rt import tunix-rt` imports the database of an original tunix-rt into it.)"
)


def migrations_folder() -> Path:
    """Returns the folder of the revisions, in the installed package or in a checkout."""
    package = Path(tunix_rt.__file__).parent
    shipped = package / "migrations"
    return shipped if shipped.is_dir() else package.parents[1] / "migrations"


def revisions() -> list[str]:
    """Returns every revision, oldest first."""
    return sorted(path.name[:4] for path in (migrations_folder() / "versions").glob("[0-9]*.py"))


async def current_revision(session: Session) -> str | None:
    """Returns the revision of a database; None before the first migration."""

    return await session.run_sync(revision_of)


def revision_of(connection: Connection) -> str | None:
    """Returns the ``current_revision`` of a connection."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_known(revision: str | None) -> None:
    """Refuses a database that a newer version, or another program, has migrated.

    Raises:
        SchemaOutdated: the revision is unknown; the message names it.
        SettingsError: the revision is none of this program.
    """
    if is_foreign(revision):
        raise SettingsError(f"The database is of another program, at its revision {revision}. {USE_AN_EMPTY_ONE}")
    if revision is not None and revision not in revisions():
        raise SchemaOutdated(
            f"The database is at revision {revision}, which this version does not know: a newer one has migrated it. "
            "Use that version, or migrate down with it first."
        )


def is_foreign(revision: str | None) -> bool:
    """Returns whether a revision is that of another program that uses Alembic."""
    return revision is not None and REVISION.fullmatch(revision) is None


def require_empty_database(connection: Connection) -> None:
    """Refuses a database before its first migration if it does not store UTF-8, or if tables are in the way.

    Raises:
        SettingsError: its encoding is another one, or another program has a table with the name of one of ours.
    """
    from tunix_rt.db.models import METADATA

    if connection.dialect.name == "postgresql":
        encoding = connection.execute(text("SHOW server_encoding")).scalar()
        if encoding != "UTF8":
            raise SettingsError(
                f"The database has the encoding {encoding}, and needs UTF8. Create it by "
                "`createdb --encoding UTF8 --template template0`."
            )
    if known := sorted(METADATA.tables.keys() & set(inspect(connection).get_table_names())):
        raise SettingsError(f"The database has a table {known[0]} of another program. {USE_AN_EMPTY_ONE}")


async def is_expanded(session: Session, revision: str | None) -> bool:
    """Returns whether a newer version has only added to the schema that this version needs, so that this one works."""
    if revision is None or revision in revisions():
        return False
    if not await session.run_sync(lambda connection: inspect(connection).has_table("schema_compatibility")):
        return False
    return await session.scalar(text("SELECT oldest_revision FROM schema_compatibility")) in revisions()


async def require_current(session: Session) -> None:
    """Refuses a database that is not at the newest revision, unless a newer version has only added to its schema.

    Raises:
        SchemaOutdated: the message names both revisions and the command that migrates.
    """
    found, needed = await current_revision(session), revisions()[-1]
    if await is_expanded(session, found):
        return
    require_known(found)
    if found != needed:
        raise SchemaOutdated(
            f"The database is at revision {found or 'none'}, this version needs {needed}. Run `tunix-rt migrate up`."
        )


def upgrade(url: str, revision: str = "head") -> None:
    """Migrates the database at ``url`` up to ``revision``.

    Raises:
        BadUserInput: there is no such revision.
        SchemaOutdated: a newer version has migrated the database.
        SettingsError: the database is that of another program.
        Unavailable: the database cannot be reached.
    """
    run(url, "upgrade", revision)


def downgrade(url: str, revision: str) -> None:
    """Migrates the database at ``url`` down to ``revision``, or to nothing with ``base``.

    Raises:
        BadUserInput, SchemaOutdated, SettingsError, Unavailable: as for ``upgrade``.
    """
    run(url, "downgrade", revision)


def run(url: str, command_name: str, revision: str) -> None:
    """Runs an Alembic command in a thread that has no event loop."""
    if revision not in {"head", "base", *revisions()}:
        raise BadUserInput(f"There is no revision {revision!r}. The revisions are: base, {', '.join(revisions())}.")
    asyncio.run(migrate(url, command_name, revision))


async def migrate(url: str, command_name: str, revision: str) -> None:
    """Runs an Alembic command on a dedicated connection, while no other process migrates."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    apply: Callable[[Config, str], None] = getattr(command, command_name)

    def work(connection: Connection) -> None:
        found = revision_of(connection)
        require_known(found)
        if found is None:
            require_empty_database(connection)
        connection.rollback()
        config.attributes["connection"] = connection
        apply(config, revision)

    with translating_errors():
        async with exclusive_connection(url) as connection:
            await repeat_while_locked(connection, work)
            await check_foreign_keys(connection)


async def repeat_while_locked(connection: AsyncConnection, work: Callable[[Connection], None]) -> None:
    """Migrates; a step that has not got the lock of a table in time is rolled back and repeated from there on.

    Raises:
        DBAPIError: another transaction holds the lock for minutes.
    """
    for attempts_left in reversed(range(LOCK_ATTEMPTS)):
        try:
            await connection.run_sync(work)
            return
        except exc.DBAPIError as error:
            if state_of(error) != LOCK_NOT_AVAILABLE or not attempts_left:
                raise
            await connection.rollback()
            logger.warning("waiting for a table that another transaction uses, to migrate")
            await asyncio.sleep(LOCK_PAUSE_SECONDS)


@asynccontextmanager
async def exclusive_connection(url: str) -> AsyncIterator[AsyncConnection]:
    """Opens a connection for migrating, under a lock that keeps other processes from migrating the database."""
    parsed = database_url(Settings(database_url=url))
    embedded = parsed.get_backend_name() == "sqlite"
    engine = create_async_engine(parsed, connect_args={"isolation_level": None, "timeout": 60} if embedded else {})
    try:
        if embedded:
            make_parent(parsed)
            make_private(Path(str(parsed.database)))
            require_writable(Path(str(parsed.database)))
            with file_lock(Path(f"{parsed.database}.migrate-lock")):
                async with sqlite_connection(engine) as connection:
                    yield connection
        else:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
                await connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
                await connection.commit()
                yield connection
    finally:
        await engine.dispose()


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Holds an advisory lock on a file beside the database."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@asynccontextmanager
async def sqlite_connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Opens an SQLite connection with foreign keys OFF and transactional DDL.

    With foreign keys on, rewriting a parent table would silently delete its children (ON DELETE CASCADE).
    """

    def prepare(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.close()

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    async with engine.connect() as connection:
        yield connection


async def check_foreign_keys(connection: AsyncConnection) -> None:
    """Checks that a migration with foreign keys off has left no orphans on SQLite.

    Raises:
        RuntimeError: there are orphans; the message names the first tables.
    """
    if connection.dialect.name != "sqlite":
        return
    orphans = (await connection.execute(text("PRAGMA foreign_key_check"))).fetchmany(5)
    if orphans:
        raise RuntimeError(f"the migration left rows without their parents: {[tuple(row) for row in orphans]}")
