"""The in-process engine: each attempt is a task in the worker's event loop, for jobs of a few seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.engines.base import Execution, Leftovers


class TaskExecution:
    """A task. It is cancelled when it is detached, and may still release its job."""

    def __init__(self, coroutine: Coroutine[Any, Any, None], on_exit: Callable[[], None]) -> None:
        self.failure: str | None = None
        self._task = asyncio.create_task(coroutine)
        self._task.add_done_callback(lambda _: on_exit())

    def exit_status(self) -> int | None:
        """See ``Execution.exit_status``."""
        if not self._task.done():
            return None
        return 0 if not self._task.cancelled() and self._task.exception() is None else 1

    async def detach(self) -> None:
        """See ``Execution.detach``."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


class TaskEngine:
    """Runs each attempt as a task.

    Args:
        run: performs the job that is held.
    """

    def __init__(self, run: Callable[[Hold], Coroutine[Any, Any, None]]) -> None:
        self._run = run

    async def start(self, hold: Hold, on_exit: Callable[[], None]) -> Execution:
        """See ``Engine.start``."""
        return TaskExecution(self._run(hold), on_exit)

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """See ``Engine.inspect``: a task leaves nothing that another attempt could use."""
        return Leftovers.NOTHING

    async def stop(self, hold: Hold) -> None:
        """See ``Engine.stop``: a task that has lost its hold ends at its next heartbeat."""

    async def close(self) -> None:
        """See ``Engine.close``: it has no connections."""
