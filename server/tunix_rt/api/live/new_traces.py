"""New traces, read once for all subscriptions that ask for the same of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

from tunix_rt.api.live.signal import Signal
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.traces.storage import last_seq
from tunix_rt.errors import TunixRtError, Unavailable

logger = logging.getLogger(__name__)

BATCH = 100
"""Traces read at a time."""
KEPT_TRACES = 1000
"""Traces in memory for each kind of subscription; who is further behind reads the database."""
RETRY_SECONDS = 0.5

Read: TypeAlias = Callable[[Session, int], Awaitable[Sequence[tuple[int, Any]]]]
"""From a place in the order of commit to the next traces after it, each with its place: ``BATCH`` of them at most."""


class Arrivals(Protocol):
    """Says when traces may have arrived; see ``api.feed.TraceFeed``."""

    def ticket(self) -> asyncio.Event:
        """What to wait for."""

    async def wait(self, ticket: asyncio.Event) -> None:
        """Returns when traces may have arrived since."""


class Follower:
    """Reads the new traces of one kind of subscription, for all that are equal.

    ``start`` and ``newest`` bound what is in memory: every trace of that kind after the one, up to the other.
    """

    def __init__(self, database: Database, arrivals: Arrivals, read: Read) -> None:
        self._database = database
        self._arrivals = arrivals
        self._read = read
        self._traces: deque[tuple[int, Any]] = deque()
        self._resting = False
        self._left = False
        self.start: int | None = None
        self.newest = 0
        self.signal = Signal()
        self.error: TunixRtError | None = None
        """Why it reads no more, other than that the database is away."""
        self.subscriptions = 0
        self.task = asyncio.create_task(self._watch())

    async def after(self, place: int) -> tuple[Sequence[tuple[int, Any]], int]:
        """The traces after a place, as far as they are known, and the place up to which all are.

        Raises:
            TunixRtError: they cannot be read.
        """
        if self.error is not None:
            raise self.error
        if self.start is None:
            return (), place
        if place < self.start:
            return await self._look(place)
        found = []
        for pair in reversed(self._traces):
            if pair[0] <= place:
                break
            found.append(pair)
        return found[::-1], max(place, self.newest)

    def leave(self) -> None:
        """Ends the reading, once what is under way is done: a query that is broken off costs its connection."""
        self._left = True
        if self._resting:
            self.task.cancel()

    async def _watch(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while not self._left and self.error is None:
                ticket = self._arrivals.ticket()
                if not await self._advance():
                    await self._rest(partial(self._arrivals.wait, ticket))

    async def _advance(self) -> bool:
        """Reads on, and says whether there is probably more."""
        try:
            if self.start is None:
                async with self._database.read() as session:
                    self.start = self.newest = await last_seq(session)
                self.signal.notify()
            traces, self.newest = await self._look(self.newest)
        except Unavailable as error:
            logger.warning("new traces: %s", error.message)
            await self._rest(partial(asyncio.sleep, RETRY_SECONDS))
            return True
        except TunixRtError as error:
            self.error = error
            self.signal.notify()
            return False
        self._keep(traces)
        return len(traces) == BATCH

    async def _rest(self, waiting: Callable[[], Awaitable[None]]) -> None:
        """Waits, in which it may be cancelled; not at all if nobody is there any more."""
        self._resting = True
        try:
            if not self._left:
                await waiting()
        finally:
            self._resting = False

    async def _look(self, place: int) -> tuple[Sequence[tuple[int, Any]], int]:
        """The next traces after a place, and the place up to which there are no others."""
        async with self._database.read() as session:
            newest = await last_seq(session)
            traces = await self._read(session, place)
        if len(traces) == BATCH:
            return traces, traces[-1][0]
        return traces, max(place, newest, traces[-1][0] if traces else 0)

    def _keep(self, traces: Sequence[tuple[int, Any]]) -> None:
        self._traces.extend(traces)
        while len(self._traces) > KEPT_TRACES:
            self.start, _ = self._traces.popleft()
        if traces:
            self.signal.notify()


class NewTraces:
    """The new traces of all subscriptions that there are now.

    Args:
        arrivals: says when to look for them.
    """

    def __init__(self, database: Database, arrivals: Arrivals) -> None:
        self._database = database
        self._arrivals = arrivals
        self._open: dict[Hashable, Follower] = {}
        self._reading: set[asyncio.Task[None]] = set()
        self._place: asyncio.Task[int] | None = None
        self._ended = False

    async def newest_place(self) -> int:
        """The place of the newest trace at some time since the call; calls at the same time share one look.

        Raises:
            Unavailable: the database is away.
        """
        if self._place is None:
            self._place = asyncio.create_task(self._read_place())
        return await asyncio.shield(self._place)

    async def follow(self, key: Hashable, read: Read, place: int) -> AsyncGenerator[Any, None]:
        """The traces after a place, as they are stored, in the order of commit, none twice.

        Args:
            key: what is equal for equal subscriptions, whose traces are then the same objects.

        Raises:
            TunixRtError: they cannot be read.
        """
        follower = self._join(key, read)
        try:
            while not self._ended:
                count = follower.signal.count
                traces, place = await follower.after(place)
                for _, trace in traces:
                    yield trace
                if not traces:
                    await follower.signal.changed(count)
        finally:
            self._leave(key, follower)

    def end(self) -> None:
        """Ends everybody's following; a server that stops would wait for them otherwise."""
        self._ended = True
        for follower in self._open.values():
            follower.signal.notify()

    async def close(self) -> None:
        """Stops reading."""
        for follower in self._open.values():
            follower.leave()
        await asyncio.gather(*self._reading, return_exceptions=True)

    def _join(self, key: Hashable, read: Read) -> Follower:
        follower = self._open.get(key)
        if follower is None or follower.error is not None:
            follower = self._open[key] = Follower(self._database, self._arrivals, read)
            self._reading.add(follower.task)
            follower.task.add_done_callback(self._reading.discard)
        follower.subscriptions += 1
        return follower

    def _leave(self, key: Hashable, follower: Follower) -> None:
        follower.subscriptions -= 1
        if not follower.subscriptions:
            follower.leave()
            if self._open.get(key) is follower:
                del self._open[key]

    async def _read_place(self) -> int:
        await asyncio.sleep(0)
        async with self._database.read() as session:
            self._place = None  # who asks from now on might miss what this statement no longer sees
            return await last_seq(session)
