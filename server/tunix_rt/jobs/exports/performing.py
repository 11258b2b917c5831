"""Performs one attempt at an export, with the database or without it: writes the file, and records the outcome."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.exports.containers import Container, get_container_type
from tunix_rt.domain.exports.containers.base import WrittenFile
from tunix_rt.domain.exports.containers.export_file import ExportFile, open_file
from tunix_rt.domain.exports.files import make_folder, storage_folder
from tunix_rt.domain.exports.records import ExportReader, LinePage
from tunix_rt.domain.exports.rows import ExportRows
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.storage.base import Upload
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.holding import Beating, Heartbeat, JobFailed, JobStopped
from tunix_rt.jobs.process import converting_errors

UNWRITABLE = "The file cannot be written"


class FolderTaken(Exception):
    """Raised when another process has claimed the attempt's folder in the storage, after the outcome was recorded."""


class WritingAttempt(Protocol):
    """One attempt at an export."""

    @property
    def hold(self) -> Hold:
        """The attempt's hold on its export."""

    @property
    def held(self) -> Beating:
        """The export as a job that this process holds."""

    @property
    def reader(self) -> ExportReader:
        """Reads the records."""

    @property
    def container(self) -> Container:
        """The type of the file."""

    @property
    def rows(self) -> ExportRows:
        """The rows of the source."""

    @property
    def part(self) -> Path:
        """The path of the file until it is in the storage, in the attempt's folder on this machine."""

    async def store(self) -> None:
        """Adds the file to the storage, and waits for the storage if it cannot be reached.

        Raises:
            JobFailed: it could not be reached for too long.
            StorageFailed, OSError: it refuses the file.
        """

    async def record(
        self, status: JobStatus, columns: dict[str, Any], error: tuple[ErrorCode, str] | None = None
    ) -> bool:
        """Records the outcome, and returns whether the ledger has the file.

        An export that was cancelled since its last heartbeat is CANCELLED, even if its file is complete.

        Args:
            columns: the progress; of a completed export also the file's hash.

        Raises:
            Unavailable: the ledger was unreachable for too long.
        """


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


def upload_of(attempt: WritingAttempt, file_name: str) -> Upload:
    """Returns the finished file of an attempt, to be added to the storage."""
    hold, media_type = attempt.hold, get_container_type(attempt.container).media_type
    return Upload(attempt.part, storage_folder(hold.id, hold.attempt), file_name, hold.owner, media_type)


async def work(attempt: WritingAttempt) -> bool:
    """Writes the file and records the outcome; returns whether the file is kept.

    Raises:
        FolderTaken: another process stores files of this attempt.
        Unavailable: the ledger was unreachable for too long.
    """
    progress = ExportProgress()
    heartbeat = Heartbeat(attempt.held, progress.columns)
    try:
        async with heartbeat.beating():
            written = await write(attempt, heartbeat, progress)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await attempt.record(JobStatus.CANCELLED, progress.columns())
        return False
    except JobFailed as failed:
        await attempt.record(JobStatus.FAILED, progress.columns(), (failed.code, failed.message))
        if failed.code is ErrorCode.CONFLICT:
            raise FolderTaken from failed
        return False
    columns = progress.columns() | {"sha256": written.sha256, "progress": 1.0}
    return await attempt.record(JobStatus.COMPLETED, columns)


async def write(attempt: WritingAttempt, heartbeat: Heartbeat, progress: ExportProgress) -> WrittenFile:
    """Writes the file on this machine and adds it to the storage.

    Raises:
        JobStopped: the job is cancelled or lost.
        JobFailed: the file cannot be written or stored, or its source was deleted.
        Unavailable: the ledger was unreachable for too long.
    """
    with converting_errors(UNWRITABLE):
        progress.total = (await attempt.rows.size()).total
        file = await asyncio.to_thread(begin, attempt)
    with converting_errors(UNWRITABLE), file:
        async with aclosing(attempt.reader.pages(attempt.rows)) as pages:
            async for page in pages:
                file.write(page.lines)
                progress.add(page, file)
                heartbeat.check()
        written = await asyncio.to_thread(file.finish)
        heartbeat.check()
        progress.byte_size = written.byte_size
    with converting_errors(UNWRITABLE):
        await heartbeat.while_held(attempt.store())
    return written


def begin(attempt: WritingAttempt) -> ExportFile:
    """Opens the file to write to, in a new folder.

    Raises:
        NotInstalled: its container needs a package that is not installed.
        OSError: it cannot be created.
    """
    make_folder(attempt.part, attempt.hold.attempt)
    escaped = attempt.reader.options.escape_formulas
    return open_file(attempt.part, attempt.container, attempt.reader.shape, escape_formulas=escaped)
