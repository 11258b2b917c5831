"""The process of an attempt at an export without the database: ``python -m tunix_rt.jobs.remote.export``.

Its environment is that of ``jobs.remote.process``. Exit status 0 means that the ledger has the outcome, that another
attempt has started, or that another process performs this one; 75 that the server was away for too long.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Retrying
from tunix_rt.domain.atomic_files import part_of
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.exports import AskedMembers, AskedPage, AssignedExport, ExportReport, ExportState
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.exports.files import attempt_folder, remove_attempt
from tunix_rt.domain.exports.grouping import MemberPage
from tunix_rt.domain.exports.reading import pages
from tunix_rt.domain.exports.records import ExportReader
from tunix_rt.domain.exports.rows import RowPage, SourceSize
from tunix_rt.domain.exports.scored_formats import TraceWithScores
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.errors import BadUserInput, Conflict, ErrorCode, NotFound, Unavailable
from tunix_rt.jobs.exports.performing import FolderTaken, upload_of, work
from tunix_rt.jobs.holding import JobFailed, JobStopped
from tunix_rt.jobs.process import GIVEN_UP_STATUS, NICENESS
from tunix_rt.jobs.remote.client import RequestOverdue, call, open_client, read
from tunix_rt.jobs.remote.ledger import HeldBody, place_of
from tunix_rt.jobs.remote.process import run_with
from tunix_rt.jobs.remote.storage import ServedStorage
from tunix_rt.settings import Settings

T = TypeVar("T")

logger = logging.getLogger("tunix_rt")

RETRY_SECONDS = 900.0
"""The time limit of retries while the server is away: after it, by default, another attempt may start."""
OVERDUE_MAX = 3
"""How often in a row a read may take longer than the server permits, before the export fails."""


class ServedRows:
    """The rows behind a server; see ``ExportRows``. Raises JobStopped if the hold is lost."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def size(self) -> SourceSize:
        """See ``ExportRows.size``."""
        return await self._read("GET", paths.SIZE, SourceSize)

    async def page(self, position: Any, rows: int) -> RowPage:
        """See ``ExportRows.page``."""
        return await self._read("POST", paths.ROWS, RowPage, AskedPage(position, rows))

    async def traces_by_id(self, ids: Sequence[uuid.UUID]) -> list[TraceWithScores]:
        """See ``ExportRows.traces_by_id``."""

        async def page_of(position: int | None, rows: int) -> RowPage:
            start = position or 0
            page = await self._read("POST", paths.TRACES, RowPage, {"ids": ids[start : start + rows]})
            return RowPage(page.traces, page.missing, start + rows if start + rows < len(ids) else None)

        return [trace async for page in pages(page_of) for trace in page.traces]

    async def members(self, position: tuple[str, int] | None) -> MemberPage:
        """See ``ExportRows.members``."""
        return await self._read("POST", paths.MEMBERS, MemberPage, AskedMembers(position))

    async def _read(self, method: str, path: str, kind: type[T], body: Any = None) -> T:
        """Returns the answer to a request, which is repeated while the server is away.

        Raises:
            JobStopped: the hold is lost.
            JobFailed: the read takes longer than the server permits.
        """
        overdue = 0

        async def read_once() -> T:
            nonlocal overdue
            try:
                return read(await call(self._http, method, paths.EXPORT + path, body), kind)
            except RequestOverdue as error:
                overdue += 1
                if overdue < OVERDUE_MAX:
                    raise
                raise JobFailed(ErrorCode.TIMEOUT, f"The server cannot read the traces: {error.message}") from error

        try:
            return await Retrying(RETRY_SECONDS)(read_once)
        except AttemptOver as error:
            raise JobStopped(HoldState.LOST) from error


class ServedExport:
    """An attempt at an export behind a server; see ``WritingAttempt`` and ``Beating``."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, export: AssignedExport) -> None:
        self.hold = export.hold
        self.lease = timedelta(seconds=export.lease_seconds)
        self.reader = ExportReader(export.format, export.options)
        self.container = export.container
        self.rows = ServedRows(http)
        self.folder: Path = attempt_folder(settings.data_dir.absolute(), export.id, export.attempt)
        self.part: Path = part_of(self.folder / export.file_name)
        self._file_name = export.file_name
        self._http = http

    @property
    def held(self) -> ServedExport:
        """See ``WritingAttempt.held``."""
        return self

    async def beat(self, *, notify: bool, **values: Any) -> HoldState:
        """See ``HeldJob.beat``; the server appends an event to each."""
        try:
            answer = await call(self._http, "POST", paths.EXPORT + paths.LEASE, ExportState(**values))
        except AttemptOver:
            return HoldState.LOST
        return HoldState[read(answer, HeldBody).state]

    async def store(self) -> None:
        """See ``WritingAttempt.store``."""
        upload = upload_of(self, self._file_name)
        try:
            await Retrying(RETRY_SECONDS)(ServedStorage(self._http, paths.EXPORT).add, upload)
        except AttemptOver as error:
            raise JobStopped(HoldState.LOST) from error

    async def record(
        self, status: JobStatus, columns: dict[str, Any], error: tuple[ErrorCode, str] | None = None
    ) -> bool:
        """See ``WritingAttempt.record``; False, as the file is not needed here in any case."""
        code, message = error or (None, "")
        given = {name: columns[name] for name in ExportState.__struct_fields__}
        state = ExportState(**given | {"progress": min(given["progress"], 0.99)})
        report = ExportReport(status=status, state=state, error=code, message=message, sha256=columns.get("sha256"))
        with suppress(AttemptOver):
            await Retrying(RETRY_SECONDS)(call, self._http, "POST", paths.EXPORT + paths.OUTCOME, report)
        return False


async def perform(settings: Settings) -> int:
    """Binds the attempt to this process, performs it, and returns the exit status."""
    http = open_client(settings.server, settings.attempt_token)
    try:
        await Retrying(RETRY_SECONDS)(call, http, "PUT", paths.EXPORT + paths.PLACE, place_of(settings))
        export = read(await Retrying(RETRY_SECONDS)(call, http, "GET", paths.EXPORT), AssignedExport)
        attempt = ServedExport(settings, http, export)
        try:
            await work(attempt)
        finally:
            await asyncio.to_thread(remove_attempt, attempt.folder)
    except (AttemptOver, FolderTaken):
        return 0
    except (BadUserInput, Conflict, NotFound, Unavailable) as error:
        logger.error("export: %s", error)
        return GIVEN_UP_STATUS if isinstance(error, Unavailable) else 1
    finally:
        await http.aclose()
    return 0


if __name__ == "__main__":
    os.nice(NICENESS)
    sys.exit(run_with(perform))
