"""What the processes of jobs share: how they hold a job, say that they live, and record how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Table

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import ErrorCode, RequestTimeout, Unavailable
from tunix_rt.jobs.queue import Hold, HoldState, finish, heartbeat

BEAT_SECONDS = 1.0
BEATS = 3
"""How often a lease is renewed before it would pass, at least."""

Note: TypeAlias = Callable[[Session, uuid.UUID, str | None], Awaitable[None]]
"""Tells those who follow a job how it stands now, with a message where there is one."""


class JobStopped(Exception):
    """The job is not to be finished: a user cancelled it, or another attempt has begun."""

    def __init__(self, state: HoldState) -> None:
        super().__init__(state.name)
        self.state = state


class JobFailed(Exception):
    """The job cannot be finished, and another attempt would not change that."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


async def no_note(session: Session, job_id: uuid.UUID, message: str | None) -> None:
    """Tells nobody: the job has no events."""


@dataclass(frozen=True)
class HeldJob:
    """A job as its process holds it.

    Args:
        lease: how long the process may say nothing before it is taken for gone.
        note: called in each transaction that changes how the job stands.
    """

    database: Database
    table: Table
    hold: Hold
    lease: timedelta
    note: Note = no_note

    async def beat(self, *, told: bool, **values: Any) -> HoldState:
        """Says that the process lives.

        Args:
            told: whether those who follow the job hear of it.
            values: columns to set besides.
        """
        async with self.database.write() as session:
            state = await self.beat_in(session, **values)
            if told and state is HoldState.HELD:
                await self.note(session, self.hold.id, None)
        return state

    async def beat_in(self, session: Session, **values: Any) -> HoldState:
        """The same in a transaction of the caller's, which no other attempt gets in between of any more."""
        return await heartbeat(session, self.table, self.hold, await instant(session), self.lease, **values)

    async def end(
        self, status: JobStatus, error: tuple[ErrorCode, str] | None = None, **values: Any
    ) -> JobStatus | None:
        """Records how the job has ended, and gives that; None if it was not held any more.

        A job that a user has cancelled meanwhile does not complete: it is CANCELLED, and ``values`` are not set.

        Args:
            values: columns to set besides.
        """
        async with self.database.write() as session:
            if status is JobStatus.COMPLETED and await self.beat_in(session) is HoldState.CANCELLING:
                status, values = JobStatus.CANCELLED, {}
            if not await finish(session, self.table, self.hold, status, now(), error=error, **values):
                return None
            await self.note(session, self.hold.id, error[1] if error else None)
        return status


class Heartbeat:
    """Says that a process lives, and hears whether it is to go on.

    Args:
        columns: gives what the ledger says of the job's progress.
    """

    def __init__(self, job: HeldJob, columns: Callable[[], dict[str, Any]]) -> None:
        self._job = job
        self._columns = columns
        self._state = HoldState.HELD

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beats each second inside the block, or more often where the lease is short."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def check(self) -> None:
        """Raises Stopped if the job is not to be finished."""
        if self._state is not HoldState.HELD:
            raise JobStopped(self._state)

    async def say(self, *, told: bool) -> None:
        """Says once that the process lives.

        Args:
            told: whether those who follow the job hear how far it is.
        """
        self._state = await self._job.beat(told=told, **self._columns())

    async def _beat(self) -> None:
        pause = min(BEAT_SECONDS, self._job.lease.total_seconds() / BEATS)
        while self._state is not HoldState.LOST:
            await asyncio.sleep(pause)
            with contextlib.suppress(Unavailable, RequestTimeout):  # the lease outlasts some missed beats
                await self.say(told=True)
