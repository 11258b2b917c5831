"""New traces, read once for all equal subscriptions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeAlias

from tunix_rt.api.live.arrivals import Arrivals
from tunix_rt.api.live.signal import Signal
from tunix_rt.api.live.trace_memory import LiveTrace, TraceMemory
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.traces.storage import last_seq
from tunix_rt.errors import TunixRtError, Unavailable

logger = logging.getLogger(__name__)

BATCH = 100
"""Traces read at a time."""
BATCH_BYTES = 1_048_576
"""Size of the traces read at a time, and in memory of those passed to a subscription; only the last may exceed it."""
KEPT_TRACES = 1000
"""Traces in memory for each group of equal subscriptions; a follower further behind reads the database."""
RETRY_SECONDS = 0.5

Read: TypeAlias = Callable[[Session, int], Awaitable[tuple[Sequence[LiveTrace], bool]]]
"""Takes a place in the order of commit, and returns a batch of traces after it, and whether there may be more."""


class TraceFollower:
    """Reads the new traces for all subscriptions with equal filter and fields.

    Memory has every such trace after ``start``, up to ``newest``.
    """

    def __init__(self, database: Database, arrivals: Arrivals, memory: TraceMemory, read: Read) -> None:
        self._database = database
        self._arrivals = arrivals
        self._memory = memory
        self._read = read
        self._traces: deque[LiveTrace] = deque()
        self._waiting = False
        self._left = False
        self.start: int | None = None
        self.newest = 0
        self.signal = Signal()
        self.error: TunixRtError | None = None
        """The error that ended the reading; an unavailable database does not, since the query is retried."""
        self.subscriptions = 0
        self.task = asyncio.create_task(self._watch())

    async def after(self, place: int) -> tuple[Sequence[LiveTrace], int]:
        """Returns the next known traces after a place, as many as a batch may have, and the place of the last of them.

        If all known ones are returned, the place is the one up to which all are known.

        Raises:
            TunixRtError: the traces cannot be read.
        """
        if self.error is not None:
            raise self.error
        if self.start is None:
            return (), place
        if place < self.start:
            traces, place, _ = await self._next(place)
            return traces, place
        found, size = [], 0
        first = bisect_right(self._traces, place, key=place_of)
        for position in range(first, len(self._traces)):
            kept = self._traces[position]
            found.append(kept)
            size += kept.size
            if size > BATCH_BYTES:
                return found, kept.place
        return found, max(place, self.newest)

    def forget_oldest(self) -> None:
        """Removes the oldest trace from memory."""
        self.start = self._traces.popleft().place

    def leave(self) -> None:
        """Ends the reading after the current query, since cancelling a query would cost its connection."""
        self._left = True
        self._forget_all()
        if self._waiting:
            self.task.cancel()

    async def _watch(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while not self._left and self.error is None:
                ticket = self._arrivals.ticket()
                if not await self._advance():
                    await self._wait(partial(self._arrivals.wait, ticket))

    async def _advance(self) -> bool:
        """Reads the next traces, and returns whether there are probably more."""
        try:
            if self.start is None:
                async with self._database.read() as session:
                    self.start = self.newest = await last_seq(session)
                self.signal.notify()
            traces, self.newest, more = await self._next(self.newest)
        except Unavailable as error:
            logger.warning("new traces: %s", error.message)
            await self._wait(partial(asyncio.sleep, RETRY_SECONDS))
            return True
        except TunixRtError as error:
            self.error = error
            self.signal.notify()
            return False
        self._keep(traces)
        return more

    async def _wait(self, waiting: Callable[[], Awaitable[None]]) -> None:
        """Waits, and may be cancelled in the meantime; returns at once if there are no followers."""
        self._waiting = True
        try:
            if not self._left:
                await waiting()
        finally:
            self._waiting = False

    async def _next(self, place: int) -> tuple[Sequence[LiveTrace], int, bool]:
        """Returns the next traces after a place, the place up to which all are known, and whether there are more."""
        async with self._database.read() as session:
            newest = await last_seq(session)
            traces, more = await self._read(session, place)
        if more and traces:
            return traces, traces[-1].place, True
        return traces, max(place, newest, traces[-1].place if traces else 0), False

    def _keep(self, traces: Sequence[LiveTrace]) -> None:
        for trace in () if self._left else traces:
            self._traces.append(trace)
            self._memory.add(self, trace)
        while len(self._traces) > KEPT_TRACES:
            self._memory.remove(self, self._traces[0].place)
            self.forget_oldest()
        if traces:
            self.signal.notify()

    def _forget_all(self) -> None:
        for kept in self._traces:
            self._memory.remove(self, kept.place)
        self._traces.clear()
        self.start = self.newest


def place_of(kept: LiveTrace) -> int:
    """Returns the place of a trace in the order of commit."""
    return kept.place


class NewTraces:
    """The streams of new traces of all open subscriptions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arrivals = Arrivals(database)
        self._memory = TraceMemory()
        self._open: dict[Hashable, TraceFollower] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._place: asyncio.Task[int] | None = None
        self._ended = False

    def notify(self) -> None:
        """Reports that this process has committed traces."""
        self._arrivals.notify()

    async def newest_place(self) -> int:
        """Returns the place of the newest trace at some time since the call; concurrent calls share one query.

        Raises:
            Unavailable: the database cannot be reached.
        """
        if self._place is None:
            self._place = asyncio.create_task(self._read_place())
        return await asyncio.shield(self._place)

    async def follow(self, key: Hashable, read: Read, place: int) -> AsyncGenerator[Any, None]:
        """Yields the traces after a place as they are stored, each once and in the order of commit.

        Args:
            key: equal for subscriptions that can share their traces as the same objects.

        Raises:
            TunixRtError: the traces cannot be read.
        """
        follower = self._join(key, read)
        try:
            while not self._ended:
                count = follower.signal.count
                traces, place = await follower.after(place)
                for found in traces:
                    yield found.trace
                if not traces:
                    await follower.signal.wait_for_change(count)
        finally:
            self._leave(key, follower)

    def end(self) -> None:
        """Ends every stream, since a stopping server waits for open streams."""
        self._ended = True
        for follower in self._open.values():
            follower.signal.notify()

    async def close(self) -> None:
        """Stops reading."""
        for follower in self._open.values():
            follower.leave()
        await asyncio.gather(*self._reading, return_exceptions=True)
        await self._arrivals.close()

    def _join(self, key: Hashable, read: Read) -> TraceFollower:
        follower = self._open.get(key)
        if follower is None or follower.error is not None:
            follower = self._open[key] = TraceFollower(self._database, self._arrivals, self._memory, read)
            self._reading.add(follower.task)
            follower.task.add_done_callback(self._reading.discard)
        follower.subscriptions += 1
        return follower

    def _leave(self, key: Hashable, follower: TraceFollower) -> None:
        follower.subscriptions -= 1
        if not follower.subscriptions:
            follower.leave()
            if self._open.get(key) is follower:
                del self._open[key]

    async def _read_place(self) -> int:
        await asyncio.sleep(0)
        async with self._database.read() as session:
            self._place = None  # traces of a later caller may be missing from this statement's result
            return await last_seq(session)
