"""Inserts runs in the ledger and waits for them, for the server and the command line."""

from __future__ import annotations

import asyncio
import contextlib
import types
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row, select, update

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.runs import RunEngine, RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.attempts.dry_runs import DryRunResult
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.domain.jobs.engines import EngineStatus
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of
from tunix_rt.domain.jobs.workers import has_fitting_worker
from tunix_rt.domain.runs.config import RunConfig, folder_name
from tunix_rt.domain.runs.files import STDERR_FILE, STDOUT_FILE, folder_of
from tunix_rt.domain.runs.lifecycle import InSameTransaction, RunResult, new_run, require_startable, start_run
from tunix_rt.domain.runs.waiting import DRY_RUN_WAIT, fail_waiting_dry_runs
from tunix_rt.errors import NotFound, RequestTimeout, Unavailable
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.engines.statuses import engine_statuses
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.lines import TAIL_BYTES, tail_of
from tunix_rt.jobs.supervision.outcome import read_outcome
from tunix_rt.jobs.worker import new_owner
from tunix_rt.settings import Settings

WAIT_SECONDS = 0.2
RECORDING_SECONDS = 2.0
"""The time in seconds before the database is probed while an outcome is still only in its file.

The trainer's remaining output is recorded before the outcome, which may take long without any failure.
"""

NOT_STORED = "The database could not be written, so the registry does not have this run."
CHECKED_AGAIN = "The database cannot be written now. The run is checked again, and stored, when it can."
NOT_STORED_YET = "The database cannot be written now. The outcome is kept in the run's folder and stored when it can."
AWAY = (Unavailable, RequestTimeout)


class Probe(Protocol):
    """Reports whether training is possible here."""

    async def status(self) -> Any:
        """Returns an object with ``available`` and ``message``."""


@dataclass(frozen=True)
class LocalRunner:
    """Inserts runs and waits for them; dry runs that a caller waits for are performed at once in this process.

    Args:
        tunix: reports whether training is possible.
        wake: wakes the worker after a run was inserted.
    """

    database: Database
    settings: Settings
    dry_runs: DryRuns
    tunix: Probe
    wake: Callable[[], None]
    _finishing: set[asyncio.Task[RunResult]] = field(default_factory=set)

    async def start(self, config: RunConfig, also: InSameTransaction | None = None) -> Mapping[str, Any]:
        """See ``Runner.start``."""
        unavailable = await self._unavailable(config)
        async with self.database.write() as session:
            row = await start_run(session, config, self.settings, now(), unavailable)
            await write_also(session, row["id"], also)
        self.wake()
        return row

    async def finish(self, config: RunConfig, also: InSameTransaction | None = None) -> RunResult:
        """See ``Runner.finish``."""
        if config.mode is RunMode.TRAIN or await self._is_for_workers(config):
            row = await self.start(config, also)
            return await self.wait(row["id"])
        task = asyncio.create_task(self._finish_dry(config, also))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)
        return await asyncio.shield(task)  # it is finished, even if nobody waits for it

    async def close(self) -> None:
        """Interrupts the dry runs in progress; a worker performs them again."""
        for task in list(self._finishing):
            task.cancel()
        await asyncio.gather(*self._finishing, return_exceptions=True)

    async def wait(self, run_id: uuid.UUID) -> RunResult:
        """See ``Runner.wait``."""
        row = await self._row(run_id)
        wait_limit = RECORDING_SECONDS
        while JobStatus(row.status) not in ENDS:
            await asyncio.sleep(WAIT_SECONDS)
            before, row = row, await self._row_or(row)
            await self._fail_waiting(row)
            kept = await asyncio.to_thread(unrecorded_outcome, self._folder(row), row)
            wait_limit = wait_limit - WAIT_SECONDS if kept is not None and row == before else RECORDING_SECONDS
            if kept is not None and wait_limit <= 0:
                if not await can_be_written(self.database, run_id) and await self._row_or(row) == row:
                    return RunResult(row._asdict() | await self._kept_columns(row, kept), False, (NOT_STORED_YET,))
                wait_limit = RECORDING_SECONDS
        return RunResult(row._asdict(), True)

    async def engines(self) -> Sequence[EngineStatus]:
        """See ``Runner.engines``."""
        return await engine_statuses(self.database, self.settings)

    async def _unavailable(self, config: RunConfig) -> str | None:
        """Returns the reason why training is not possible here; None if it is, or nothing depends on it."""
        if config.engine is not RunEngine.LOCAL:
            return None
        if config.mode is RunMode.DRY_RUN and not await self._has_checker_elsewhere():
            return None
        status = await self.tunix.status()
        return None if status.available else str(status.message)

    async def _has_checker_elsewhere(self) -> bool:
        """Returns whether a worker without the database is alive that performs dry runs."""
        async with self.database.read() as session:
            at = await instant(session)
            return await has_fitting_worker(session, at, (), kind=JobKindName.DRY_RUN, remote=True)

    async def _is_for_workers(self, config: RunConfig) -> bool:
        """Returns whether a worker performs a dry run, rather than this process."""
        try:
            return bool(config.labels) or await self._unavailable(config) is not None
        except AWAY:
            return False

    async def _fail_waiting(self, row: Row[Any]) -> None:
        """Fails a dry run that no worker has taken for too long; a server may not be there to do so."""
        at = now()
        waits = row.mode == RunMode.DRY_RUN.value and row.status == JobStatus.PENDING.value
        if waits and at - row.created_at > DRY_RUN_WAIT:
            with contextlib.suppress(*AWAY):
                async with self.database.write() as session:
                    await fail_waiting_dry_runs(session, at, tunix_runs.c.id == row.id)

    async def _finish_dry(self, config: RunConfig, also: InSameTransaction | None) -> RunResult:
        try:
            row, hold = await self._enter_held(config, also)
        except AWAY:
            row, hold = await self._unsaved_row(config), None
        result = await self.dry_runs.check(types.SimpleNamespace(**row), hold)
        if result is None:  # another process does it by now
            return await self.wait(row["id"])
        if hold is None:
            return RunResult(row | ended_columns(row, result), False, (NOT_STORED,))
        with contextlib.suppress(*AWAY):
            await self.dry_runs.record(hold, result)
            return await self.wait(row["id"])
        return RunResult(row | ended_columns(row, result), False, (CHECKED_AGAIN,))

    async def _enter_held(self, config: RunConfig, also: InSameTransaction | None) -> tuple[dict[str, Any], Hold]:
        """Inserts a dry run and claims it in one transaction."""
        async with self.database.write() as session:
            row = await start_run(session, config, self.settings, now())
            await write_also(session, row["id"], also)
            mine = tunix_runs.c.id == row["id"]
            at = await instant(session)
            taken = await claim(session, tunix_runs, new_owner(), at, mine, lease=self.dry_runs.lease)
            if taken is None:
                raise RuntimeError("a run that was just entered waits")
            await self.dry_runs.record_event(session, taken.id, None)
        return taken._asdict(), hold_of(taken)

    async def _unsaved_row(self, config: RunConfig) -> dict[str, Any]:
        """Validates the parameters, and returns the row of the run without inserting it."""
        async with self.database.read() as session:
            keys = await require_startable(session, config, self.settings)
        at = now()
        return new_run(config, keys[config.dataset_id], self.settings.run_attempts, at) | {
            "started_at": at,
            "attempt": 1,
        }

    async def _row(self, run_id: uuid.UUID) -> Row[Any]:
        """Returns a run's row.

        Raises:
            NotFound: there is no such run, or it was deleted.
        """
        async with self.database.read() as session:
            row = (await session.execute(select(tunix_runs).where(tunix_runs.c.id == run_id))).one_or_none()
        if row is None:
            raise NotFound(f"There is no run {run_id}.", ["id"])
        return row

    async def _row_or(self, known: Row[Any]) -> Row[Any]:
        """Returns a run's current row; the known one if the database is unreachable."""
        with contextlib.suppress(*AWAY):
            return await self._row(known.id)
        return known

    def _folder(self, row: Row[Any]) -> Path:
        return folder_of(self.settings.data_dir, folder_name(row.id, row.output_name))

    async def _kept_columns(self, row: Row[Any], outcome: AttemptOutcome) -> dict[str, Any]:
        """Returns the columns that the run will have once the outcome is recorded."""
        folder, status = self._folder(row), outcome.status or JobStatus.FAILED
        redaction = PathRedaction(self.settings, folder)
        started = row.started_at or row.created_at
        completed = status is JobStatus.COMPLETED
        return {
            "status": status.value,
            "attempt": outcome.attempt,
            "progress": 1.0 if completed else row.progress,
            "completed_at": outcome.ended_at,
            "duration_seconds": max(0.0, (outcome.ended_at - started).total_seconds()),
            "exit_code": outcome.exit_code,
            "message": outcome.message,
            "error_code": outcome.error.value if outcome.error else None,
            "error_message": outcome.message if outcome.error else None,
            "stdout": redaction.line(await asyncio.to_thread(tail_of, folder / STDOUT_FILE, TAIL_BYTES)),
            "stderr": redaction.line(await asyncio.to_thread(tail_of, folder / STDERR_FILE, TAIL_BYTES)),
        }


async def write_also(session: Session, run_id: uuid.UUID, also: InSameTransaction | None) -> None:
    """Calls the function that writes further rows with the run, if there is one."""
    if also is not None:
        await also(session, run_id)


async def can_be_written(database: Database, run_id: uuid.UUID) -> bool:
    """Returns whether the run can be written to the database, by an update of its row unless another one locks it."""
    free = select(tunix_runs.c.id).where(tunix_runs.c.id == run_id).with_for_update(skip_locked=True)
    same = update(tunix_runs).where(tunix_runs.c.id == free.scalar_subquery()).values(message=tunix_runs.c.message)
    try:
        async with database.write() as session:
            await session.execute(same)
    except AWAY:
        return False
    return True


def unrecorded_outcome(folder: Path, row: Row[Any]) -> AttemptOutcome | None:
    """Returns the outcome in a run's folder that its row lacks; None if there is none, or if it is not final."""
    kept = read_outcome(folder)
    if kept is None or kept.status is None:
        return None
    running = row.status == JobStatus.RUNNING.value
    newer = kept.attempt > row.attempt or (running and kept.is_of(Hold(row.id, row.owner, row.attempt)))
    return kept if newer else None


def ended_columns(row: Mapping[str, Any], result: DryRunResult) -> dict[str, Any]:
    """Returns the columns of a dry run that has ended."""
    at = now()
    completed = result.status is JobStatus.COMPLETED
    return result.columns() | {
        "status": result.status.value,
        "progress": 1.0 if completed else 0.0,
        "completed_at": at,
        "duration_seconds": max(0.0, (at - row["started_at"]).total_seconds()),
        "error_code": result.error.value if result.error else None,
        "error_message": result.stderr if result.error else None,
    }
