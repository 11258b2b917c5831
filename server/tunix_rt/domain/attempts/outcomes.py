"""The end of an attempt: its status, its artifacts and the ends of its output, recorded in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select, update

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.artifacts import Artifact, forget_checkpoints, store_artifacts
from tunix_rt.domain.jobs.queue import Hold, finish, hold_condition, release
from tunix_rt.domain.runs.events import Instant, append_state
from tunix_rt.errors import ErrorCode

ANOTHER = "{reason}. Another attempt follows."
LAST = "{reason}, at its last attempt."
AFTERWARDS = {
    JobStatus.PENDING: ANOTHER,
    JobStatus.FAILED: LAST,
    JobStatus.CANCELLED: "It was cancelled. {reason}.",
}


class AttemptOutcome(msgspec.Struct, kw_only=True, frozen=True):
    """The outcome of an attempt.

    Args:
        status: None if the process was lost: another attempt resumes the run, if one is left.
        error: the reason why it did not complete.
    """

    owner: str
    attempt: int
    ended_at: Instant
    status: JobStatus | None
    message: str
    exit_code: int | None = None
    error: ErrorCode | None = None
    seconds: float | None = None

    def is_of(self, hold: Hold) -> bool:
        """Returns whether this is the outcome of the attempt with that hold."""
        return (self.owner, self.attempt) == (hold.owner, hold.attempt)


class AttemptReport(msgspec.Struct, kw_only=True, frozen=True):
    """The record of an attempt at its end.

    Args:
        stdout, stderr: the ends of its output.
        files: the files that its supervisor has written.
        checkpoints: the names of the checkpoints in the run's folder.
    """

    outcome: AttemptOutcome
    stdout: str = ""
    stderr: str = ""
    files: list[Artifact] = []
    checkpoints: list[str] | None = None


async def record_outcome(session: Session, hold: Hold, report: AttemptReport, ended_at: datetime) -> bool:
    """Records an attempt's outcome; returns False, with nothing stored, if it does not hold its run.

    Args:
        ended_at: when it has ended.
    """
    query = select(tunix_runs.c.started_at).where(hold_condition(tunix_runs, hold)).with_for_update()
    row = (await session.execute(query)).one_or_none()
    message = None if row is None else await end(session, hold, report.outcome, ended_at)
    if row is None or message is None:
        return False
    columns: dict[str, Any] = {
        "exit_code": report.outcome.exit_code,
        "eta_seconds": None,
        "duration_seconds": max(0.0, (ended_at - row.started_at).total_seconds()),
        "stdout": report.stdout,
        "stderr": report.stderr,
        "message": message,
    }
    await session.execute(update(tunix_runs).where(tunix_runs.c.id == hold.id).values(columns))
    await store_artifacts(session, hold, report.files)
    if report.checkpoints is not None:
        await forget_checkpoints(session, hold, report.checkpoints)
    await append_state(session, hold.id, ended_at, message)
    return True


async def end(session: Session, hold: Hold, outcome: AttemptOutcome, at: datetime) -> str | None:
    """Moves the run to its new status and returns its message; None if it was no longer held."""
    if outcome.status is None:
        code = outcome.error or ErrorCode.INTERNAL
        status = await release(session, tunix_runs, hold, at, outcome.message, code)
        return None if status is None else AFTERWARDS[status].format(reason=outcome.message)
    completed = outcome.status is JobStatus.COMPLETED
    error = None if completed else (outcome.error or ErrorCode.INTERNAL, outcome.message)
    if outcome.status is JobStatus.CANCELLED:
        error = None
    finished = await finish(session, tunix_runs, hold, outcome.status, at, error=error)
    return outcome.message if finished else None
