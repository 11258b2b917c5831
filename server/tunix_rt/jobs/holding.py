"""Shared by the processes of jobs: they hold a job, renew its lease and record its outcome."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import Table

from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.histories import JobHistory
from tunix_rt.domain.jobs.queue import Hold, HoldState, finish, heartbeat
from tunix_rt.errors import ErrorCode, RequestTimeout, Unavailable

BEAT_SECONDS = 1.0
BEATS = 3
"""The minimum number of heartbeats within the duration of a lease."""


class JobStopped(Exception):
    """The job must not be completed: a user has cancelled it, or another attempt has started."""

    def __init__(self, state: HoldState) -> None:
        super().__init__(state.name)
        self.state = state


class AttemptLost(Exception):
    """The attempt cannot be continued, but another one can succeed, if one is left."""


class JobFailed(Exception):
    """The job has failed, and another attempt would fail the same way."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def require_held(state: HoldState) -> None:
    """Raises JobStopped unless the job is held and not cancelled."""
    if state is not HoldState.HELD:
        raise JobStopped(state)


@dataclass(frozen=True)
class HeldJob:
    """A job that this process holds.

    Args:
        lease: the time without a heartbeat after which the process is considered lost.
        history: keeps each change of the job's status as an event; None if the job has no events.
    """

    database: Database
    table: Table
    hold: Hold
    lease: timedelta
    history: JobHistory | None = None

    async def beat(self, *, notify: bool, **values: Any) -> HoldState:
        """Renews the lease.

        Args:
            notify: whether to append an event.
            values: further columns to set.
        """
        async with self.database.write() as session:
            state = await self.beat_in(session, **values)
            if notify and state is HoldState.HELD:
                await self._record(session, None)
        return state

    async def beat_in(self, session: Session, **values: Any) -> HoldState:
        """Renews the lease in the caller's transaction; until it ends, no other attempt can take the job."""
        return await heartbeat(session, self.table, self.hold, await instant(session), self.lease, **values)

    async def end(
        self, status: JobStatus, error: tuple[ErrorCode, str] | None = None, **values: Any
    ) -> JobStatus | None:
        """Records the job's outcome and returns its final status; None if the job was no longer held.

        A job that a user has cancelled in the meantime does not complete: it is CANCELLED, and ``values`` are not set.

        Args:
            values: further columns to set.
        """
        async with self.database.write() as session:
            return await self.end_in(session, status, error, **values)

    async def end_in(
        self, session: Session, status: JobStatus, error: tuple[ErrorCode, str] | None = None, **values: Any
    ) -> JobStatus | None:
        """Records the job's outcome in the caller's transaction, as ``end`` does."""
        if status is JobStatus.COMPLETED and await self.beat_in(session) is HoldState.CANCELLING:
            status, values = JobStatus.CANCELLED, {}
        if not await finish(session, self.table, self.hold, status, now(), error=error, **values):
            return None
        await self._record(session, error[1] if error else None)
        return status

    async def _record(self, session: Session, message: str | None) -> None:
        """Appends the job's status to its events, in the transaction that has changed it."""
        if self.history is not None:
            await self.history.append(session, self.hold.id, now(), message)


class Beating(Protocol):
    """A job that this process holds, as its heartbeat renews it."""

    @property
    def lease(self) -> timedelta:
        """The time without a heartbeat after which the process is considered lost."""

    async def beat(self, *, notify: bool, **values: Any) -> HoldState:
        """See ``HeldJob.beat``."""


class Heartbeat:
    """Renews a job's lease periodically, and notices when the job is cancelled or lost.

    Args:
        columns: returns the job's progress as columns of the ledger.
    """

    def __init__(self, job: Beating, columns: Callable[[], dict[str, Any]]) -> None:
        self._job = job
        self._columns = columns
        self._state = HoldState.HELD
        self._pause = min(BEAT_SECONDS, job.lease.total_seconds() / BEATS)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Sends a heartbeat each second inside the block, or more often if the lease is short."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def check(self) -> None:
        """Raises JobStopped if the job is cancelled or lost."""
        require_held(self._state)

    async def while_held(self, doing: Coroutine[Any, Any, None]) -> None:
        """Awaits a coroutine; cancels it as soon as the job is cancelled or lost.

        Raises:
            JobStopped: the job is cancelled or lost.
        """
        task = asyncio.ensure_future(doing)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self._pause)
                self.check()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        task.result()

    async def send(self, *, notify: bool) -> None:
        """Sends one heartbeat with the progress.

        Args:
            notify: whether to append an event.
        """
        self._state = await self._job.beat(notify=notify, **self._columns())

    async def _beat(self) -> None:
        while self._state is not HoldState.LOST:
            await asyncio.sleep(self._pause)
            with contextlib.suppress(Unavailable, RequestTimeout):  # the lease outlasts some missed beats
                await self.send(notify=True)
