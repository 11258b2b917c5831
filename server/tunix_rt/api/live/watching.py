"""The loop that polls the database for all sources of subscriptions.

PostgreSQL's notifications shorten its pauses, so that events of other servers arrive at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from tunix_rt.db.session import Database
from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

PAUSE_MAX_SECONDS = 5.0
"""Maximum pause while the database is unavailable; pauses double up to it."""
WOKEN_AFTER_SECONDS = 0.05
"""Minimum pause between two polls, however many notifications arrive."""


class Watcher:
    """Polls in one background task for any number of followers, until none is left or it is stopped.

    Args:
        name: what is polled, for the log.
        database: the source of notifications.
        subject: what a notification of ends a pause, as in ``Database.listening``.
        poll: polls once, and returns whether to poll again without a pause.
        interval: seconds between two polls.
        wanted: returns whether there are followers; called before each poll.
    """

    def __init__(
        self,
        name: str,
        database: Database,
        subject: str,
        poll: Callable[[], Awaitable[bool]],
        interval: float,
        wanted: Callable[[], bool],
    ) -> None:
        self._name = name
        self._database = database
        self._subject = subject
        self._poll = poll
        self._interval = interval
        self._wanted = wanted
        self._stopped = asyncio.Event()
        self._woken = asyncio.Event()
        self.task = asyncio.create_task(self._watch())

    @property
    def running(self) -> bool:
        """True while it polls."""
        return not self.task.done()

    def stop(self) -> None:
        """Ends the polling after the current query, since cancelling a query would cost its connection."""
        self._stopped.set()
        self._woken.set()

    async def close(self) -> None:
        """Stops polling, and returns when the last query is finished."""
        self.stop()
        await self.task

    async def _watch(self) -> None:
        with self._database.listening(self._subject, self._woken.set):
            pause = self._interval
            while self._wanted() and not self._stopped.is_set():
                self._woken.clear()
                pause = await self._poll_all(pause)
                least = min(WOKEN_AFTER_SECONDS, pause)
                await self._rest(least, self._stopped)
                await self._rest(pause - least, self._woken)

    async def _poll_all(self, pause: float) -> float:
        """Polls until there is no more, and returns the seconds until the next time; ``pause`` was the last."""
        try:
            while await self._poll() and not self._stopped.is_set():
                pass
        except TunixRtError as error:
            if pause == self._interval:
                logger.warning("%s: %s", self._name, error.message)
            return min(2 * pause, PAUSE_MAX_SECONDS)
        return self._interval

    async def _rest(self, seconds: float, until: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(until.wait(), seconds)
