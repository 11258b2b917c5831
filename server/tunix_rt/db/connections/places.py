"""The order in which sessions get the connections of a pool: the order in which they were asked for.

SQLAlchemy's queue gives a returned connection to the next task that asks, even if others wait already, and those queue
up at the end again. A read session that stays open never returns to that queue. With more clients than connections,
some would always be served at once and others after seconds.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import exc


class Places:
    """The places of a pool, one for each connection; ``async with places`` has one while a session is in use.

    A task that takes a second place waits for it behind all others, and keeps its first one meanwhile.

    Args:
        number: the number of connections.
        seconds: the time limit of the wait for a place.

    Raises:
        TimeoutError: SQLAlchemy's, as of its pools: all places were taken until the limit.
    """

    def __init__(self, number: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(number)
        self._seconds = seconds

    async def __aenter__(self) -> None:
        if not self._free.locked():
            await self._free.acquire()  # returns at once
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise exc.TimeoutError(f"no connection was free within {self._seconds:g} seconds") from None

    async def __aexit__(self, *_: object) -> None:
        self._free.release()
