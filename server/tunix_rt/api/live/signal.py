"""A signal that many may wait for."""

from __future__ import annotations

import asyncio

WOKEN_AT_ONCE = 50
"""Waiting tasks that go on in one turn of the loop: some milliseconds of work, between which others are served."""


class Signal:
    """Wakes all who wait, some at a time, so that thousands of them do not hold the loop.

    Who waits takes ``count`` before looking, and gives it to ``changed``: nothing is missed between the two.
    """

    def __init__(self) -> None:
        self.count = 0
        """How often it was given."""
        self._waiting: dict[asyncio.Future[None], None] = {}

    def notify(self) -> None:
        """Gives the signal."""
        self.count += 1
        waiting, self._waiting = list(self._waiting), {}
        if waiting:
            self._wake(waiting, 0)

    async def changed(self, count: int) -> None:
        """Returns once the signal has been given since it was given so many times."""
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
