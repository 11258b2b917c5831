"""Stores the batches of an import: one is stored while the next one is read."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tunix_rt.db.models import scores
from tunix_rt.db.session import Database, Session, lock_inserts
from tunix_rt.domain.scores.draft import GivenScore, KnownScores
from tunix_rt.domain.scores.storage import add_given_scores, known_scores
from tunix_rt.domain.traces.given_origins import GivenOrigin
from tunix_rt.domain.traces.origins import add_given_origins
from tunix_rt.domain.traces.prepared import PreparedTraces
from tunix_rt.domain.traces.search_index import PENDING_BYTES, defer_merging, merge_pending
from tunix_rt.domain.traces.storage import AddedPrepared, add_prepared_traces
from tunix_rt.errors import RequestTimeout, Unavailable

DEFERRED_BYTES = 1 << 20
"""The size of a batch whose words are indexed later; those of smaller ones are indexed at once."""
GRACE_SECONDS = 5.0
"""The time that a batch has to be stored once its import is cancelled."""


@dataclass(frozen=True)
class StoredBatch:
    """The numbers of new traces, of duplicates and of new scores of a batch."""

    added: int = 0
    duplicates: int = 0
    scores: int = 0


class BatchWriter:
    """Stores batches in order, each in one transaction.

    ``put`` returns before its batch is stored; at the end of the block all of them are. The words of large batches are
    merged into PostgreSQL's search index in the background, see ``search_index.defer_merging``.

    Args:
        stored: called after each batch, once it is committed.
    """

    def __init__(self, database: Database, stored: Callable[[StoredBatch], None]) -> None:
        self._database, self._report = database, stored
        self._storing: asyncio.Task[None] | None = None
        self._merging: asyncio.Task[None] | None = None
        self._pending = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, asyncio.CancelledError):
            await self._end_cancelled()
            return
        try:
            await self._wait_until_stored()
        finally:
            if self._merging:
                await asyncio.wait([self._merging])
        if self._pending:
            await merge(self._database)

    async def _end_cancelled(self) -> None:
        """Gives the batch that is being stored some seconds to be counted, and leaves merging to a later write."""
        if self._storing:
            await asyncio.wait([self._storing], timeout=GRACE_SECONDS)
        if left := [task for task in (self._storing, self._merging) if task is not None]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)

    async def put(self, prepared: PreparedTraces) -> None:
        """Starts to store a batch as soon as the one before is stored.

        Raises:
            Conflict, Unavailable, RequestTimeout: the batch before could not be stored.
        """
        await self._wait_until_stored()
        if self._pending >= PENDING_BYTES and (self._merging is None or self._merging.done()):
            self._pending = 0
            self._merging = asyncio.create_task(merge(self._database))
        self._storing = asyncio.create_task(self._store(prepared))

    async def _wait_until_stored(self) -> None:
        """Waits until the last batch is stored; raises as ``put`` does."""
        storing = self._storing
        if storing is None:
            return
        try:
            await asyncio.shield(storing)
        finally:
            if storing.done():
                self._storing = None

    async def _store(self, prepared: PreparedTraces) -> None:
        """Stores a batch; it is empty if there are only blank lines."""
        if not len(prepared):
            self._report(StoredBatch())
            return
        async with self._database.write() as session:
            deferred = prepared.size >= DEFERRED_BYTES and await defer_merging(session)
            added = await add_prepared_traces(session, prepared)
            await add_given_origins(session, new_origins(prepared, added))
            scored = await add_given_scores(session, await new_scores(session, prepared, added))
        self._pending += prepared.size if deferred and added.new else 0
        self._report(StoredBatch(len(added.new), len(prepared) - len(added.new), scored))


async def merge(database: Database) -> None:
    """Merges the index's pending list; a failure changes no result of a search, and a later write merges the rest."""
    with suppress(Unavailable, RequestTimeout):
        await merge_pending(database)


def new_origins(prepared: PreparedTraces, added: AddedPrepared) -> list[tuple[uuid.UUID, GivenOrigin]]:
    """Returns the origins that new traces have, with the traces' ids."""
    return [(added.new[position], origin) for position, origin in prepared.origins.items() if position in added.new]


async def new_scores(
    session: Session, prepared: PreparedTraces, added: AddedPrepared
) -> list[tuple[uuid.UUID, GivenScore]]:
    """Returns a batch's new scores with their traces' ids: all scores of new traces, and those that stored traces do
    not have yet (see ``KnownScores``).
    """
    hashes = prepared.columns["content_hash"]
    scored = [(position, added.ids[hashes[position]], given) for position, given in prepared.scores.items()]
    stored_before = {trace_id for position, trace_id, _ in scored if position not in added.new}
    if stored_before:
        await lock_inserts(session, scores.name)  # an import of scores may be storing the same ones
    known = await known_scores(session, stored_before)
    new: list[tuple[uuid.UUID, GivenScore]] = []
    for position, trace_id, given in scored:
        stored = known.setdefault(trace_id, KnownScores())
        fresh = [score for score in given if position in added.new or not stored.has(score)]
        for score in fresh:
            stored.add(score)
        new.extend((trace_id, score) for score in fresh)
    return new
