"""The loop that polls the database for all sources of subscriptions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

PAUSE_MAX_SECONDS = 5.0
"""Maximum pause while the database is unavailable; pauses double up to it."""


class Watcher:
    """Polls in one background task for any number of followers, until none is left or it is stopped.

    Args:
        subject: the name of the polled rows, for the log.
        poll: polls once, and returns whether to poll again without a pause.
        interval: seconds between two polls.
        wanted: returns whether there are followers; called before each poll.
    """

    def __init__(
        self, subject: str, poll: Callable[[], Awaitable[bool]], interval: float, wanted: Callable[[], bool]
    ) -> None:
        self._subject = subject
        self._poll = poll
        self._interval = interval
        self._wanted = wanted
        self._stopped = asyncio.Event()
        self.task = asyncio.create_task(self._watch())

    @property
    def running(self) -> bool:
        """True while it polls."""
        return not self.task.done()

    def stop(self) -> None:
        """Ends the polling after the current query, since cancelling a query would cost its connection."""
        self._stopped.set()

    async def close(self) -> None:
        """Stops polling, and returns when the last query is finished."""
        self.stop()
        await self.task

    async def _watch(self) -> None:
        pause = self._interval
        while self._wanted() and not self._stopped.is_set():
            try:
                while await self._poll() and not self._stopped.is_set():
                    pass
                pause = self._interval
            except TunixRtError as error:
                if pause == self._interval:
                    logger.warning("%s: %s", self._subject, error.message)
                pause = min(2 * pause, PAUSE_MAX_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), pause)
