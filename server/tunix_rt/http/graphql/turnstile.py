"""A bound on the operations that start or stop in one turn of the event loop."""

from __future__ import annotations

import asyncio
from collections import deque

AT_ONCE = 20
"""Tasks let through in one turn: a few milliseconds of work, between which other requests run."""


class Turnstile:
    """Lets tasks through in the order of their arrival, a few in each turn of the event loop.

    One turn runs everything that is ready before it looks at sockets again, so thousands of operations that are started
    together would otherwise delay all other requests by seconds.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._scheduled = False

    async def enter(self) -> None:
        """Returns in the next turn, or in a later one if others wait."""
        entered = asyncio.get_running_loop().create_future()
        self._waiting.append(entered)
        self._schedule()
        await entered

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        left = AT_ONCE
        while left and self._waiting:
            entered = self._waiting.popleft()
            if not entered.done():
                entered.set_result(None)
                left -= 1
        if self._waiting:
            self._schedule()
