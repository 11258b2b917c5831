"""The feed of new traces: one watcher for all subscribers, whichever process stored them."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from tunix_rt.api.live.new_traces import NewTraces
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.storage import last_seq
from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5


class TraceFeed:
    """Wakes subscribers when a trace was committed.

    While anybody waits, one task reads the newest place in the order of commit twice a second; a commit of this
    process wakes at once.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arrived = asyncio.Event()
        self._watchers = 0
        self._task: asyncio.Task[None] | None = None
        self.new_traces = NewTraces(database, self)
        """The traces themselves, for subscriptions."""

    def end(self) -> None:
        """Ends every subscription; a server that stops would wait for them otherwise."""
        self.new_traces.end()

    def notify(self) -> None:
        """Says that this process has committed traces."""
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    def ticket(self) -> asyncio.Event:
        """What to wait for: taken before looking, so that nothing arrives between looking and waiting."""
        return self._arrived

    async def wait(self, ticket: asyncio.Event) -> None:
        """Returns when traces may have arrived since the ticket was taken."""
        self._watchers += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            await ticket.wait()
        finally:
            self._watchers -= 1

    async def close(self) -> None:
        """Stops watching."""
        await self.new_traces.close()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self) -> None:
        seen: int | None = None
        while self._watchers:
            try:
                async with self._database.read() as session:
                    newest = await last_seq(session)
                if newest != seen:
                    self.notify()
                seen = newest
            except TunixRtError as error:
                logger.warning("feed: %s", error.message)
            await asyncio.sleep(POLL_SECONDS)
