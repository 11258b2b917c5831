"""Verification: compares a dataset with its stored members and with its recipe."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import zip_longest
from pathlib import Path

import msgspec
from sqlalchemy import select

from tunix_rt.db.bulk import chunks
from tunix_rt.db.columns import id_text
from tunix_rt.db.membership import among_id_texts
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.members import Member, Spool, stored_members
from tunix_rt.domain.datasets.recipes import ListedMembers, Recipe, Sampling, recipe_of
from tunix_rt.domain.datasets.sampling import Facts, sample_traces
from tunix_rt.domain.datasets.splitting import part_members
from tunix_rt.domain.traces.selection import TraceSelection, count_selected
from tunix_rt.domain.traces.trace import content_sha256
from tunix_rt.errors import NotFound

PAYLOAD_ROWS = 500
REPORTED_CHANGES = 1000


class ChangeKind(Enum):
    """The change of a trace since the dataset was built."""

    CHANGED = "CHANGED"
    DELETED = "DELETED"
    NO_LONGER_SELECTED = "NO_LONGER_SELECTED"
    NEWLY_SELECTED = "NEWLY_SELECTED"
    MOVED = "MOVED"


class Change(msgspec.Struct, frozen=True):
    """A difference between a dataset and its stored members or its recipe.

    Args:
        position: the member's position, from 0; None for a trace that is not a member.
    """

    kind: ChangeKind
    trace_id: uuid.UUID
    position: int | None
    reason: str


@dataclass
class Verification:
    """The result of a verification.

    Args:
        sha256: the digest of the members as stored now; None if a member was deleted.
        derived_sha256: the digest of the traces that the recipe selects now, up to its ``as_of``; None if it cannot be
            derived.
        newer_count: the number of traces stored since that satisfy the recipe's filter; None for a split, and for
            listed members.
        derivation_error: the reason why the recipe cannot be derived again; None if it can.
        changes: the first 1,000; ``counts`` covers all.
    """

    sha256: str | None = None
    derived_sha256: str | None = None
    newer_count: int | None = None
    derivation_error: str | None = None
    counts: Counter[ChangeKind] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)

    @property
    def intact(self) -> bool:
        """True if every member still exists unchanged."""
        return not (self.counts[ChangeKind.CHANGED] or self.counts[ChangeKind.DELETED])

    @property
    def reproducible(self) -> bool:
        """True if the recipe gives the same members in the same order."""
        return self.derivation_error is None and not self.counts

    def record_change(self, kind: ChangeKind, trace_id: str, position: int | None, reason: str) -> None:
        """Adds a difference."""
        self.counts[kind] += 1
        if len(self.changes) < REPORTED_CHANGES:
            self.changes.append(Change(kind, uuid.UUID(trace_id), position, reason))


async def verify(database: Database, dataset_id: uuid.UUID, folder: Path) -> Verification:
    """Reads every member's payload and applies the recipe again; changes nothing.

    Args:
        folder: holds the spools, if the members are many.

    Raises:
        NotFound: there is no such dataset.
        Conflict: it is not completed.
    """
    async with database.read() as session:
        recipe = recipe_of((await completed_dataset(session, dataset_id)).recipe)
    result = Verification()
    members, derived = Spool(folder), Spool(folder)
    try:
        gone = await compare_members(database, dataset_id, members, result)
        result.sha256 = None if gone else members.sha256
        if await derive(database, recipe, derived, result):
            result.derived_sha256 = derived.sha256
            await compare_sequences(database, recipe, members, derived, gone, result)
    finally:
        members.close()
        derived.close()
    return result


async def compare_members(database: Database, dataset_id: uuid.UUID, members: Spool, result: Verification) -> set[str]:
    """Records changed and deleted members, spools the members as they are now, and returns the ids of deleted ones."""
    gone: set[str] = set()
    async for rows in stored_members(database, dataset_id, PAYLOAD_ROWS):
        present = await content_hashes(database, [row.trace_id for row in rows])
        for row in rows:
            content = present.get(row.trace_id)
            if content is None:
                gone.add(row.trace_id)
                result.record_change(ChangeKind.DELETED, row.trace_id, row.position, "The trace was deleted.")
            elif content != row.content_hash:
                reason = "The stored trace has changed: its sha256 differs."
                result.record_change(ChangeKind.CHANGED, row.trace_id, row.position, reason)
        members.add([Member(row.trace_id, present.get(row.trace_id, row.content_hash), b"") for row in rows])
    return gone


async def content_hashes(database: Database, ids: Sequence[str]) -> dict[str, bytes]:
    """Returns the sha256 of stored traces, computed from the stored payloads."""
    trace_id = id_text(traces.c.id, database.kind)
    query = select(trace_id, traces.c.payload, traces.c.external_id).where(
        among_id_texts(traces.c.id, ids, database.kind)
    )
    async with database.read() as session:
        return {
            found: content_sha256(payload.encode(), external_id)
            for found, payload, external_id in await session.execute(query)
        }


async def derive(database: Database, recipe: Recipe, derived: Spool, result: Verification) -> bool:
    """Spools the members that the recipe gives now; records the reason and returns False if it cannot be applied."""
    if isinstance(recipe, Sampling):
        async for facts in sample_traces(database, recipe):
            derived.add([member_of(row) for row in facts])
        everything = TraceSelection(recipe.selection.where)
        result.newer_count = await count_selected(database, everything) - await count_selected(
            database, TraceSelection(recipe.selection.where, as_of=recipe.selection.as_of)
        )
        return True
    if isinstance(recipe, ListedMembers):
        result.derivation_error = f"Its members are a list from {recipe.origin}, which no recipe can select again."
        return False
    try:
        async for facts in part_members(database, recipe):
            derived.add([member_of(row) for row in facts])
    except NotFound as error:
        result.derivation_error = error.message
        return False
    return True


def member_of(facts: Facts) -> Member:
    """Returns a member with a trace's facts (see ``sampling.FACTS``)."""
    return Member(facts[0], bytes.fromhex(facts[1]), b"")


async def compare_sequences(
    database: Database, recipe: Recipe, members: Spool, derived: Spool, gone: set[str], result: Verification
) -> None:
    """Records the members that the recipe no longer selects, and the traces that it selects in addition."""
    if all(old == new for old, new in zip_longest(remaining_ids(members, gone), ids_in(derived))):
        return
    before, after = list(remaining_ids(members, gone)), list(ids_in(derived))
    remaining, selected = set(before), set(after)
    positions = {trace_id: position for position, trace_id in enumerate(ids_in(members)) if trace_id not in selected}
    left = [trace_id for trace_id in before if trace_id not in selected]
    matching = await matching_members(database, recipe, left)
    for trace_id in left:
        reason = "Other traces precede it now." if trace_id in matching else "The trace no longer satisfies the filter."
        result.record_change(ChangeKind.NO_LONGER_SELECTED, trace_id, positions[trace_id], reason)
    reason = "The trace satisfies the filter now, or replaces a member that was deleted."
    for trace_id in after:
        if trace_id not in remaining:
            result.record_change(ChangeKind.NEWLY_SELECTED, trace_id, None, reason)
    record_moved(members, after, remaining & selected, result)


def record_moved(members: Spool, after: Sequence[str], both: set[str], result: Verification) -> None:
    """Records the remaining members whose place among each other has changed, with their positions in the dataset."""
    before = ((position, one) for position, one in enumerate(ids_in(members)) if one in both)
    reason = "Among the members that remain, another one has its place now."
    for (position, old), new in zip(before, (one for one in after if one in both), strict=False):
        if old != new:
            result.record_change(ChangeKind.MOVED, old, position, reason)


def ids_in(spool: Spool) -> Iterator[str]:
    """Yields the ids of spooled members, in order."""
    return (member.trace_id for batch in spool.batches() for member in batch)


def remaining_ids(members: Spool, gone: set[str]) -> Iterator[str]:
    """Yields the ids of members that are not deleted, in order."""
    return (trace_id for trace_id in ids_in(members) if trace_id not in gone)


async def matching_members(database: Database, recipe: Recipe, ids: Sequence[str]) -> set[str]:
    """Returns the traces that satisfy the filter of a sampling; all of them for another recipe."""
    if not isinstance(recipe, Sampling):
        return set(ids)
    found: set[str] = set()
    conditions = recipe.selection.conditions(database.kind)
    for part in chunks(ids):
        query = select(id_text(traces.c.id, database.kind)).where(
            among_id_texts(traces.c.id, part, database.kind), *conditions
        )
        async with database.read() as session:
            found.update((await session.execute(query)).scalars())
    return found
