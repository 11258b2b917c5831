"""A condition for which thousands of tasks can wait."""

from __future__ import annotations

import asyncio

WOKEN_AT_ONCE = 50
"""Tasks woken in one turn of the event loop: a few milliseconds of work, between which other requests run."""


class Signal:
    """Wakes all waiting tasks in groups, so that thousands of them do not block the event loop.

    A task reads ``count`` before its query and passes it to ``wait_for_change``, so it misses no notification between
    the two.
    """

    def __init__(self) -> None:
        self.count = 0
        """The number of notifications so far."""
        self._waiting: dict[asyncio.Future[None], None] = {}

    def notify(self) -> None:
        """Wakes every waiting task."""
        self.count += 1
        waiting, self._waiting = list(self._waiting), {}
        if waiting:
            self._wake(waiting, 0)

    async def wait_for_change(self, count: int) -> None:
        """Returns once there have been more than ``count`` notifications."""
        if self.count != count:
            return
        woken = asyncio.get_running_loop().create_future()
        self._waiting[woken] = None
        try:
            await woken
        finally:
            self._waiting.pop(woken, None)

    def _wake(self, waiting: list[asyncio.Future[None]], start: int) -> None:
        end = start + WOKEN_AT_ONCE
        for woken in waiting[start:end]:
            if not woken.done():
                woken.set_result(None)
        if end < len(waiting):
            asyncio.get_running_loop().call_soon(self._wake, waiting, end)
