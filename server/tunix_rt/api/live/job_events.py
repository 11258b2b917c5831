"""Tails: what jobs append to their stored events, handed to all who follow them by one reader for each job."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from tunix_rt.api.live.signal import Signal
from tunix_rt.db.session import Database, Session
from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
PAUSE_SECONDS = 5.0
"""How long is waited at most while the database is away."""

KEPT_EVENTS = 1000
"""Events in memory for each job that is followed; who is further behind reads the database."""

Read: TypeAlias = Callable[[Session, uuid.UUID, int | None], Awaitable[Sequence[Any] | None]]
"""From a job and the number of an event to the rows of those after it, some of them at a time, each with its number
``seq``; the last one alone, if no number is given. None if there is no such job."""


class EventFollower:
    """The newest events of one job, kept current while anybody follows it."""

    def __init__(self, database: Database, read: Read, at_once: int, job_id: uuid.UUID) -> None:
        self._database = database
        self._read = read
        self._at_once = at_once
        self._job_id = job_id
        self._rows: deque[Any] = deque(maxlen=KEPT_EVENTS)
        self._newest: int | None = None
        self._slice: tuple[tuple[int, int | None], Sequence[Any]] = ((0, None), ())
        self.arrived = Signal()
        """Given when there are new events, or will be no others."""
        self.gone = False
        """Whether the job does not exist any more."""
        self.followers = 0
        self._left = asyncio.Event()
        self.task = asyncio.create_task(self._watch())

    async def after(self, seq: int) -> Sequence[Any]:
        """The events after one, as far as they are known: from memory where they are still there."""
        if self._newest is None or seq >= self._newest:
            return ()
        if self._rows and self._rows[0].seq <= seq + 1:
            return self._remembered(seq)
        async with self._database.read() as session:
            rows = await self._read(session, self._job_id, seq) or ()
        newest = self._newest  # what came since, of a job that is tried again, say, is for those who follow it then
        return [row for row in rows if row.seq <= newest]

    def _remembered(self, seq: int) -> Sequence[Any]:
        """The events in memory after one: the same list for all who are at the same place, so that they share it."""
        place = (seq, self._newest)
        if self._slice[0] != place:
            found = []
            for row in reversed(self._rows):
                if row.seq <= seq:
                    break
                found.append(row)
            self._slice = (place, found[::-1])
        return self._slice[1]

    def leave(self) -> None:
        """Ends the reading, once what is under way is done: a query that is broken off costs its connection."""
        self._left.set()

    async def _watch(self) -> None:
        pause = POLL_SECONDS
        while not self.gone and not self._left.is_set():
            try:
                while await self._look() >= self._at_once and not self._left.is_set():
                    pass
                pause = POLL_SECONDS
            except TunixRtError as error:
                if pause == POLL_SECONDS:
                    logger.warning("events: %s", error.message)
                pause = min(2 * pause, PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), pause)

    async def _look(self) -> int:
        """Reads on, and says how many rows have come."""
        async with self._database.read() as session:
            rows = await self._read(session, self._job_id, self._newest)
        if rows is None:
            self.gone = True
            self.arrived.notify()
        elif rows or self._newest is None:
            self._rows.extend(rows)
            self._newest = rows[-1].seq if rows else 0
            self.arrived.notify()
        return len(rows or ())


class JobEvents:
    """The tails of all jobs of a kind that are followed now.

    Args:
        read: how the events of one are read.
        at_once: how many of them it reads at most, after which there are probably more.
    """

    def __init__(self, database: Database, read: Read, at_once: int) -> None:
        self._database = database
        self._read = read
        self._at_once = at_once
        self._open: dict[uuid.UUID, EventFollower] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._ended = False

    async def follow(self, job_id: uuid.UUID, after: int) -> AsyncGenerator[Sequence[Any], None]:
        """The rows of a job's events after one, as they come, in order, none twice; it ends when the job is gone."""
        tail = self._open.get(job_id)
        if tail is None or tail.gone:
            tail = self._open[job_id] = EventFollower(self._database, self._read, self._at_once, job_id)
            self._reading.add(tail.task)
            tail.task.add_done_callback(self._reading.discard)
        tail.followers += 1
        try:
            while not self._ended:
                count = tail.arrived.count
                rows = await tail.after(after)
                if rows:
                    after = rows[-1].seq
                    yield rows
                elif tail.gone:
                    return
                else:
                    await tail.arrived.changed(count)
        finally:
            tail.followers -= 1
            if not tail.followers:
                tail.leave()
                if self._open.get(job_id) is tail:
                    del self._open[job_id]

    def end(self) -> None:
        """Ends everybody's following; a server that stops would wait for them otherwise."""
        self._ended = True
        for tail in self._open.values():
            tail.arrived.notify()

    async def close(self) -> None:
        """Stops reading."""
        for tail in self._open.values():
            tail.leave()
        await asyncio.gather(*self._reading, return_exceptions=True)
