"""The worker: takes jobs from the ledger, begins each, mostly in a process of its own, and sees to those that are gone.

A process needs the worker for nothing once it runs: it says itself that it lives, and how it ended. So whatever
becomes of the worker or of the server around it, its processes go on; what they leave unsaid, another worker finds by
their leases.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

from sqlalchemy import ColumnElement, Table

from tunix_rt.db.clock import instant
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import TunixRtError
from tunix_rt.jobs.queue import Hold, claim, expired_holds, has_waiting, held, hold_of, release, settle_expired
from tunix_rt.jobs.work import Work, describe_exit

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
PAUSE_SECONDS = 15.0
"""How long is waited at most after a step that failed."""
SWEEP_SECONDS = 60.0
STOP_SECONDS = 5.0


class Leftovers(Enum):
    """What there is of a job's work that has not said for a while that it lives."""

    NOTHING = auto()
    ALIVE = auto()
    """It lives: the database was away, not the process."""
    OUTCOME = auto()
    """It has ended, and left how; beginning it again records that, and does nothing else."""


class JobKind(Protocol):
    """A kind of long work: its ledger, and how its jobs are done."""

    table: Table
    conditions: Sequence[ColumnElement[bool]]
    """Which jobs of the ledger are of this kind."""
    slots: int
    """How many of its jobs one worker does at once."""
    lease: timedelta
    """How long its work may say nothing."""

    async def begin(self, hold: Hold, tell: Callable[[], None]) -> Work:
        """Begins the job that is held so; ``tell`` is called when it has ended.

        Raises:
            OSError: it cannot be begun.
        """

    async def note(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """Tells those who follow a job how it stands now, in the transaction that has changed it."""

    async def look(self, database: Database, hold: Hold) -> Leftovers:
        """What there is of the work on a job, on this machine."""

    async def sweep(self, database: Database) -> None:
        """What has to be done now and then."""


@dataclass(frozen=True)
class RunningJob:
    """What this worker has begun, and the job that it does.

    Args:
        again: whether it only records what an earlier process has left.
    """

    kind: JobKind
    hold: Hold
    work: Work
    again: bool = False


class Worker:
    """Works on some kinds of jobs until it is stopped."""

    def __init__(self, database: Database, kinds: Sequence[JobKind]) -> None:
        self._database = database
        self._kinds = kinds
        self._running: list[RunningJob] = []
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._sweep_at = 0.0

    def start(self) -> None:
        """Begins to work."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Says that a job was entered, or a process has ended."""
        self._woken.set()

    async def stop(self) -> None:
        """Ends the worker once it has done what it is about. Its processes go on, and see to their jobs themselves."""
        self._stopping.set()
        self.wake()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for job in self._running:
            await job.work.leave()
        self._running.clear()

    async def _run(self) -> None:
        pause = POLL_SECONDS
        while not self._stopping.is_set():
            self._woken.clear()
            if await self._try_step():
                pause, wake = POLL_SECONDS, self._woken
            else:  # what wakes it now would find the same: an ended process, say, and nowhere to record that
                pause, wake = min(2 * pause, PAUSE_SECONDS), self._stopping
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), pause)

    async def _try_step(self) -> bool:
        """Whether a step could be taken; else it is logged why not."""
        try:
            await self.step()
        except TunixRtError as error:
            logger.warning("worker: %s", error.message)
        except Exception:  # an error of the program: no job is to be lost by it
            logger.exception("worker: this step failed, the next one is tried")
        else:
            return True
        return False

    async def step(self) -> None:
        """Looks once after everything there is to do.

        Raises:
            Unavailable: the database is away; what was to be done is done at the next step.
        """
        await self._release_gone()
        for kind in self._kinds:
            await self._settle_expired(kind)
            while await self._start_next(kind):
                pass
        if time.monotonic() >= self._sweep_at:
            for kind in self._kinds:
                await kind.sweep(self._database)
            self._sweep_at = time.monotonic() + SWEEP_SECONDS

    async def _release_gone(self) -> None:
        """Takes the jobs whose work has ended without a word, unless it has left how."""
        for job in [job for job in self._running if job.work.status() is not None]:
            if status := job.work.status():
                await self._see_to(job, status)
            await job.work.leave()
            self._running.remove(job)

    async def _see_to(self, job: RunningJob, status: int) -> None:
        kind, hold = job.kind, job.hold
        if not job.again and await kind.look(self._database, hold) is Leftovers.OUTCOME:
            await self._begin(kind, hold, again=True)
        else:
            await self._release(kind, hold, describe_exit(status))

    async def _release(self, kind: JobKind, hold: Hold, reason: str) -> None:
        async with self._database.write() as session:
            status = await release(session, kind.table, hold, await instant(session), reason)
            if status is not None:
                await kind.note(session, hold.id, f"{reason}.")
        if status is not None:
            logger.warning("%s %s is %s: %s", kind.table.name, hold.id, status.value, reason)

    async def _settle_expired(self, kind: JobKind) -> None:
        """Sees to the jobs whose work has said nothing for too long, whoever began it."""
        async with self._database.read() as session:
            at = await instant(session)
            holds = await expired_holds(session, kind.table, at, *kind.conditions, lease=kind.lease)
        for hold in holds:
            leftovers = await kind.look(self._database, hold)
            if leftovers is Leftovers.NOTHING:
                await self._settle(kind, hold)
            elif leftovers is Leftovers.OUTCOME and all(job.hold != hold for job in self._running):
                await self._begin(kind, hold, again=True)

    async def _settle(self, kind: JobKind, hold: Hold) -> None:
        async with self._database.write() as session:
            at, mine = await instant(session), held(kind.table, hold)
            for settled in await settle_expired(session, kind.table, at, mine, lease=kind.lease):
                await kind.note(session, settled.id, "Its process said nothing for too long.")
                logger.warning("%s %s is %s: its lease has passed", kind.table.name, settled.id, settled.status.value)

    async def _start_next(self, kind: JobKind) -> bool:
        """Takes a job and begins it, where one waits and a slot is free."""
        if sum(job.kind is kind for job in self._running) >= kind.slots:
            return False
        async with self._database.read() as session:
            if not await has_waiting(session, kind.table, *kind.conditions):
                return False
        async with self._database.write() as session:
            at = await instant(session)
            row = await claim(session, kind.table, new_owner(), at, *kind.conditions, lease=kind.lease)
            if row is not None:
                await kind.note(session, row.id, None)
        if row is None:
            return False
        await self._begin(kind, hold_of(row))
        return True

    async def _begin(self, kind: JobKind, hold: Hold, *, again: bool = False) -> None:
        try:
            work = await kind.begin(hold, self.wake)
        except OSError as error:
            await self._release(kind, hold, f"Its process could not be started: {error.strerror}")
            return
        self._running.append(RunningJob(kind, hold, work, again))


def new_owner() -> str:
    """A name that no other process has, and by which people find the one that is meant."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"
