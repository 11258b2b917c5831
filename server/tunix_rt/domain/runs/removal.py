"""Deletes a run together with its folder, even if the deletion is interrupted."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

from sqlalchemy import select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of, mark_deleted, remove, unmark_deleted
from tunix_rt.domain.runs.lifecycle import delete_run
from tunix_rt.domain.runs.stored_files.keys import storage_folder
from tunix_rt.domain.storage.base import Storage
from tunix_rt.errors import NotFound, Unavailable


async def delete_with_folder(database: Database, run_id: uuid.UUID, data_dir: Path, storage: Storage) -> None:
    """Deletes a run, its folder on this machine, and its files in the storage.

    The folder is marked first: if this process dies before it has removed it, a worker does. Files that cannot be
    removed from the storage become orphans.

    Raises:
        NotFound: there is no such run.
        Conflict: it is running.
        Unavailable: the database or the folder cannot be written.
    """
    query = select(tunix_runs.c.id, tunix_runs.c.output_name).where(tunix_runs.c.id == run_id)
    async with database.read() as session:
        row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", ["id"])
    folder = folder_of(data_dir, folder_name(row.id, row.output_name))
    try:
        await asyncio.to_thread(mark_deleted, folder)
    except OSError as error:
        raise Unavailable(f"The run's folder cannot be written: {error.strerror}.") from error
    try:
        async with database.write() as session:
            await delete_run(session, run_id)
    except BaseException:
        await asyncio.to_thread(unmark_deleted, folder)
        raise
    await asyncio.to_thread(remove, folder)
    await storage.remove(storage_folder(run_id).job_folder)
