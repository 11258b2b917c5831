"""The loop that polls the database for subscriptions, whatever they follow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

PAUSE_MAX_SECONDS = 5.0
"""The longest pause while the database is unavailable: pauses double up to it."""


class Watcher:
    """Polls in one background task for any number of followers, until none is left or it is stopped.

    Args:
        subject: what is polled, for the log.
        poll: polls once, and returns whether to poll again without a pause.
        interval: seconds between two polls.
        wanted: whether anybody still follows; asked before each poll.
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
        """Returns whether it is still polling."""
        return not self.task.done()

    def stop(self) -> None:
        """Ends the polling after the query under way: breaking that off would cost its connection."""
        self._stopped.set()

    async def close(self) -> None:
        """Stops, and returns when the last query is over."""
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
