"""The local engine: each attempt is a process in a new session on the worker's machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import not_, select

from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import RUN_TOKENS, TokenLedger
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.jobs.engines.base import Execution, Leftovers
from tunix_rt.jobs.supervision.folder import is_locked
from tunix_rt.jobs.supervision.outcome import read_outcome
from tunix_rt.jobs.supervision.trainer import kill_attempt
from tunix_rt.settings import Settings


class ProcessExecution:
    """A process. It continues when it is detached, and records its own outcome."""

    def __init__(self, process: subprocess.Popen[bytes], on_exit: Callable[[], None]) -> None:
        self.failure: str | None = None
        self._process = process
        self._forget = watch_exit(process, on_exit)

    def exit_status(self) -> int | None:
        """See ``Execution.exit_status``."""
        return self._process.poll()

    async def detach(self) -> None:
        """See ``Execution.detach``."""
        self._forget()
        self._process.returncode = self._process.poll() or 0  # keeps Popen from warning about a running process


class ProcessEngine:
    """Runs each attempt as ``python -m MODULE ID ATTEMPT OWNER``. A lost attempt is restarted from the beginning.

    Args:
        tokens: those of attempts without the database; None if there are none.
    """

    def __init__(self, module: str, settings: Settings, tokens: TokenLedger | None = None) -> None:
        self._module = module
        self._tokens = tokens
        self._lease = lease_of(settings)
        self._grace = timedelta(seconds=settings.worker_grace_seconds)
        self._environment = os.environ | settings.environment()

    async def start(self, hold: Hold, on_exit: Callable[[], None]) -> Execution:
        """See ``Engine.start``."""
        command = [sys.executable, "-m", self._module, str(hold.id), str(hold.attempt), hold.owner]
        return ProcessExecution(await asyncio.to_thread(start_process, command, self._environment), on_exit)

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """See ``Engine.inspect``: a process leaves nothing that another attempt could use.

        An attempt on a worker without the database is alive until its grace is over.
        """
        if self._tokens is None:
            return Leftovers.NOTHING
        async with database.read() as session:
            jobs, lost = self._tokens.jobs, self._tokens.is_lost(await instant(session), self._lease, self._grace)
            alive = select(jobs.c.id).where(hold_condition(jobs, hold), self._tokens.has_token, not_(lost))
            return Leftovers.NOTHING if await session.scalar(alive) is None else Leftovers.ALIVE

    async def stop(self, hold: Hold) -> None:
        """See ``Engine.stop``: a process that has lost its hold exits at its next heartbeat."""

    async def close(self) -> None:
        """See ``Engine.close``: it has no connections."""


class LocalEngine(ProcessEngine):
    """Trains on the worker's machine: each attempt is a supervisor, which starts the trainer in the run's folder."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("tunix_rt.jobs.runs.process", settings, RUN_TOKENS)
        self._data_dir = settings.data_dir

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """See ``Engine.inspect``: decided by the folder's lock and its stored outcome.

        An attempt on a worker without the database is alive until its grace is over.
        """
        async with database.read() as session:
            is_lost = RUN_TOKENS.is_lost(await instant(session), self._lease, self._grace)
            is_remote = RUN_TOKENS.has_token
            columns = (tunix_runs.c.id, tunix_runs.c.output_name, is_remote.label("remote"), is_lost.label("lost"))
            row = (await session.execute(select(*columns).where(tunix_runs.c.id == hold.id))).one_or_none()
        if row is None or row.lost:
            return Leftovers.NOTHING
        if row.remote:
            return Leftovers.ALIVE
        return await asyncio.to_thread(
            leftovers_in, folder_of(self._data_dir, folder_name(row.id, row.output_name)), hold
        )

    async def stop(self, hold: Hold) -> None:
        """See ``Engine.stop``: kills processes of the trainer that have outlived their supervisor."""
        await kill_attempt(hold.id, hold.attempt)


def leftovers_in(folder: Path, hold: Hold) -> Leftovers:
    """Returns the state of an attempt by its run's folder."""
    if is_locked(folder):
        return Leftovers.ALIVE
    outcome = read_outcome(folder)
    return Leftovers.OUTCOME if outcome is not None and outcome.is_of(hold) else Leftovers.NOTHING


def start_process(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Starts a process in a new session: neither a signal to the server's group nor its exit reaches it."""
    return subprocess.Popen(  # noqa: S603 - the command is the program's own, no part of it a user's
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


def watch_exit(process: subprocess.Popen[bytes], on_exit: Callable[[], None]) -> Callable[[], None]:
    """Calls ``on_exit`` once when a process has exited; returns a function that cancels the watch."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not Linux: the worker's next poll notices the exit
        return lambda: None

    def forget() -> None:
        nonlocal handle
        if handle >= 0:
            loop.remove_reader(handle)
            os.close(handle)
            handle = -1

    def exited() -> None:
        forget()  # the handle stays readable, and would call this again
        on_exit()

    loop.add_reader(handle, exited)
    return forget
