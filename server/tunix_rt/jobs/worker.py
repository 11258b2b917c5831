"""The worker: claims jobs from the ledger, starts each by its engine, and settles those whose process is lost.

A process does not need its worker once it runs: it renews its lease and records its outcome itself. If the worker or
its server exits, its processes continue; jobs of lost processes are found by their expired leases.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Table

from tunix_rt.db.bulk import chunks
from tunix_rt.db.clock import instant
from tunix_rt.db.connections.notifications import WAITING
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.queue import (
    Hold,
    claim,
    expired_holds,
    has_waiting,
    hold_condition,
    hold_of,
    release,
    settle_expired,
)
from tunix_rt.errors import TunixRtError
from tunix_rt.jobs.engines.base import Engine, Execution, Leftovers
from tunix_rt.jobs.process import GIVEN_UP_STATUS, SCHEMA_OUTDATED_STATUS
from tunix_rt.jobs.registration import WorkerRegistration

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PAUSE_SECONDS = 15.0
"""The longest pause after failed steps."""
SWEEP_SECONDS = 60.0
STOP_SECONDS = 5.0
INSPECTED_AT_ONCE = 8
"""The maximum number of silent attempts that are inspected concurrently: each may wait for an unreachable cluster."""
STARTS, STARTS_AGAIN = "starts", "is started again to record its outcome"
"""The events of an attempt in the log, before its end."""
OUTDATED = (
    "Its process needs another revision of the database than the server: the program was updated while the server ran. "
    "Restart the server, run `tunix-rt migrate up`, and retry"
)


class JobKind(Protocol):
    """A kind of job: its ledger, its limits and its engine."""

    name: JobKindName
    table: Table
    conditions: Sequence[ColumnElement[bool]]
    """Select the jobs of this kind in the ledger."""
    claimable: Sequence[ColumnElement[bool]]
    """Select those among them that this worker may take."""
    slots: int
    """The number of its jobs that one worker runs concurrently."""
    lease: timedelta
    """The time after which an attempt without a heartbeat is considered lost."""

    @property
    def engine(self) -> Engine:
        """Starts its attempts."""

    async def may_start(self, database: Database) -> bool:
        """Returns whether this machine can perform a job that waits; if not, the job is left to other workers."""

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """Appends the job's status to its events, in the transaction that has changed it."""

    async def sweep(self, database: Database) -> None:
        """Removes what lost attempts have left behind. Called once a minute."""


@dataclass(frozen=True)
class RunningJob:
    """A job that this worker has started.

    Args:
        again: whether it only records the outcome of an earlier process.
    """

    kind: JobKind
    hold: Hold
    execution: Execution
    again: bool = False


class Worker:
    """Runs the jobs of some kinds until it is stopped. Until then it is registered in the database."""

    def __init__(self, database: Database, kinds: Sequence[JobKind], labels: Sequence[str] = ()) -> None:
        self._database = database
        self._kinds = kinds
        self._registration = WorkerRegistration(database, [kind.name for kind in kinds if kind.slots], labels)
        self._running: list[RunningJob] = []
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._sweep_at = 0.0

    def start(self) -> None:
        """Starts the worker's task."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Triggers a step now: a job was created, or a process has exited."""
        self._woken.set()

    async def stop(self) -> None:
        """Stops the worker after its current kind of job. Its processes continue and record their own outcomes."""
        self._stopping.set()
        self.wake()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for job in self._running:
            await job.execution.detach()
        self._running.clear()
        for kind in self._kinds:
            await kind.engine.close()
        await self._registration.remove()

    async def _run(self) -> None:
        with self._database.listening(WAITING, self.wake):
            await self._work()

    async def _work(self) -> None:
        pause = POLL_SECONDS
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._try_step():
                pause, wake = POLL_SECONDS, self._woken
            else:  # an early wake-up would fail the same way, such as an exit that cannot be recorded
                pause, wake = min(2 * pause, PAUSE_SECONDS), self._stopping
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _try_step(self) -> bool:
        """Returns whether a step succeeded; logs the error otherwise."""
        try:
            await self.step()
        except TunixRtError as error:
            logger.warning("worker: %s", error.message)
        except Exception:  # a bug must not stop the worker
            logger.exception("worker: this step failed, it is retried")
        else:
            return True
        return False

    async def step(self) -> None:
        """Handles exits, settles expired jobs, starts waiting ones, records a heartbeat and sweeps when it is time.

        It ends early once the worker is to stop: another worker does the rest.

        Raises:
            Unavailable: the database is unreachable; the next step tries again.
        """
        await self._handle_exits()
        for kind in self._kinds:
            if self._stopping.is_set():
                return
            await self._settle_expired(kind)
            while await self._start_next(kind):
                await self._registration.renew()
        await self._registration.renew()
        if time.monotonic() >= self._sweep_at:
            for kind in self._kinds:
                await self._sweep(kind)
            self._sweep_at = time.monotonic() + SWEEP_SECONDS

    async def _sweep(self, kind: JobKind) -> None:
        """Removes what lost attempts at a kind of job have left behind, if the files can be read."""
        try:
            await kind.sweep(self._database)
        except OSError as error:
            logger.warning("worker: files left by %s jobs cannot be removed: %s", kind.name.value, error.strerror)

    async def _handle_exits(self) -> None:
        """Releases the jobs whose process has exited without recording an outcome."""
        for job in [job for job in self._running if job.execution.exit_status() is not None]:
            await self._handle_exit(job, job.execution.exit_status() or 0)
            await job.execution.detach()
            self._running.remove(job)

    async def _handle_exit(self, job: RunningJob, status: int) -> None:
        kind, hold, is_recorded = job.kind, job.hold, status == 0
        if not is_recorded and not job.again and await kind.engine.inspect(self._database, hold) is Leftovers.OUTCOME:
            log_attempt(kind.name, hold.id, hold.attempt, describe_end(status))
            await self._start(kind, hold, again=True)
            return
        if not is_recorded:
            await self._release(kind, hold, job.execution.failure or describe_exit(status))
        log_attempt(kind.name, hold.id, hold.attempt, describe_end(status, job.execution.failure))

    async def _release(self, kind: JobKind, hold: Hold, reason: str) -> None:
        async with self._database.write() as session:
            status = await release(session, kind.table, hold, await instant(session), reason)
            if status is not None:
                await kind.record_event(session, hold.id, f"{reason}.")
        if status is not None:
            logger.warning("%s is %s: %s", describe_job(kind.name, hold.id), status.value, reason)

    async def _settle_expired(self, kind: JobKind) -> None:
        """Settles the jobs whose lease has expired, whichever worker started them."""
        async with self._database.read() as session:
            at = await instant(session)
            holds = await expired_holds(session, kind.table, at, *kind.conditions, lease=kind.lease)
        for some in chunks(holds, INSPECTED_AT_ONCE):
            inspections = (kind.engine.inspect(self._database, hold) for hold in some)
            for hold, leftovers in zip(some, await asyncio.gather(*inspections, return_exceptions=True), strict=True):
                await self._registration.renew()
                if isinstance(leftovers, BaseException):
                    raise leftovers
                await self._handle_leftovers(kind, hold, leftovers)

    async def _handle_leftovers(self, kind: JobKind, hold: Hold, leftovers: Leftovers) -> None:
        """Settles a job of which nothing is left, or has the outcome recorded that is left of it."""
        if leftovers is Leftovers.NOTHING:
            await kind.engine.stop(hold)
            await self._settle(kind, hold)
        elif leftovers is Leftovers.OUTCOME and all(job.hold != hold for job in self._running):
            await self._start(kind, hold, again=True)

    async def _settle(self, kind: JobKind, hold: Hold) -> None:
        async with self._database.write() as session:
            at, mine = await instant(session), hold_condition(kind.table, hold)
            for settled in await settle_expired(session, kind.table, at, mine, lease=kind.lease):
                await kind.record_event(session, settled.id, "Its process stopped sending heartbeats.")
                job = describe_job(kind.name, settled.id)
                logger.warning("%s is %s: its lease has passed", job, settled.status.value)

    async def _start_next(self, kind: JobKind) -> bool:
        """Claims a job and starts it, if one waits and a slot is free."""
        if sum(job.kind is kind for job in self._running) >= kind.slots:
            return False
        async with self._database.read() as session:
            if not await has_waiting(session, kind.table, *kind.conditions, *kind.claimable):
                return False
        if not await kind.may_start(self._database):
            return False
        async with self._database.write() as session:
            at = await instant(session)
            which = (*kind.conditions, *kind.claimable)
            row = await claim(session, kind.table, new_owner(), at, *which, lease=kind.lease)
            if row is not None:
                await kind.record_event(session, row.id, None)
        if row is None:
            return False
        await self._start(kind, hold_of(row))
        return True

    async def _start(self, kind: JobKind, hold: Hold, *, again: bool = False) -> None:
        log_attempt(kind.name, hold.id, hold.attempt, STARTS_AGAIN if again else STARTS)
        try:
            execution = await kind.engine.start(hold, self.wake)
        except OSError as error:
            await self._release(kind, hold, f"Its process could not be started: {error.strerror}")
            return
        self._running.append(RunningJob(kind, hold, execution, again))


def new_owner() -> str:
    """Returns a unique owner name, by which people can find the worker: ``HOST:PID:RANDOM``."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def describe_exit(status: int) -> str:
    """Describes a process's exit status in a sentence without its full stop."""
    if status == SCHEMA_OUTDATED_STATUS:
        return OUTDATED
    if status == GIVEN_UP_STATUS:
        return "Its process could not report for too long, and gave up"
    return f"Its process was killed by signal {-status}" if status < 0 else f"Its process exited with status {status}"


def describe_end(status: int, failure: str | None = None) -> str:
    """Describes the end of an attempt whose process has exited with a status, for the log.

    Args:
        failure: see ``Execution.failure``.
    """
    return f"has ended: {failure or describe_exit(status)}" if status else "has ended"


def describe_job(kind: JobKindName, job_id: uuid.UUID) -> str:
    """Describes a job for the log by its kind and its id, such as ``run 0198c9e2-…``."""
    return f"{kind.value.lower().replace('_', ' ')} {job_id}"


def log_attempt(kind: JobKindName, job_id: uuid.UUID, attempt: int, event: str) -> None:
    """Logs what happens to an attempt."""
    logger.info("%s: attempt %d %s", describe_job(kind, job_id), attempt, event)
