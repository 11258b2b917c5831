"""The result of a dry run, and its record with the run: the database and workers without it use the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec
from sqlalchemy import delete, select

from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream, RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.queue import Hold, finish, hold_condition
from tunix_rt.domain.runs.events import Entry, LogLine, append, append_state, metric_point
from tunix_rt.errors import ErrorCode
from tunix_rt.trainer.step_plan import StepPlan

SUCCESS = "Dry-run validation successful."
DATASET_COUNTS = ("records", "used", "too_long", "dropped", "tokens", "target_tokens")
"""The counts stored as metrics ``dataset/NAME`` (``eval_dataset/NAME``), as for a training."""

TokenCount: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Counts(msgspec.Struct, rename="camel", frozen=True):
    """The counts of a dataset; None if no tokenizer is available."""

    records: TokenCount
    used: TokenCount | None = None
    too_long: TokenCount | None = None
    dropped: TokenCount | None = None
    without_target: TokenCount | None = None
    tokens: TokenCount | None = None
    target_tokens: TokenCount | None = None
    longest: TokenCount | None = None


class CheckError(msgspec.Struct, frozen=True):
    """An error that would keep training from starting."""

    code: str
    message: str


class CheckReport(msgspec.Struct, frozen=True):
    """The findings of the check, up to its first error.

    Args:
        plan: the plan of the run that asked; the rest may be the cached output of the program for another run.
    """

    ok: bool
    error: CheckError | None = None
    source: str | None = None
    tokenizer: bool = False
    train: Counts | None = None
    eval: Counts | None = None
    plan: StepPlan | None = msgspec.field(default=None, name="planned")

    @property
    def is_sure(self) -> bool:
        """True if the plan is exact, not just an upper bound."""
        return self.train is not None and self.train.used is not None


@dataclass
class DryRunResult:
    """The result of a dry run.

    Args:
        message: a short summary.
        stderr: the reason why training could not start.
    """

    status: JobStatus = JobStatus.COMPLETED
    message: str = SUCCESS
    lines: list[str] = field(default_factory=list)
    stderr: str = ""
    error: ErrorCode | None = None
    manifest: str | None = None
    report: CheckReport | None = None

    @property
    def stdout(self) -> str:
        """The summary; empty if training could not start."""
        return "".join(f"{line}\n" for line in self.lines) if self.status is JobStatus.COMPLETED else ""

    def columns(self) -> dict[str, Any]:
        """Returns the result as columns of the run."""
        completed = self.status is JobStatus.COMPLETED
        plan = None if self.report is None else self.report.plan
        return {
            "exit_code": 0 if completed else None,
            "message": self.message,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "manifest": self.manifest,
            "total_steps": None if plan is None else plan.total_steps,
        }


async def record_dry_run(session: Session, hold: Hold, result: DryRunResult, at: datetime) -> bool:
    """Records the result of a dry run; returns False, with nothing stored, if it is not held.

    Args:
        at: when it has ended.
    """
    held = (hold_condition(tunix_runs, hold), tunix_runs.c.mode == RunMode.DRY_RUN.value)
    started_at = (await session.execute(select(tunix_runs.c.started_at).where(*held))).scalar()
    if started_at is None:
        return False
    columns = result.columns() | {"duration_seconds": max(0.0, (at - started_at).total_seconds())}
    error = None if result.error is None else (result.error, result.stderr)
    if not await append(session, hold.id, list(entries_of(result, hold.attempt, at)), held[0], **columns):
        return False
    await finish(session, tunix_runs, hold, result.status, at, error=error)
    await append_state(session, hold.id, at, result.stderr or result.message)
    return True


async def forget_inputs(session: Session, hold: Hold) -> None:
    """Deletes the rows of the training files that a dry run without the database has read from the storage."""
    await session.execute(delete(run_artifacts).where(run_artifacts.c.run_id == hold.id))


def entries_of(result: DryRunResult, attempt: int, at: datetime) -> Iterator[Entry]:
    """Yields the events of a result, for the run's timeline."""
    for line in result.stdout.splitlines():
        yield LogLine(at, attempt, LogStream.STDOUT, line)
    for line in result.stderr.splitlines():
        yield LogLine(at, attempt, LogStream.STDERR, line)
    if result.report is not None:
        for name, value in metrics_of(result.report):
            yield metric_point(at, attempt, name, 0, value)


def metrics_of(report: CheckReport) -> Iterator[tuple[str, float]]:
    """Yields the counts of a report, by the names of their metrics."""
    for prefix, counts in (("dataset", report.train), ("eval_dataset", report.eval)):
        for name in DATASET_COUNTS if counts is not None else ():
            value = getattr(counts, name)
            if value is not None:
                yield f"{prefix}/{name}", float(value)
    if report.plan is not None:
        yield "dataset/steps_per_epoch", float(report.plan.steps_per_epoch)
