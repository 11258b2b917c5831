"""Arrivals of traces from any process: one query for all subscriptions."""

from __future__ import annotations

import asyncio

from tunix_rt.api.live.watching import Watcher
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.storage import last_seq

POLL_SECONDS = 0.5


class Arrivals:
    """Wakes followers when a trace was committed.

    While any follower waits, the newest place in the order of commit is polled; a commit of this process wakes them at
    once, and on PostgreSQL that of another process too.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arrived = asyncio.Event()
        self._waiting = 0
        self._seen: int | None = None
        self._watcher: Watcher | None = None

    def notify(self) -> None:
        """Reports that this process has committed traces."""
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    def ticket(self) -> asyncio.Event:
        """Returns an event to wait for; take it before a query, so that no arrival between query and wait is missed."""
        return self._arrived

    async def wait(self, ticket: asyncio.Event) -> None:
        """Returns when traces may have arrived since the ticket was taken."""
        self._waiting += 1
        if self._watcher is None or not self._watcher.running:
            self._seen = None
            self._watcher = Watcher(
                "new traces", self._database, "traces", self._poll, POLL_SECONDS, lambda: self._waiting > 0
            )
        try:
            await ticket.wait()
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Stops polling."""
        if self._watcher is not None:
            await self._watcher.close()

    async def _poll(self) -> bool:
        async with self._database.read() as session:
            newest = await last_seq(session)
        if newest != self._seen:
            self.notify()
        self._seen = newest
        return False
