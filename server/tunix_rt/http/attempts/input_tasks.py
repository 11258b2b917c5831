"""The inputs of attempts that are being made: requests wait for them only as long as proxies allow."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from tunix_rt.domain.jobs.queue import Hold

WAIT_SECONDS = 20.0
"""The longest time that a request waits for inputs: shorter than the time limits of usual proxies."""
RESULT_SECONDS = 600.0


class InputTasks:
    """The inputs that are being stored, those of each attempt by one task that all of its requests wait for.

    A result that no request has read is forgotten after ``RESULT_SECONDS``: the process of its attempt is gone then.
    """

    def __init__(self) -> None:
        self._tasks: dict[tuple[uuid.UUID, int], asyncio.Task[list[str]]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    async def notes(
        self, hold: Hold, start: Callable[[], Awaitable[Coroutine[Any, Any, list[str]]]]
    ) -> list[str] | None:
        """Returns the warnings once the inputs are stored; None if that takes longer. Raises as the task does.

        Args:
            start: returns the coroutine that stores them.
        """
        key = (hold.id, hold.attempt)
        if key not in self._tasks:
            storing = await start()
            if key in self._tasks:  # another request has started it in the meantime
                storing.close()
            else:
                self._tasks[key] = task = asyncio.create_task(storing)
                task.add_done_callback(partial(self._forget_later, key))
        task = self._tasks[key]
        await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if not task.done():
            return None
        self._forget(key, task)
        return task.result()

    def _forget_later(self, key: tuple[uuid.UUID, int], task: asyncio.Task[list[str]]) -> None:
        """Forgets a task that has ended, unless a request reads its result before."""
        if not task.cancelled():
            task.exception()  # an error that nobody reads is not logged
        asyncio.get_running_loop().call_later(RESULT_SECONDS, self._forget, key, task)

    def _forget(self, key: tuple[uuid.UUID, int], task: asyncio.Task[list[str]]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]

    async def close(self) -> None:
        """Stops all tasks."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
