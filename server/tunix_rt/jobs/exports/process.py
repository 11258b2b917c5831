"""The process of one export: ``python -m tunix_rt.jobs.exports.process EXPORT ATTEMPT OWNER``.

It writes the file to the data folder, adds it to the storage, renews its lease each second with its progress, and
records its outcome; no other process has to wait for it. If its hold is lost because it was considered lost, it removes
its file and exits silently. Exit status 0 means that the ledger has the outcome, any other that it does not.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import part_of
from tunix_rt.domain.exports.containers import get_container_type
from tunix_rt.domain.exports.containers.base import WrittenFile
from tunix_rt.domain.exports.containers.export_file import ExportFile, open_file
from tunix_rt.domain.exports.files import attempt_folder, make_folder, remove, storage_folder, stored_path
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, ExportRequest, request_of
from tunix_rt.domain.exports.records import LinePage
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.storage.base import Storage, Upload
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import ErrorCode, Unavailable
from tunix_rt.jobs.holding import Heartbeat, HeldJob, JobFailed, JobStopped
from tunix_rt.jobs.process import RETRY_SECONDS, STATEMENT_SECONDS, converting_errors, main, perform_held
from tunix_rt.settings import Settings

UNWRITABLE = "The file cannot be written"


class FolderTaken(Exception):
    """Raised when another process has claimed the attempt's folder in the storage, after the outcome was recorded."""


@dataclass
class ExportProgress:
    """The progress of an export."""

    total: int = 0
    rows: int = 0
    traces: int = 0
    missing: int = 0
    skipped: int = 0
    byte_size: int = 0

    @property
    def share(self) -> float:
        """The progress between 0 and 0.99; only a completed export has 1."""
        return min(self.traces / self.total, 0.99) if self.total else 0.0

    def add(self, page: LinePage, file: ExportFile) -> None:
        """Counts a page that was written."""
        self.rows += len(page.lines)
        self.traces += page.traces
        self.missing += page.missing
        self.skipped += page.skipped
        self.byte_size = file.byte_size

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        return {
            "progress": self.share,
            "row_count": self.rows,
            "missing_count": self.missing,
            "skipped_count": self.skipped,
            "byte_size": self.byte_size,
        }


@dataclass(frozen=True)
class ExportJob:
    """One attempt at one export."""

    database: Database
    settings: Settings
    storage: Storage
    hold: Hold
    request: ExportRequest
    file_name: str

    @property
    def held(self) -> HeldJob:
        """The export as a job that this process holds."""
        return HeldJob(self.database, exports, self.hold, lease_of(self.settings), EXPORT_HISTORY)

    @property
    def part(self) -> Path:
        """The path of the file until it is in the storage."""
        return part_of(self.folder / self.file_name)

    @property
    def folder(self) -> Path:
        """The folder of the attempt on this machine."""
        return attempt_folder(self.settings.data_dir, self.hold.id, self.hold.attempt)

    @property
    def upload(self) -> Upload:
        """The finished file, to be added to the storage."""
        media_type = get_container_type(self.request.container).media_type
        return Upload(
            self.part, storage_folder(self.hold.id, self.hold.attempt), self.file_name, self.hold.owner, media_type
        )

    @property
    def stored_path(self) -> str:
        """The path of the finished file relative to the exports folder, as the database stores it."""
        return stored_path(self.hold.id, self.hold.attempt, self.file_name)


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
    for attempt in range(1, job.hold.attempt):
        await job.storage.remove(storage_folder(job.hold.id, attempt).path)
    with suppress(OSError):  # it has the file
        await asyncio.to_thread(job.folder.rmdir)


async def work(job: ExportJob) -> bool:
    """Writes the file and records the outcome; returns whether the file is kept.

    Raises:
        FolderTaken: another process stores files of this attempt.
        Unavailable: the database was unreachable for too long.
    """
    progress = ExportProgress()
    heartbeat = Heartbeat(job.held, progress.columns)
    try:
        async with heartbeat.beating():
            written = await write(job, heartbeat, progress)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await record(job, progress, JobStatus.CANCELLED)
        return False
    except JobFailed as failed:
        await record(job, progress, JobStatus.FAILED, (failed.code, failed.message))
        if failed.code is ErrorCode.CONFLICT:
            raise FolderTaken from failed
        return False
    expires_at = now() + timedelta(hours=job.settings.export_keep_hours)
    outcome = {"sha256": written.sha256, "path": job.stored_path, "expires_at": expires_at}
    return await record(job, progress, JobStatus.COMPLETED, values=outcome | {"progress": 1.0})


async def write(job: ExportJob, heartbeat: Heartbeat, progress: ExportProgress) -> WrittenFile:
    """Writes the file in the data folder and adds it to the storage.

    Raises:
        JobStopped: the job is cancelled or lost.
        JobFailed: the file cannot be written or stored, or its source was deleted.
        Unavailable: the database was unreachable for too long.
    """
    reader = job.request.reader
    with converting_errors(UNWRITABLE):
        progress.total = await job.database.retrying(RETRY_SECONDS)(reader.count, job.database)
        file = await asyncio.to_thread(begin, job)
    with converting_errors(UNWRITABLE), file:
        async with aclosing(reader.pages(job.database, RETRY_SECONDS)) as pages:
            async for page in pages:
                file.write(page.lines)
                progress.add(page, file)
                heartbeat.check()
        written = await asyncio.to_thread(file.finish)
        heartbeat.check()
        progress.byte_size = written.byte_size
    with converting_errors(UNWRITABLE):
        await heartbeat.while_held(add(job))
    return written


async def add(job: ExportJob) -> None:
    """Adds the file to the storage, and waits for the storage if it cannot be reached.

    Raises:
        JobFailed: it could not be reached for too long.
        StorageFailed, OSError: it refuses the file.
    """
    try:
        await job.database.retrying(RETRY_SECONDS)(job.storage.add, job.upload)
    except Unavailable as error:
        raise JobFailed(error.code, error.message) from error


def begin(job: ExportJob) -> ExportFile:
    """Opens the file to write to, in a new folder.

    Raises:
        NotInstalled: its container needs a package that is not installed.
        OSError: it cannot be created.
    """
    make_folder(job.part, job.hold.attempt)
    request = job.request
    escaped = request.options.escape_formulas
    return open_file(job.part, request.container, request.reader.shape, escape_formulas=escaped)


async def record(
    job: ExportJob,
    progress: ExportProgress,
    status: JobStatus,
    error: tuple[ErrorCode, str] | None = None,
    values: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """Records the export's outcome, and returns whether the ledger has its file.

    An export that was cancelled since its last heartbeat is CANCELLED, even if its file is complete.

    Args:
        values: columns to set in addition to the progress.

    Raises:
        Unavailable: the database was unreachable for too long.
    """

    async def record_once() -> bool:
        columns = progress.columns() | dict(values)
        ended = await job.held.end(status, error, **columns)
        if ended is not None:
            return ended is JobStatus.COMPLETED
        known = select(exports.c.path).where(exports.c.id == job.hold.id)  # an answer may have been lost
        async with job.database.read() as session:
            return (await session.execute(known)).scalar() == job.stored_path

    return await job.database.retrying(RETRY_SECONDS)(record_once)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run))
