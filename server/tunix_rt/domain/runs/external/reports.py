"""Reports of external runs: numbered batches of metrics and log lines, and how the run has finished."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import EXTERNAL, LogStream
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.events import Entry, LogLine, MetricPoint, StatePoint, append, append_state, batch_conflict
from tunix_rt.domain.runs.external.registration import step_errors
from tunix_rt.domain.runs.metrics import STEP_MAX
from tunix_rt.domain.text import sha256, text_errors
from tunix_rt.errors import BadUserInput, Conflict, ErrorCode, NotFound, PathPart, TunixRtError, ValidationErrors
from tunix_rt.trainer.contract import ValueKind

METRICS_MAX = 1000
LINES_MAX = 1000
METRIC_NAME_MAX_CHARS = 200
LINE_MAX_CHARS = 16_384
ERROR_MAX_CHARS = 10_000
BATCH_MAX = 2**31 - 1
FINAL = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
"""The statuses with which a program may finish its run."""

FINISHED = {
    JobStatus.COMPLETED: "Its program has reported that it is completed.",
    JobStatus.CANCELLED: "Its program has reported that it was cancelled.",
}


class ReportedMetric(msgspec.Struct, frozen=True):
    """A value of a metric; ``at`` is None for the time of the report."""

    name: str
    step: int
    value: float | None = None
    kind: ValueKind = ValueKind.FINITE
    at: datetime | None = None

    def errors(self, position: int) -> Iterator[BadUserInput]:
        """Yields the errors of the metric at a position of the report."""
        path: list[PathPart] = ["metrics", position]
        yield from text_errors(self.name, 1, METRIC_NAME_MAX_CHARS, [*path, "name"])
        if not 0 <= self.step <= STEP_MAX:
            yield BadUserInput(f"step must be between 0 and {STEP_MAX}; it is {self.step}.", [*path, "step"])
        if (self.kind is ValueKind.FINITE) is (self.value is None):
            yield BadUserInput("value is required if kind is FINITE, and must be null otherwise.", [*path, "value"])


class ReportedLine(msgspec.Struct, frozen=True):
    """A line of the program's log; ``at`` is None for the time of the report."""

    text: str
    stream: LogStream = LogStream.STDOUT
    at: datetime | None = None


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """A numbered batch of metrics and log lines.

    Args:
        batch: 1 for the first batch, and one more for each that follows.
    """

    batch: int
    metrics: tuple[ReportedMetric, ...] = ()
    lines: tuple[ReportedLine, ...] = ()
    step: int | None = None
    total_steps: int | None = None

    def check(self) -> None:
        """Checks numbers, sizes and texts.

        Raises:
            ValidationErrors: all errors, each on its own field.
        """
        errors: list[TunixRtError] = list(self.errors())
        if errors:
            raise ValidationErrors(errors)

    def errors(self) -> Iterator[BadUserInput]:
        """Yields all errors."""
        if not 1 <= self.batch <= BATCH_MAX:
            yield BadUserInput(f"batch must be between 1 and {BATCH_MAX}; it is {self.batch}.", ["batch"])
        yield from step_errors("step", self.step, 0)
        yield from step_errors("total_steps", self.total_steps, 1)
        for name, given, maximum in (("metrics", self.metrics, METRICS_MAX), ("lines", self.lines, LINES_MAX)):
            if len(given) > maximum:
                yield BadUserInput(f"{name} must have at most {maximum} entries; it has {len(given)}.", [name])
                return
        for position, metric in enumerate(self.metrics):
            yield from metric.errors(position)
        for position, line in enumerate(self.lines):
            yield from text_errors(line.text, 0, LINE_MAX_CHARS, ["lines", position, "text"])

    def entries(self, at: datetime) -> Iterator[Entry]:
        """Yields the events of the batch, which was received at ``at``."""
        for metric in self.metrics:
            yield MetricPoint(metric.at or at, 1, metric.name, metric.step, metric.value, metric.kind)
        for line in self.lines:
            yield LogLine(line.at or at, 1, line.stream, line.text)

    def hash(self) -> str:
        """Returns the SHA-256 of the batch, by which one that is sent again is recognised."""
        return sha256(msgspec.json.encode(self, order="deterministic"))


async def append_report(session: Session, run_id: uuid.UUID, report: RunReport, at: datetime) -> bool:
    """Appends a batch to the run's events; returns False, with nothing written, if it is stored already.

    Args:
        report: a batch that ``RunReport.check`` has accepted.

    Raises:
        NotFound: there is no such run.
        Conflict: the run is not external, has finished, or the batch is not the next one.
    """
    row, digest = await external_run(session, run_id), report.hash()
    if is_stored(report, digest, row):
        return False
    if row.status != JobStatus.RUNNING.value:
        raise Conflict(f"The run is {row.status} already; nothing is appended to a run that has finished.", ["id"])
    if row.reported_batch + 1 != report.batch:
        raise batch_conflict("batch", report.batch, row.reported_batch)
    moved = position_after(report, row)
    entries = [*report.entries(at), *([StatePoint(at, 1, JobStatus.RUNNING, **moved)] if moves(report) else [])]
    reported = {"reported_batch": report.batch, "reported_sha256": digest, "reported_at": at, "lease_expires_at": at}
    is_next = (
        tunix_runs.c.status == JobStatus.RUNNING.value,
        tunix_runs.c.reported_batch == report.batch - 1,
    )
    if await append(session, run_id, entries, *is_next, **reported, **moved):
        return True
    if is_stored(report, digest, await external_run(session, run_id)):  # by an equal request at the same time
        return False
    raise Conflict(f"Another process has reported batch {report.batch} at the same time.", ["batch"])


def is_stored(report: RunReport, digest: str, row: Any) -> bool:
    """Returns whether a batch with this hash is the last one that is stored of a run."""
    return bool(row.reported_batch == report.batch and row.reported_sha256 == digest)


async def external_run(session: Session, run_id: uuid.UUID) -> Any:
    """Returns the row of an external run; raises as ``append_report`` does."""
    row = (await session.execute(select(tunix_runs).where(tunix_runs.c.id == run_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", ["id"])
    if row.engine != EXTERNAL:
        raise Conflict("The run is trained by this server, and only that reports about it.", ["id"])
    return row


def moves(report: RunReport) -> bool:
    """Returns whether a batch reports the position in training."""
    return report.step is not None or report.total_steps is not None


def position_after(report: RunReport, row: Any) -> Mapping[str, Any]:
    """Returns the columns of the position in training after a batch."""
    step = row.step if report.step is None else report.step
    total = row.total_steps if report.total_steps is None else report.total_steps
    progress = min(1.0, step / total) if step is not None and total else 0.0
    return {"step": step, "total_steps": total, "progress": progress}


async def finish_run(session: Session, run_id: uuid.UUID, status: JobStatus, error: str | None, at: datetime) -> None:
    """Records how an external run has finished; does nothing if that is recorded already.

    Raises:
        ValidationErrors: the status is not final, or it does not fit the error.
        NotFound: there is no such run.
        Conflict: the run is not external, or has finished otherwise.
    """
    errors: list[TunixRtError] = list(finish_errors(status, error))
    if errors:
        raise ValidationErrors(errors)
    row = await external_run(session, run_id)
    if has_finished(row, status, error):
        return
    message = error or FINISHED[status]
    columns: dict[str, Any] = {
        "status": status.value,
        "owner": None,
        "lease_expires_at": None,
        "completed_at": at,
        "reported_at": at,
        "duration_seconds": max(0.0, (at - row.started_at).total_seconds()),
        "progress": 1.0 if status is JobStatus.COMPLETED else row.progress,
        "error_code": None if error is None else ErrorCode.TRAINER_FAILED.value,
        "error_message": error,
        "message": message,
    }
    running = (tunix_runs.c.id == run_id, tunix_runs.c.status == JobStatus.RUNNING.value)
    query = update(tunix_runs).where(*running).values(columns).returning(tunix_runs.c.id)
    if (await session.execute(query)).scalar() is not None:
        await append_state(session, run_id, at, message)
    else:  # another request has finished it at the same time
        has_finished(await external_run(session, run_id), status, error)


def has_finished(row: Any, status: JobStatus, error: str | None) -> bool:
    """Returns whether a run has finished with a status and an error.

    Raises:
        Conflict: it has finished otherwise.
    """
    if row.status == JobStatus.RUNNING.value:
        return False
    if (row.status, row.error_message) != (status.value, error):
        raise Conflict(f"The run is {row.status} already.", ["id"])
    return True


def finish_errors(status: JobStatus, error: str | None) -> Iterator[BadUserInput]:
    """Yields the errors of the end of a run."""
    if status not in FINAL:
        names = ", ".join(final.value for final in FINAL)
        yield BadUserInput(f"status must be one of {names}; it is {status.value}.", ["status"])
    elif (error is not None) is not (status is JobStatus.FAILED):
        yield BadUserInput("error is required if status is FAILED, and must be null otherwise.", ["error"])
    if error is not None:
        yield from text_errors(error, 1, ERROR_MAX_CHARS, ["error"])
