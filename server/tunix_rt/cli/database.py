"""What commands that need a database share."""

from __future__ import annotations

import asyncio
import logging

from tunix_rt.db.engine import database_url
from tunix_rt.db.migrate import current_revision, require_current, require_known, revisions, upgrade
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")


async def migrate_if_needed(database: Database, settings: Settings) -> None:
    """Brings a new or an older database to this version's revision.

    Raises:
        SchemaOutdated: if a newer version has migrated it.
    """
    async with database.read() as session:
        found = await current_revision(session)
    require_known(found)
    if found != revisions()[-1]:
        logger.info("migrating the database from revision %s to %s", found or "none", revisions()[-1])
        await asyncio.to_thread(upgrade, database_url(settings).render_as_string(hide_password=False))


async def migrate_if_new(database: Database, settings: Settings) -> None:
    """Migrates a new database; one that holds data is only migrated by ``serve`` or ``migrate``.

    Raises:
        SchemaOutdated: if it is at another revision than this version needs.
    """
    async with database.read() as session:
        if await current_revision(session) is not None:
            await require_current(session)
            return
    await migrate_if_needed(database, settings)
