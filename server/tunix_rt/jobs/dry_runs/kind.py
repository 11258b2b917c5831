"""Dry runs as a kind of job: they are short, so the worker's own process performs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.runs import LogStream, RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState, finish, heartbeat, hold_condition, release
from tunix_rt.domain.runs.events import Entry, LogLine, append, append_state, metric_point
from tunix_rt.domain.runs.lifecycle import record_state
from tunix_rt.errors import ErrorCode, RequestTimeout, TunixRtError, Unavailable
from tunix_rt.jobs.dry_runs.check import DryRunResult, dry_run, remove_abandoned
from tunix_rt.jobs.dry_runs.counting import CheckReport, TokenCounter
from tunix_rt.jobs.engines.in_process import TaskEngine
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)

SLOTS = 2
STOPPED = "The server was stopped"
BEATS = 6
"""The number of heartbeats within the duration of a lease."""

DATASET_COUNTS = ("records", "used", "too_long", "dropped", "tokens", "target_tokens")
"""The counts stored as metrics ``dataset/NAME`` (``eval_dataset/NAME``), as for a training."""


class DryRuns:
    """The kind of job that only checks.

    Args:
        settings: the data folder and the duration of a lease.
    """

    name = JobKindName.DRY_RUN
    table = tunix_runs
    conditions: Sequence[ColumnElement[bool]] = (tunix_runs.c.mode == RunMode.DRY_RUN.value,)
    claimable: Sequence[ColumnElement[bool]] = ()
    slots = SLOTS

    def __init__(self, database: Database, settings: Settings) -> None:
        self.lease = lease_of(settings)
        self.engine = TaskEngine(self.run)
        self._database = database
        self._settings = settings
        self._counter = TokenCounter(settings)

    async def may_start(self, database: Database) -> bool:
        """See ``JobKind.may_start``."""
        return True

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``."""
        await record_state(session, job_id, message, "It is being checked.")

    async def sweep(self, database: Database) -> None:
        """Removes the folders of dry runs whose process is gone."""
        await asyncio.to_thread(remove_abandoned, self._settings.data_dir)

    async def run(self, hold: Hold) -> None:
        """Performs the dry run that is held, and records its outcome; an interrupted one is released and done again.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable; the run is requeued when its lease expires.
        """
        try:
            async with self._database.read() as session:
                row = (await session.execute(select(tunix_runs).where(hold_condition(tunix_runs, hold)))).one_or_none()
            result = None if row is None else await self.check(row, hold)
        except asyncio.CancelledError:
            with contextlib.suppress(TunixRtError):
                await asyncio.shield(self._put_back(hold))
            raise
        if row is not None and result is not None:
            await self.record(hold, row.started_at, result)

    async def check(self, row: Row[Any] | Any, hold: Hold | None) -> DryRunResult | None:
        """Performs a dry run and returns its result; None if another process has taken it over.

        Args:
            hold: None for a run that is not in the ledger.
        """
        task = asyncio.create_task(self._check(row))
        try:
            while hold is not None:
                done, _ = await asyncio.wait({task}, timeout=self.lease.total_seconds() / BEATS)
                if done:
                    break
                state = await self._beat(hold)
                if state is HoldState.LOST:
                    return None
                if state is HoldState.CANCELLING:
                    return DryRunResult(JobStatus.CANCELLED, "It was cancelled.")
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _check(self, row: Any) -> DryRunResult:
        try:
            return await dry_run(self._database, self._settings, self._counter, row)
        except Exception:
            logger.exception("run %s: its dry run failed", row.id)
            reason = "Internal error of the server; its log has the details."
            return DryRunResult(JobStatus.FAILED, "Internal error.", stderr=reason, error=ErrorCode.INTERNAL)

    async def _beat(self, hold: Hold) -> HoldState:
        try:
            async with self._database.write() as session:
                return await heartbeat(session, tunix_runs, hold, await instant(session), self.lease)
        except (Unavailable, RequestTimeout):
            return HoldState.HELD

    async def _put_back(self, hold: Hold) -> None:
        async with self._database.write() as session:
            if await release(session, tunix_runs, hold, await instant(session), STOPPED) is not None:
                await self.record_event(session, hold.id, f"{STOPPED}.")

    async def record(self, hold: Hold, started_at: datetime, result: DryRunResult) -> bool:
        """Records a dry run's outcome, and returns whether it was still held.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable.
        """
        at = now()
        entries = list(entries_of(result, hold.attempt, at))
        columns = result.columns() | {"duration_seconds": max(0.0, (at - started_at).total_seconds())}
        error = None if result.error is None else (result.error, result.stderr)
        async with self._database.write() as session:
            if not await append(session, hold.id, entries, hold_condition(tunix_runs, hold), **columns):
                return False
            await finish(session, tunix_runs, hold, result.status, at, error=error)
            await append_state(session, hold.id, at, result.stderr or result.message)
        return True


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
