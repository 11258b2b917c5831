"""Changes of runs by any process: one query for all followers."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tunix_rt.api.live.signal import Signal
from tunix_rt.api.live.watching import Watcher
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lookup import changed_since, states_of_runs
from tunix_rt.lru import LruMap

POLL_SECONDS = 0.5
LATELY = timedelta(seconds=60)
"""The window of each poll: longer than a transaction takes to commit, and than the difference of clocks."""
REMEMBERED = 10_000
"""Changed runs kept in memory for slow followers."""


@dataclass(frozen=True)
class ChangedBatch:
    """Runs that have changed, and the rows that followers have loaded of them; each query is sent once."""

    ids: Sequence[uuid.UUID]
    loaded: dict[Any, asyncio.Future[Any]]

    async def load(self, key: Any, load: Callable[[Sequence[uuid.UUID]], Awaitable[Any]]) -> Any:
        """Returns the result of ``load`` for these runs, shared by all followers with an equal key."""
        found = self.loaded.get(key)
        if found is None or found.cancelled():
            found = self.loaded[key] = asyncio.ensure_future(load(self.ids))
        return await asyncio.shield(found)


class ChangedRuns:
    """Emits the ids of changed runs to all followers; polls only while there are any."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[uuid.UUID, Any] = {}
        self._read_at = now()
        self._changed: LruMap[uuid.UUID, int] = LruMap(REMEMBERED)
        self._loaded: dict[int, dict[Any, asyncio.Future[Any]]] = {}
        self._polls = 0
        self._followers = 0
        self._polled = asyncio.Event()
        self._arrived = Signal()
        self._watcher: Watcher | None = None
        self._ended = False

    async def follow(self) -> AsyncGenerator[ChangedBatch, None]:
        """Yields pending and running runs and those started or finished in the last minute; then changed runs."""
        self._followers += 1
        try:
            if self._watcher is None or not self._watcher.running:
                self._polled.clear()
                if now() - self._read_at > LATELY:  # nobody who connects now has followed until lately
                    self._known = {}
                self._watcher = Watcher(
                    "changed runs", self._database, "tunix_runs", self._poll, POLL_SECONDS, lambda: self._followers > 0
                )
            await self._polled.wait()
            place = self._polls
            yield ChangedBatch(list(self._known), {})
            while not self._ended:
                count = self._arrived.count
                if place == self._polls:
                    await self._arrived.wait_for_change(count)
                else:
                    changed, place = self._since(place), self._polls
                    yield changed
        finally:
            self._followers -= 1

    def end(self) -> None:
        """Ends every stream, since a stopping server waits for open streams."""
        self._ended = True
        self._polled.set()
        self._arrived.notify()

    async def close(self) -> None:
        """Stops polling."""
        if self._watcher is not None:
            await self._watcher.close()

    def _since(self, place: int) -> ChangedBatch:
        """Returns the runs that changed since a poll, in order of change."""
        ids = []
        for run_id, poll in self._changed.newest():
            if poll <= place:
                break
            ids.append(run_id)
        return ChangedBatch(ids[::-1], self._loaded.setdefault(place, {}))

    async def _poll(self) -> bool:
        """Reads the registry, and wakes the followers if runs have changed."""
        at = now()
        async with self._database.read() as session:
            known = {row.id: row for row in await changed_since(session, at - LATELY)}
            unfinished = [run_id for run_id, shown in self._known.items() if JobStatus(shown.status) in UNFINISHED]
            if ended := [run_id for run_id in unfinished if run_id not in known]:  # long ago, by the recorded time
                known |= {row.id: row for row in await states_of_runs(session, ended)}
        changed = [run_id for run_id, shown in known.items() if self._known.get(run_id) != shown]
        self._known, self._read_at = known, at
        if changed:
            self._polls += 1
            self._loaded = {}
        for run_id in changed:
            self._changed.put(run_id, self._polls)
        self._polled.set()
        if changed:
            self._arrived.notify()
        return False
