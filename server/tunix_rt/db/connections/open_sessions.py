"""Read sessions that stay open between requests, since opening one takes longer than a statement."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

KEEP_SECONDS = 0.5
"""The time after which an unused session is closed, so that its connection returns to the pool."""


class OpenSessions:
    """The read sessions of a database that wait for their next use.

    Only sessions that have executed nothing but prepared statements are kept: SQLAlchemy has started no transaction on
    them, and there is nothing to roll back.

    Args:
        engine: opens the sessions; reads in autocommit.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: deque[tuple[AsyncConnection, float]] = deque()
        """The sessions and the times at which they were returned, the earliest first."""
        self._closing: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._kept)

    async def take(self) -> AsyncConnection:
        """Returns the session that was used last, or a new one."""
        return self._kept.pop()[0] if self._kept else await self._engine.connect()

    async def give_back(self, session: AsyncConnection) -> None:
        """Keeps a session after its use if nothing is left to be rolled back, and closes it otherwise."""
        known = session.sync_connection
        if known is None or known.in_transaction() or known.invalidated or known.closed:
            await self.close(session)
            return
        self._kept.append((session, time.monotonic()))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._look)

    async def close(self, session: AsyncConnection) -> None:
        """Closes a session, even if its task is cancelled."""
        await asyncio.shield(self._close_soon(session))

    async def make_room(self, engine: AsyncEngine) -> None:
        """Closes kept sessions until an engine of the same pool can get a connection at once, or none is kept."""
        shared = engine.pool is self._engine.pool
        pool: Any = engine.pool
        while self._kept and shared and pool.checkedout() >= pool.size():
            await self.close(self._kept.popleft()[0])

    async def close_all(self) -> None:
        """Closes all kept sessions."""
        if self._timer is not None:
            self._timer.cancel()
        while self._kept:
            self._close_soon(self._kept.popleft()[0])
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _look(self) -> None:
        """Closes the sessions that were not used for a while."""
        self._timer = None
        latest = time.monotonic() - KEEP_SECONDS
        while self._kept and self._kept[0][1] <= latest:
            self._close_soon(self._kept.popleft()[0])
        if self._kept:
            wait = self._kept[0][1] - latest
            self._timer = asyncio.get_running_loop().call_later(wait, self._look)

    def _close_soon(self, session: AsyncConnection) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(session.close())
        self._closing.add(task)
        task.add_done_callback(self._remove)
        return task

    def _remove(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        with suppress(asyncio.CancelledError):
            task.exception()  # of a connection that is lost already
