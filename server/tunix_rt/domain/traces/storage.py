"""Stores, finds and deletes traces, which never change."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, func, select, text

from tunix_rt.db.bulk import chunks, driver_columns
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among, among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session, lock_inserts
from tunix_rt.db.weighing import rows_up_to
from tunix_rt.domain.filtering.predicates import Predicate
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.traces.prepared import PreparedTraces, derived_columns
from tunix_rt.domain.traces.search_bodies import Body, body_of
from tunix_rt.domain.traces.search_index import insert_searchable, remove_from_index
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.offload import off_loop

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Added:
    """The result of adding a batch of drafts: the new ones in input order, and the number of duplicates.

    Args:
        drafts: the draft of each row.
        ids: from each content hash of the batch to the trace that has it now, the oldest one if there are several.
    """

    rows: list[dict[str, Any]]
    duplicates: int
    drafts: list[TraceDraft]
    ids: dict[str, uuid.UUID]


@dataclass(frozen=True)
class AddedPrepared:
    """The result of adding prepared traces.

    Args:
        new: from the position of each new trace to its id, in input order.
        ids: from each content hash to the trace that has it now, the oldest one if there are several.
    """

    new: dict[int, uuid.UUID]
    ids: dict[str, uuid.UUID]


async def add_traces(session: Session, drafts: Sequence[TraceDraft]) -> list[dict[str, Any]]:
    """Stores every draft and returns the stored rows in input order.

    Their creation times differ by a microsecond each, so that they are in input order.
    """
    if not drafts:
        return []
    await lock_inserts(session, traces.name)
    rows = await off_loop(size_of(drafts), rows_of, drafts, now())
    bodies = await off_loop(size_of(drafts), drafted_bodies, drafts, session.dialect.name)
    await insert_searchable(session, driver_columns(traces, rows, session.dialect), bodies)
    return rows


async def add_new_traces(session: Session, drafts: Sequence[TraceDraft]) -> Added:
    """Stores the drafts that are not duplicates by content hash, of stored traces or in the batch, or by id."""
    fresh = await off_loop(size_of(drafts), by_content, drafts)
    await lock_inserts(session, traces.name)
    ids = await ids_by_content(session, list(fresh))
    unknown = [draft for content_hash, draft in fresh.items() if content_hash not in ids]
    taken = await existing_ids(session, [draft.id for draft in unknown if draft.id])
    new = [draft for draft in unknown if draft.id not in taken]
    rows = await add_traces(session, new)
    ids |= {row["content_hash"]: row["id"] for row in rows}
    return Added(rows, len(drafts) - len(new), new, ids)


async def add_prepared_traces(session: Session, prepared: PreparedTraces) -> AddedPrepared:
    """Stores the traces that are not duplicates by content hash, of stored traces or of earlier ones among them.

    Their creation times differ by a microsecond each, so that they are in input order.
    """
    if not len(prepared):
        return AddedPrepared({}, {})
    hashes: list[str] = prepared.columns["content_hash"]
    first = dict(zip(reversed(hashes), range(len(hashes) - 1, -1, -1), strict=True))
    await lock_inserts(session, traces.name)
    ids = await ids_by_content(session, list(first))
    positions = sorted(first[content_hash] for content_hash in first.keys() - ids.keys())
    columns, bodies = prepared.columns, prepared.bodies
    if len(positions) < len(hashes):
        columns = {name: [values[position] for position in positions] for name, values in columns.items()}
        bodies = [bodies[position] for position in positions]
    new, start = {position: new_id() for position in positions}, now()
    if new:
        given = [
            {"id": identity, "created_at": start + MICROSECOND * number} for number, identity in enumerate(new.values())
        ]
        await insert_searchable(session, driver_columns(traces, given, session.dialect) | columns, bodies)
    ids |= {hashes[position]: identity for position, identity in new.items()}
    return AddedPrepared(new, ids)


async def ids_by_content(session: Session, hashes: Sequence[str]) -> dict[str, uuid.UUID]:
    """Returns the id of the oldest stored trace for each content hash that has one."""
    found: dict[str, uuid.UUID] = {}
    for part in chunks(hashes):
        known = among_values(traces.c.content_hash, part, session.dialect.name)
        query = select(traces.c.content_hash, traces.c.id).where(known).order_by(traces.c.seq)
        for content_hash, trace_id in await session.execute(query):
            found.setdefault(content_hash, trace_id)
    return found


def size_of(drafts: Sequence[TraceDraft]) -> int:
    """Returns the total size of drafts in bytes."""
    return sum(len(draft.canonical) for draft in drafts)


def identities(drafts: Sequence[TraceDraft]) -> list[tuple[str | None, ...]]:
    """Returns what distinguishes each draft: its content hash, its external id, and what is stored beside the payload.

    The latter is left out if there is none, so that requests from before it was compared can still be repeated.
    """
    return [identity_of(draft) for draft in drafts]


def identity_of(draft: TraceDraft) -> tuple[str | None, ...]:
    """Returns what distinguishes a draft; see ``identities``."""
    content, beside = (draft.content_hash, draft.external_id), (draft.reference_answer, draft.group)
    return content if beside == (None, None) else content + beside


def by_content(drafts: Sequence[TraceDraft]) -> dict[str, TraceDraft]:
    """Returns the first draft of each content hash, in order."""
    fresh: dict[str, TraceDraft] = {}
    for draft in drafts:
        fresh.setdefault(draft.content_hash, draft)
    return fresh


def rows_of(drafts: Sequence[TraceDraft], start: datetime) -> list[dict[str, Any]]:
    """Returns the rows of drafts, with creation times from ``start`` on."""
    return [row_of(draft, start + MICROSECOND * position) for position, draft in enumerate(drafts)]


def drafted_bodies(drafts: Sequence[TraceDraft], kind: str) -> list[Body]:
    """Returns the words of drafts for ``insert_searchable``."""
    return [body_of(draft.payload, kind) for draft in drafts]


def row_of(draft: TraceDraft, created_at: datetime) -> dict[str, Any]:
    """Returns the row of a draft: the payload and its derived columns."""
    return {"id": draft.id or new_id(), "created_at": draft.created_at or created_at, **derived_columns(draft)}


async def delete_traces(session: Session, ids: Collection[uuid.UUID]) -> int:
    """Deletes traces with their scores and returns the number of deleted traces."""
    deleted = 0
    for part in chunks(list(ids)):
        await remove_from_index(session, part)
        await session.execute(delete(scores).where(among(scores.c.trace_id, part, session.dialect.name)))
        deleted += (
            await session.execute(delete(traces).where(among(traces.c.id, part, session.dialect.name)))
        ).rowcount
    return deleted


async def matching_ids(
    session: Session, where: Predicate, maximum: int, after: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Returns the ids of at most ``maximum`` traces that satisfy a predicate, in ascending order, after a given id."""
    query = (
        select(traces.c.id)
        .where(compile_predicate(where, TRACES, session.dialect.name))
        .order_by(traces.c.id)
        .limit(maximum)
    )
    if after is not None:
        query = query.where(traces.c.id > after)
    return list((await session.execute(query)).scalars())


async def count_traces(session: Session, where: Predicate, after: uuid.UUID | None = None) -> int:
    """Returns the number of traces that satisfy a predicate; only those with greater ids if ``after`` is given."""
    query = select(func.count()).select_from(traces).where(compile_predicate(where, TRACES, session.dialect.name))
    if after is not None:
        query = query.where(traces.c.id > after)
    return (await session.execute(query)).scalar_one()


async def last_seq(session: Session) -> int:
    """Returns the ``seq`` of the latest trace in the order of commits; 0 if there is none."""
    return (await session.execute(select(func.max(traces.c.seq)))).scalar() or 0


async def has_ever_held_traces(session: Session) -> bool:
    """Returns whether a trace was ever stored, even if it has been deleted."""
    counters = {
        "sqlite": "SELECT seq > 0 FROM sqlite_sequence WHERE name = 'traces'",
        "postgresql": "SELECT is_called FROM traces_seq_seq",
    }
    return bool((await session.execute(text(counters[session.dialect.name]))).scalar())


async def seq_of(session: Session, trace_id: uuid.UUID) -> int | None:
    """Returns the ``seq`` of a trace in the order of commits; None if there is no such trace."""
    return (await session.execute(select(traces.c.seq).where(traces.c.id == trace_id))).scalar()


async def traces_after(
    session: Session,
    seq: int,
    columns: Sequence[Column[Any]],
    conditions: Sequence[ColumnElement[bool]],
    *,
    limit: int,
    max_bytes: int,
) -> tuple[Sequence[Any], bool]:
    """Returns the next traces after a ``seq`` in the order of commits, and whether there may be more.

    Each row has the columns, then ``seq``. The rows together may exceed ``max_bytes`` by the last of them alone.
    """
    query = select(*columns, traces.c.seq).where(traces.c.seq > seq, *conditions).order_by(traces.c.seq)
    return await rows_up_to(session, query, limit, max_bytes)


async def existing_ids(session: Session, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids for which a trace exists."""
    found: set[uuid.UUID] = set()
    for part in chunks(list(ids)):
        found.update(
            (await session.execute(select(traces.c.id).where(among(traces.c.id, part, session.dialect.name)))).scalars()
        )
    return found
