"""Opens and migrates the database for commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tunix_rt.db.connections.engine import database_url
from tunix_rt.db.connections.files import require_writable
from tunix_rt.db.migrate import (
    current_revision,
    is_expanded,
    require_current,
    require_known,
    revisions,
    upgrade,
)
from tunix_rt.db.probing import require_writable_database
from tunix_rt.db.session import Database
from tunix_rt.errors import NotFound, SettingsError
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")


async def migrate_if_needed(database: Database, settings: Settings) -> None:
    """Migrates a new or an older database to this version's revision.

    Raises:
        SchemaOutdated: a newer version has migrated the database, and not only added to its schema.
        SettingsError: this user cannot write its files.
        Unavailable: its role may not write its tables.
    """
    require_writable_files(settings)
    await migrate_known(database, settings)
    async with database.read() as session:
        await require_writable_database(session)


async def migrate_known(database: Database, settings: Settings) -> None:
    """Migrates a database unless it is at this version's revision, or at one that this version can use.

    Raises:
        SchemaOutdated: as ``migrate_if_needed`` raises it.
    """
    async with database.read() as session:
        found = await current_revision(session)
        if await is_expanded(session, found):
            logger.warning("the database is at revision %s of a newer version, which this version can use", found)
            return
    require_known(found)
    if found != revisions()[-1]:
        logger.info("migrating the database from revision %s to %s", found or "none", revisions()[-1])
        await asyncio.to_thread(upgrade, database_url(settings).render_as_string(hide_password=False))


async def migrate_if_new(database: Database, settings: Settings) -> None:
    """Migrates a new database; one with data is migrated by ``serve`` and ``migrate`` only.

    Raises:
        SchemaOutdated: the database is at another revision than this version needs.
        SettingsError: this user cannot write its files.
        Unavailable: its role may not write its tables.
    """
    require_writable_files(settings)
    async with database.read() as session:
        if await current_revision(session) is not None:
            await require_current(session)
            await require_writable_database(session)
            return
    await migrate_if_needed(database, settings)


def database_file(settings: Settings) -> Path | None:
    """Returns the file of an SQLite database; None for PostgreSQL."""
    url = database_url(settings)
    return Path(str(url.database)).absolute() if url.get_backend_name() == "sqlite" else None


def missing_file(settings: Settings) -> Path | None:
    """Returns the missing file of an SQLite database; None if the file exists, or the database is PostgreSQL.

    Raises:
        SettingsError: this user may not look into its folder.
    """
    file = database_file(settings)
    try:
        return None if file is None or file.exists() else file
    except PermissionError:
        raise SettingsError(
            f"The database {file} cannot be opened: this user may not look into its folder. Allow this user to read "
            "and write it, or use --data-dir for another folder."
        ) from None


def require_writable_files(settings: Settings) -> None:
    """Checks that this user can write the files of an SQLite database, so that a command reports it when it starts.

    Raises:
        SettingsError: a file or its folder cannot be written.
    """
    if (file := database_file(settings)) is not None:
        require_writable(file)


@asynccontextmanager
async def existing_database(settings: Settings) -> AsyncIterator[Database]:
    """Opens an existing database; neither the database nor its folder is created.

    Raises:
        NotFound: the database does not exist.
        SchemaOutdated: it is at another revision than this version needs.
    """
    if file := missing_file(settings):
        raise NotFound(
            f"There is no database {file}. Use --data-dir for another folder; "
            "`serve`, `import` and `samples load` create a database."
        )
    database = Database(settings)
    try:
        async with database.read() as session:
            await require_current(session)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def created_database(settings: Settings) -> AsyncIterator[Database]:
    """Opens a database, which is created and migrated if it does not exist.

    Raises:
        SchemaOutdated: it exists, at another revision than this version needs.
        SettingsError: this user cannot write its files.
    """
    database = Database(settings)
    try:
        await migrate_if_new(database, settings)
        yield database
    finally:
        await database.close()
