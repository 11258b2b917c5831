"""Changes of the registry: one watcher for all who follow it, whichever process changed a run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tunix_rt.api.live.signal import Signal
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lookup import lately
from tunix_rt.errors import TunixRtError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
PAUSE_SECONDS = 5.0
"""How long is waited at most while the database is away."""
LATELY = timedelta(seconds=60)
"""How far back is looked each time: longer than a transaction takes to commit, and than clocks differ."""
REMEMBERED = 10_000
"""Changed runs that are remembered for those who are slow to take them."""


@dataclass(frozen=True)
class Changed:
    """Runs that have changed, and what all who follow have loaded of them: each thing is loaded once."""

    ids: Sequence[uuid.UUID]
    loaded: dict[Any, asyncio.Future[Any]]

    async def load(self, key: Any, load: Callable[[Sequence[uuid.UUID]], Awaitable[Any]]) -> Any:
        """What ``load`` gives for the runs, by whoever of those with an equal key came first."""
        found = self.loaded.get(key)
        if found is None or found.cancelled():
            found = self.loaded[key] = asyncio.ensure_future(load(self.ids))
        return await asyncio.shield(found)


class RunChanges:
    """Tells those who follow which runs have changed; looks only while anybody does."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[uuid.UUID, tuple[Any, ...]] = {}
        self._changed: OrderedDict[uuid.UUID, int] = OrderedDict()
        self._loaded: dict[int, dict[Any, asyncio.Future[Any]]] = {}
        self._looks = 0
        self._followers = 0
        self._looked = asyncio.Event()
        self._arrived = Signal()
        self._task: asyncio.Task[None] | None = None
        self._ended = False
        self._closed = asyncio.Event()

    async def follow(self) -> AsyncGenerator[Changed, None]:
        """The runs that wait, run, or were started or ended in the last minute; then, each time, those that changed."""
        self._followers += 1
        try:
            if self._task is None or self._task.done():
                self._looked.clear()
                self._task = asyncio.create_task(self._watch())
            await self._looked.wait()
            place = self._looks
            yield Changed(list(self._known), {})
            while not self._ended:
                count = self._arrived.count
                if place == self._looks:
                    await self._arrived.changed(count)
                else:
                    changed, place = self._since(place), self._looks
                    yield changed
        finally:
            self._followers -= 1

    def end(self) -> None:
        """Ends everybody's following; a server that stops would wait for them otherwise."""
        self._ended = True
        self._looked.set()
        self._arrived.notify()

    async def close(self) -> None:
        """Stops looking, once what is under way is done: a query that is broken off costs its connection."""
        self._closed.set()
        if self._task is not None:
            await self._task

    def _since(self, place: int) -> Changed:
        """What has changed since a look, in the order of changing."""
        ids = []
        for run_id, look in reversed(self._changed.items()):
            if look <= place:
                break
            ids.append(run_id)
        return Changed(ids[::-1], self._loaded.setdefault(place, {}))

    async def _watch(self) -> None:
        pause = POLL_SECONDS
        while self._followers and not self._closed.is_set():
            try:
                if await self._look():
                    self._arrived.notify()
                self._looked.set()
                pause = POLL_SECONDS
            except TunixRtError as error:
                if pause == POLL_SECONDS:
                    logger.warning("changes of runs: %s", error.message)
                pause = min(2 * pause, PAUSE_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), pause)

    async def _look(self) -> bool:
        """Looks for runs that changed, and says whether there are any."""
        async with self._database.read() as session:
            rows = await lately(session, now() - LATELY)
        known = {row.id: tuple(row) for row in rows}
        changed = [run_id for run_id, shown in known.items() if self._known.get(run_id) != shown]
        self._known = known
        if changed:
            self._looks += 1
            self._loaded = {}
        for run_id in changed:
            self._changed[run_id] = self._looks
            self._changed.move_to_end(run_id)
        while len(self._changed) > REMEMBERED:
            self._changed.popitem(last=False)
        return bool(changed)
