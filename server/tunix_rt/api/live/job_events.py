"""Stored events of jobs, streamed to all followers by one reader for each job."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from tunix_rt.api.live.signal import Signal
from tunix_rt.api.live.watching import Watcher
from tunix_rt.db.session import Database, Session

POLL_SECONDS = 0.25
KEPT_EVENTS = 1000
"""Events in memory for each followed job; a follower further behind reads the database."""

Read: TypeAlias = Callable[[Session, uuid.UUID, int | None], Awaitable[Sequence[Any] | None]]
"""Takes a job's id and an event's number, and returns the next rows after it, each with its number ``seq``; without a
number, the last row alone. Returns None if there is no such job.
"""


class EventFollower:
    """The newest events of one job, kept up to date while the job has followers."""

    def __init__(self, database: Database, table: str, read: Read, at_once: int, job_id: uuid.UUID) -> None:
        self._database = database
        self._read = read
        self._at_once = at_once
        self._job_id = job_id
        self._rows: deque[Any] = deque(maxlen=KEPT_EVENTS)
        self._newest: int | None = None
        self._slice: tuple[tuple[int, int | None], Sequence[Any]] = ((0, None), ())
        self.arrived = Signal()
        """Notified of new events, and when the job is deleted."""
        self.gone = False
        """Whether the job was deleted."""
        self.followers = 0
        self.watcher = Watcher("events", database, f"{table}:{job_id}", self._poll, POLL_SECONDS, lambda: not self.gone)

    async def after(self, seq: int) -> Sequence[Any]:
        """Returns the known events after a number, from memory if they are still there."""
        if self._newest is None or seq >= self._newest:
            return ()
        if self._rows and self._rows[0].seq <= seq + 1:
            return self._recent(seq)
        async with self._database.read() as session:
            rows = await self._read(session, self._job_id, seq) or ()
        newest = self._newest  # later rows, such as those of a retried job, are left to later followers
        return [row for row in rows if row.seq <= newest]

    def _recent(self, seq: int) -> Sequence[Any]:
        """Returns the events in memory after a number, in one list shared by all followers at the same place."""
        place = (seq, self._newest)
        if self._slice[0] != place:
            found = []
            for row in reversed(self._rows):
                if row.seq <= seq:
                    break
                found.append(row)
            self._slice = (place, found[::-1])
        return self._slice[1]

    async def _poll(self) -> bool:
        """Reads the next events, and returns whether there are probably more."""
        async with self._database.read() as session:
            rows = await self._read(session, self._job_id, self._newest)
        if rows is None:
            self.gone = True
            self.arrived.notify()
        elif rows or self._newest is None:
            self._rows.extend(rows)
            self._newest = rows[-1].seq if rows else 0
            self.arrived.notify()
        return len(rows or ()) >= self._at_once


class JobEvents:
    """The event followers of all jobs of one kind that have subscribers.

    Args:
        table: the name of the table of the jobs.
        read: reads the next events of one job.
        at_once: the maximum number of rows that ``read`` returns; after a full batch there are probably more.
    """

    def __init__(self, database: Database, table: str, read: Read, at_once: int) -> None:
        self._database = database
        self._table = table
        self._read = read
        self._at_once = at_once
        self._open: dict[uuid.UUID, EventFollower] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._ended = False

    async def follow(self, job_id: uuid.UUID, after: int) -> AsyncGenerator[Sequence[Any], None]:
        """Yields the rows of a job's events after a number, each once and in order; ends when the job is deleted."""
        follower = self._open.get(job_id)
        if follower is None or follower.gone:
            follower = self._open[job_id] = EventFollower(
                self._database, self._table, self._read, self._at_once, job_id
            )
            self._reading.add(follower.watcher.task)
            follower.watcher.task.add_done_callback(self._reading.discard)
        follower.followers += 1
        try:
            while not self._ended:
                count = follower.arrived.count
                rows = await follower.after(after)
                if rows:
                    after = rows[-1].seq
                    yield rows
                elif follower.gone:
                    return
                else:
                    await follower.arrived.wait_for_change(count)
        finally:
            follower.followers -= 1
            if not follower.followers:
                follower.watcher.stop()
                if self._open.get(job_id) is follower:
                    del self._open[job_id]

    def end(self) -> None:
        """Ends every stream, since a stopping server waits for open streams."""
        self._ended = True
        for follower in self._open.values():
            follower.arrived.notify()

    async def close(self) -> None:
        """Stops reading."""
        for follower in self._open.values():
            follower.watcher.stop()
        await asyncio.gather(*self._reading, return_exceptions=True)
