"""PostgreSQL's notifications: they wake this process as soon as another one has committed.

Triggers on the tables send them (see ``migrations/versions/0025_notifications.py``). A lost notification costs only
time, since every task that waits for one also polls; so nothing is promised about their number or order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncEngine

from tunix_rt.db.errors import first_line

logger = logging.getLogger(__name__)

CHANNEL = "tunix_rt"
WAITING = "waiting"
"""The subject of jobs that a worker may take now."""
PAUSE_SECONDS, PAUSE_MAX_SECONDS = 0.5, 15.0
"""Seconds before a lost connection is opened again; they double up to the maximum."""
PING_SECONDS = 30.0
"""Seconds after which a silent connection is tested: a network that is gone reports nothing."""

Wake: TypeAlias = Callable[[], None]


class Notifications:
    """Calls functions when a subject changes: the name of a table, or ``TABLE:ID`` of one job.

    One connection for the whole process, which is opened with the first listener. After a lost connection all
    listeners are woken, since notifications may have been missed.

    Args:
        engine: opens a new connection each time, in autocommit.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._listeners: defaultdict[str, list[Wake]] = defaultdict(list)
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def listening(self, subject: str, wake: Wake) -> Iterator[None]:
        """Calls ``wake`` whenever the subject has changed, until the context ends."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())
        self._listeners[subject].append(wake)
        try:
            yield
        finally:
            self._listeners[subject].remove(wake)
            if not self._listeners[subject]:
                del self._listeners[subject]

    async def close(self) -> None:
        """Closes the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self) -> None:
        pause = PAUSE_SECONDS
        while True:
            try:
                async with self._engine.connect() as connection:
                    raw: Any = (await connection.get_raw_connection()).driver_connection
                    pause = PAUSE_SECONDS
                    await self._follow(raw)
            except (
                Exception
            ) as error:  # of the driver, of SQLAlchemy or of the network; what waits here polls meanwhile
                logger.info("notifications: %s", first_line(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSE_MAX_SECONDS)

    async def _follow(self, connection: Any) -> None:
        """Receives notifications until the connection of asyncpg is lost.

        Raises:
            Exception: any error of the driver or the network.
        """
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        await connection.add_listener(CHANNEL, self._receive)
        for subject in list(self._listeners):
            self._wake(subject)
        while not lost.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), PING_SECONDS)
            await connection.execute("SELECT 1", timeout=PING_SECONDS)

    def _receive(self, _connection: Any, _process: int, _channel: str, payload: str) -> None:
        table, _, job = payload.partition(":")
        self._wake(table)
        if job:
            self._wake(payload)

    def _wake(self, subject: str) -> None:
        for wake in list(self._listeners.get(subject, ())):
            wake()
