"""The process of one export: ``python -m tunix_rt.jobs.exports.process EXPORT ATTEMPT OWNER``.

It writes the file to the data folder, adds it to the storage, renews its lease each second with its progress, and
records its outcome; no other process has to wait for it. If its hold is lost because it was considered lost, it removes
its file and exits silently. Exit status 0 means that the ledger has the outcome, any other that it does not.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import part_of
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import attempt_folder, remove, remove_earlier, stored_path
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, ExportRequest, request_of
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.storage.base import Storage, Upload
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import ErrorCode, Unavailable
from tunix_rt.jobs.exports.performing import FolderTaken, upload_of, work
from tunix_rt.jobs.holding import HeldJob, JobFailed
from tunix_rt.jobs.process import RETRY_SECONDS, STATEMENT_SECONDS, main, perform_held
from tunix_rt.settings import Settings


@dataclass(frozen=True)
class ExportJob:
    """An attempt on the database; see ``WritingAttempt``."""

    database: Database
    settings: Settings
    storage: Storage
    hold: Hold
    request: ExportRequest
    file_name: str

    @property
    def held(self) -> HeldJob:
        """See ``WritingAttempt.held``."""
        return HeldJob(self.database, exports, self.hold, lease_of(self.settings), EXPORT_HISTORY)

    @property
    def reader(self) -> ExportReader:
        """See ``WritingAttempt.reader``."""
        return self.request.reader

    @property
    def container(self) -> Container:
        """See ``WritingAttempt.container``."""
        return self.request.container

    @cached_property
    def rows(self) -> DatabaseRows:
        """See ``WritingAttempt.rows``."""
        return self.request.rows(self.database, RETRY_SECONDS)

    @property
    def part(self) -> Path:
        """See ``WritingAttempt.part``."""
        return part_of(self.folder / self.file_name)

    @property
    def folder(self) -> Path:
        """The folder of the attempt on this machine."""
        return attempt_folder(self.settings.data_dir, self.hold.id, self.hold.attempt)

    @property
    def upload(self) -> Upload:
        """The finished file, to be added to the storage."""
        return upload_of(self, self.file_name)

    @property
    def stored_path(self) -> str:
        """The path of the finished file relative to the exports folder, as the database stores it."""
        return stored_path(self.hold.id, self.hold.attempt, self.file_name)

    async def store(self) -> None:
        """See ``WritingAttempt.store``."""
        try:
            await self.database.retrying(RETRY_SECONDS)(self.storage.add, self.upload)
        except Unavailable as error:
            raise JobFailed(error.code, error.message) from error

    async def record(
        self, status: JobStatus, columns: dict[str, Any], error: tuple[ErrorCode, str] | None = None
    ) -> bool:
        """See ``WritingAttempt.record``."""
        if status is JobStatus.COMPLETED:
            expires_at = now() + timedelta(hours=self.settings.export_keep_hours)
            columns = columns | {"path": self.stored_path, "expires_at": expires_at}

        async def record_once() -> bool:
            ended = await self.held.end(status, error, **columns)
            if ended is not None:
                return ended is JobStatus.COMPLETED
            known = select(exports.c.path).where(exports.c.id == self.hold.id)  # an answer may have been lost
            async with self.database.read() as session:
                return (await session.execute(known)).scalar() == self.stored_path

        return await self.database.retrying(RETRY_SECONDS)(record_once)


async def run(settings: Settings, hold: Hold) -> int:
    """Performs the export that is held, and returns the process's exit status."""

    async def perform(database: Database, row: Row[Any]) -> None:
        job = ExportJob(database, settings, open_storage(settings), hold, request_of(row), row.file_name)
        try:
            if await work(job):
                await clear(job)
                return
            await job.storage.remove(job.upload.folder.path)
        except FolderTaken:  # its files are another process's
            pass
        await asyncio.to_thread(remove, job.folder)

    database = Database(replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS))
    return await perform_held(database, exports, hold, perform)


async def clear(job: ExportJob) -> None:
    """Removes what earlier attempts have stored, and this attempt's folder if the file is elsewhere."""
    await remove_earlier(job.storage, job.hold.id, job.hold.attempt)
    with suppress(OSError):  # it has the file
        await asyncio.to_thread(job.folder.rmdir)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run))
