"""One attempt at an export, as its process without the database reads and writes it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import Row, select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.artifacts import BYTES_MAX
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import stored_path
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY, ExportRequest, request_of
from tunix_rt.domain.exports.reading import PAGE_ROWS
from tunix_rt.domain.jobs.queue import Hold, HoldState, finish, heartbeat, hold_condition, release
from tunix_rt.errors import ErrorCode
from tunix_rt.settings import Settings

RowCount = Annotated[int, msgspec.Meta(ge=0, le=BYTES_MAX)]


class AssignedExport(msgspec.Struct, frozen=True, kw_only=True):
    """The export of an attempt, without its source, whose rows the server reads.

    Args:
        owner: the unique name of the attempt's worker.
        lease_seconds: the time without a heartbeat after which the attempt counts as lost.
    """

    id: uuid.UUID
    attempt: int
    owner: str
    format: ExportFormat
    container: Container
    options: FormatOptions
    file_name: str
    lease_seconds: float

    @property
    def hold(self) -> Hold:
        """The attempt's hold on its export."""
        return Hold(self.id, self.owner, self.attempt)


class ExportState(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of an attempt.

    Args:
        progress: between 0 and 0.99; only a completed export has 1.
    """

    progress: Annotated[float, msgspec.Meta(ge=0, le=0.99)] = 0.0
    row_count: RowCount = 0
    missing_count: RowCount = 0
    skipped_count: RowCount = 0
    byte_size: RowCount = 0

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        return {name: getattr(self, name) for name in self.__struct_fields__}


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an attempt.

    Args:
        status: COMPLETED, FAILED or CANCELLED; None if the process was lost: another attempt follows, if one is left.
        message: the reason of a failure or of a loss.
        sha256: the hash of a completed file.
    """

    status: JobStatus | None
    state: ExportState = ExportState()
    error: ErrorCode | None = None
    message: str = ""
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")] | None = None


class AskedPage(msgspec.Struct, frozen=True):
    """The page of a source's traces that a process asks for.

    Args:
        position: the position of the page before; None for the first page.
    """

    position: Any
    rows: Annotated[int, msgspec.Meta(ge=1, le=PAGE_ROWS)]


class AskedTraces(msgspec.Struct, frozen=True):
    """Traces of the source that a process asks for."""

    ids: Annotated[list[uuid.UUID], msgspec.Meta(max_length=PAGE_ROWS)]


class AskedMembers(msgspec.Struct, frozen=True):
    """The page of a source's groups that a process asks for."""

    position: tuple[str, RowCount] | None


async def held_row(session: Session, hold: Hold) -> Row[Any] | None:
    """Returns the row of an attempt's export; None if the attempt does not hold it."""
    return (await session.execute(select(exports).where(hold_condition(exports, hold)))).one_or_none()


async def assigned_export(session: Session, hold: Hold, settings: Settings) -> AssignedExport | None:
    """Returns the export of an attempt; None if the attempt does not hold it."""
    row = await held_row(session, hold)
    if row is None:
        return None
    request = request_of(row)
    return AssignedExport(
        id=row.id,
        attempt=hold.attempt,
        owner=hold.owner,
        format=request.format,
        container=request.container,
        options=request.options,
        file_name=row.file_name,
        lease_seconds=settings.job_lease_seconds,
    )


async def held_request(session: Session, hold: Hold) -> ExportRequest | None:
    """Returns the request of an attempt's export; None if the attempt does not hold it."""
    row = await held_row(session, hold)
    return None if row is None else request_of(row)


async def renew_export(session: Session, hold: Hold, state: ExportState, lease: timedelta) -> HoldState:
    """Renews the lease with the progress, appends an event, and returns the state of the hold."""
    found = await heartbeat(session, exports, hold, await instant(session), lease, **state.columns())
    if found is HoldState.HELD:
        await EXPORT_HISTORY.append(session, hold.id, now())
    return found


async def record_export(
    session: Session, hold: Hold, report: ExportReport, file_name: str, expires_at: datetime
) -> JobStatus | None:
    """Records the end of an attempt and returns the export's new status; None if it was no longer held.

    An export that a user has cancelled in the meantime does not complete.

    Args:
        file_name: the name of the file, which is stored if the attempt has completed.
    """
    at, status = await instant(session), report.status
    message: str | None = report.message or None
    if status is None:
        status = await release(session, exports, hold, at, report.message)
        message = f"{report.message}."
    else:
        values = report.state.columns()
        mine = select(exports.c.cancel_requested).where(hold_condition(exports, hold)).with_for_update()
        if status is JobStatus.COMPLETED and await session.scalar(mine):
            status = JobStatus.CANCELLED
        if status is JobStatus.COMPLETED:
            path = stored_path(hold.id, hold.attempt, file_name)
            values |= {"sha256": report.sha256, "path": path, "expires_at": expires_at, "progress": 1.0}
        error = None if status is not JobStatus.FAILED else (report.error or ErrorCode.INTERNAL, report.message)
        if not await finish(session, exports, hold, status, at, error=error, **values):
            return None
    if status is not None:
        await EXPORT_HISTORY.append(session, hold.id, now(), message)
    return status
