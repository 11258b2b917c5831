"""Exports as a kind of job: starts their processes, and removes expired files."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import folder_of, remove, stored_ids
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, expire_exports, ids_with_files
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.jobs.process_kind import ProcessKind
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class Exports(ProcessKind):
    """The kind of job that writes files.

    Args:
        settings: the number of slots, the duration of a lease, and the data folder.
    """

    def __init__(self, settings: Settings) -> None:
        engine = ProcessEngine("tunix_rt.jobs.exports.process", settings)
        super().__init__(EXPORT_HISTORY, settings.export_slots, engine, settings)
        self._data_dir = settings.data_dir

    async def sweep(self, database: Database) -> None:
        """Removes the files that have expired, and those without an export."""
        await sweep(database, self._data_dir)


async def sweep(database: Database, data_dir: Path) -> None:
    """Removes the files that have expired, and those without an export.

    A file is removed from the database before it is removed from the disk: a crash in between leaves a folder for the
    next sweep.
    """
    here = await asyncio.to_thread(lambda: set(stored_ids(data_dir)))
    if not here:
        return
    async with database.write() as session:
        expired = await expire_exports(session, now())
    async with database.read() as session:
        kept = await ids_with_files(session, list(here))
    gone = here - kept
    for export_id in gone:
        await asyncio.to_thread(remove, folder_of(data_dir, export_id))
    if gone:
        logger.info("removed the files of %d exports, %d of them expired", len(gone), len(expired))
