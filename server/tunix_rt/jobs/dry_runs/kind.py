"""Dry runs as a kind of job: they are short, so the worker's own process performs them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.attempts.dry_runs import DryRunResult, record_dry_run
from tunix_rt.domain.jobs.labels import fits_labels
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState, heartbeat, hold_condition, release
from tunix_rt.domain.runs.lifecycle import record_state
from tunix_rt.domain.runs.waiting import CHECKED_WITH_DATABASE, DRY_RUNS, fail_waiting_dry_runs
from tunix_rt.errors import RequestTimeout, TunixRtError, Unavailable
from tunix_rt.jobs.dry_runs.check import dry_run, remove_abandoned
from tunix_rt.jobs.dry_runs.counting import TokenCounter
from tunix_rt.jobs.dry_runs.performing import check_or_fail, check_while_held
from tunix_rt.jobs.engines.in_process import TaskEngine
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings

SLOTS = 2
STOPPED = "The server was stopped"


class DryRuns:
    """The kind of job that only checks.

    Args:
        settings: the data folder, the duration of a lease, and the worker's labels.
    """

    name = JobKindName.DRY_RUN
    table = tunix_runs
    conditions: Sequence[ColumnElement[bool]] = (DRY_RUNS,)
    slots = SLOTS

    def __init__(self, database: Database, settings: Settings) -> None:
        self.lease = lease_of(settings)
        fits = fits_labels(comma_separated(settings.worker_labels))
        self.claimable: Sequence[ColumnElement[bool]] = (CHECKED_WITH_DATABASE, fits)
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
        """Removes the folders of dry runs whose process is gone, and fails those that no worker takes."""
        async with database.write() as session:
            await fail_waiting_dry_runs(session, now())
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
            await self.record(hold, result)

    async def check(self, row: Row[Any] | Any, hold: Hold | None) -> DryRunResult | None:
        """Performs a dry run and returns its result; None if another process has taken it over.

        Args:
            hold: None for a run that is not in the ledger.
        """
        if hold is None:
            return await self._check(row)

        async def beat() -> HoldState:
            return await self._beat(hold)

        return await check_while_held(self._check(row), beat, self.lease, self._settings.run_timeout_seconds)

    async def _check(self, row: Any) -> DryRunResult:
        return await check_or_fail(dry_run(self._database, self._settings, self._counter, row), row.id, "server")

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

    async def record(self, hold: Hold, result: DryRunResult) -> bool:
        """Records a dry run's outcome, and returns whether it was still held.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable.
        """
        async with self._database.write() as session:
            return await record_dry_run(session, hold, result, now())
