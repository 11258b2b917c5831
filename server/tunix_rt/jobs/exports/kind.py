"""Exports as a kind of job: starts their processes, and removes expired files."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import ColumnElement

from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.exports.files import folder_of, remove, stored_ids
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, expire_exports, ids_with_files
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class Exports:
    """The kind of job that writes files.

    Args:
        settings: the number of slots, the duration of a lease, and the data folder.
    """

    table = exports
    conditions: Sequence[ColumnElement[bool]] = ()

    def __init__(self, settings: Settings) -> None:
        self.slots = settings.export_slots
        self.lease = lease_of(settings)
        self._data_dir = settings.data_dir
        self.engine = ProcessEngine("tunix_rt.jobs.exports.process", settings)

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``."""
        await note_export(session, job_id, message)

    async def sweep(self, database: Database) -> None:
        """Removes the files that have expired, and those without an export."""
        await sweep(database, self._data_dir)


async def note_export(session: Session, job_id: uuid.UUID, message: str | None) -> None:
    """Appends an export's current status to its events."""
    await EXPORT_HISTORY.append(session, job_id, now(), message)


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
