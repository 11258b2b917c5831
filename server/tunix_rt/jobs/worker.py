"""The worker: takes jobs from the ledger, runs each in a process of its own, and sees to those whose process is gone.

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
import subprocess
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Table

from tunix_rt.db.identity import now
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import TunixRtError
from tunix_rt.jobs.queue import Hold, claim, has_lapsed, has_waiting, hold_of, release, settle_lapsed
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
SWEEP_SECONDS = 60.0
STOP_SECONDS = 5.0


class Kind(Protocol):
    """A kind of long work: its ledger, and how its processes are started."""

    table: Table
    slots: int
    """How many of its processes one worker runs at once."""

    def command(self, hold: Hold) -> list[str]:
        """The program that does a job, with its arguments."""

    async def note(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """Tells those who follow a job how it stands now, in the transaction that has changed it."""

    async def sweep(self, database: Database) -> None:
        """What has to be done now and then."""


@dataclass(frozen=True)
class Child:
    """A process of this worker's, and the job that it does."""

    kind: Kind
    hold: Hold
    process: subprocess.Popen[bytes]
    forget: Callable[[], None]
    """Ends the watch over it."""


class Worker:
    """Works on some kinds of jobs until it is stopped.

    Args:
        settings: given to the processes by their environment.
    """

    def __init__(self, database: Database, settings: Settings, kinds: Sequence[Kind]) -> None:
        self._database = database
        self._environment = os.environ | settings.environment()
        self._kinds = kinds
        self._children: list[Child] = []
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._sweep_at = 0.0

    def start(self) -> None:
        """Begins to work."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Says that a job was entered, or a process has ended."""
        self._woken.set()

    async def stop(self) -> None:
        """Ends the worker once it has done what it is about. Its processes go on, and see to their jobs themselves."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for child in self._children:
            child.forget()
            child.process.returncode = child.process.poll() or 0  # not ours to wait for any more
        self._children.clear()

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                await self.step()
            except TunixRtError as error:
                logger.warning("worker: %s", error.message)
            except Exception:  # a fault of the program: no job is to be lost by it
                logger.exception("worker: this step failed, the next one is tried")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def step(self) -> None:
        """Looks once after everything there is to do.

        Raises:
            Unavailable: the database is away; what was to be done is done at the next step.
        """
        await self._release_gone()
        for kind in self._kinds:
            await self._settle_lapsed(kind)
            while await self._start_next(kind):
                pass
        if time.monotonic() >= self._sweep_at:
            for kind in self._kinds:
                await kind.sweep(self._database)
            self._sweep_at = time.monotonic() + SWEEP_SECONDS

    async def _release_gone(self) -> None:
        """Takes the jobs of this worker's processes that have ended without a word."""
        for child in [child for child in self._children if child.process.poll() is not None]:
            if child.process.returncode:
                await self._release(child.kind, child.hold, how_it_ended(child.process.returncode))
            child.forget()
            self._children.remove(child)

    async def _release(self, kind: Kind, hold: Hold, reason: str) -> None:
        async with self._database.write() as session:
            status = await release(session, kind.table, hold, now(), reason)
            if status is not None:
                await kind.note(session, hold.id, f"{reason}.")
        if status is not None:
            logger.warning("%s %s is %s: %s", kind.table.name, hold.id, status.value, reason)

    async def _settle_lapsed(self, kind: Kind) -> None:
        """Takes the jobs of processes that have said nothing for too long, whoever started them."""
        async with self._database.read() as session:
            if not await has_lapsed(session, kind.table, now()):
                return
        async with self._database.write() as session:
            for settled in await settle_lapsed(session, kind.table, now()):
                await kind.note(session, settled.id, "Its process said nothing for too long.")
                logger.warning("%s %s is %s: its lease has passed", kind.table.name, settled.id, settled.status.value)

    async def _start_next(self, kind: Kind) -> bool:
        """Takes a job and starts its process, where one waits and a slot is free."""
        if sum(child.kind is kind for child in self._children) >= kind.slots:
            return False
        async with self._database.read() as session:
            if not await has_waiting(session, kind.table):
                return False
        async with self._database.write() as session:
            row = await claim(session, kind.table, new_owner(), now())
            if row is not None:
                await kind.note(session, row.id, None)
        if row is None:
            return False
        await self._start(kind, hold_of(row))
        return True

    async def _start(self, kind: Kind, hold: Hold) -> None:
        try:
            process = await asyncio.to_thread(start_process, kind.command(hold), self._environment)
        except OSError as error:
            await self._release(kind, hold, f"Its process could not be started: {error.strerror}")
            return
        self._children.append(Child(kind, hold, process, when_ended(process, self.wake)))


def new_owner() -> str:
    """A name that no other process has, and by which people find the one that is meant."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def start_process(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own: neither a signal to the server's group nor its end reaches it."""
    return subprocess.Popen(  # noqa: S603 - the command is the program's own, no part of it a user's
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


def when_ended(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> Callable[[], None]:
    """Tells, once or more, when a process has ended; gives what ends the watch."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not Linux: the next poll finds it
        return lambda: None
    loop.add_reader(handle, tell)

    def forget() -> None:
        loop.remove_reader(handle)
        os.close(handle)

    return forget


def how_it_ended(status: int) -> str:
    """A process's exit status in words."""
    return f"Its process was killed by signal {-status}" if status < 0 else f"Its process ended with status {status}"
