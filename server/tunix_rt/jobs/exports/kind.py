"""Exports as a kind of job: starts their processes, and removes expired files."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import EXPORT_TOKENS
from tunix_rt.domain.exports.files import folder_of, remove, storage_folder, stored_ids
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, any_expired, expire_exports, ids_with_files
from tunix_rt.domain.storage.base import Storage
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.jobs.process_kind import ProcessKind
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class Exports(ProcessKind):
    """The kind of job that writes files.

    Args:
        settings: the number of slots, the duration of a lease, the data folder, and the storage.
    """

    name = JobKindName.EXPORT

    def __init__(self, settings: Settings) -> None:
        engine = ProcessEngine("tunix_rt.jobs.exports.process", settings, EXPORT_TOKENS)
        super().__init__(EXPORT_HISTORY, settings.export_slots, engine, settings)
        self._data_dir = settings.data_dir
        self._storage = open_storage(settings)

    async def sweep(self, database: Database) -> None:
        """Removes the files that have expired, and those without an export."""
        await remove_expired(database, self._storage)
        await remove_stray(database, self._data_dir)


async def remove_expired(database: Database, storage: Storage) -> None:
    """Removes the files that have expired.

    A file is removed from the database before it is removed from the storage: a crash in between leaves an orphan.
    """
    async with database.read() as session:
        if not await any_expired(session, now()):
            return
    async with database.write() as session:
        expired = await expire_exports(session, now())
    for export_id in expired:
        await storage.remove(storage_folder(export_id).job_folder)
    logger.info("removed the files of %d expired exports", len(expired))


async def remove_stray(database: Database, data_dir: Path) -> None:
    """Removes the folders of this machine that belong to no export with a file and to no running one."""
    here = await asyncio.to_thread(lambda: set(stored_ids(data_dir)))
    if not here:
        return
    async with database.read() as session:
        kept = await ids_with_files(session, list(here))
    for export_id in here - kept:
        await asyncio.to_thread(remove, folder_of(data_dir, export_id))
