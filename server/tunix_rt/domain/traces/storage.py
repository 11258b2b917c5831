"""Stores, finds and deletes traces, which never change."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, func, select, text

from tunix_rt.db.bulk import chunks
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among, among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.models.traces import PREVIEW_CHARS
from tunix_rt.db.session import Session, lock_inserts
from tunix_rt.domain.filtering.predicates import Predicate
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.text import sha256
from tunix_rt.domain.traces.search_index import Body, body_of, insert_searchable, remove_from_index
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


async def add_traces(
    session: Session, drafts: Sequence[TraceDraft], bodies: Sequence[Body] | None = None
) -> list[dict[str, Any]]:
    """Stores every draft and returns the stored rows in input order.

    Their creation times differ by a microsecond each, so that they are in input order.

    Args:
        bodies: the drafts' words, see ``search_index.body_of``; None to make them.
    """
    if not drafts:
        return []
    await lock_inserts(session, traces.name)
    rows = await off_loop(size_of(drafts), rows_of, drafts, now())
    if bodies is None:
        bodies = await off_loop(size_of(drafts), drafted_bodies, drafts, session.dialect.name)
    await insert_searchable(session, rows, bodies)
    return rows


async def add_new_traces(
    session: Session, drafts: Sequence[TraceDraft], bodies: Mapping[str, Body] | None = None
) -> Added:
    """Stores the drafts that are not duplicates by content hash, of stored traces or in the batch, or by id.

    Args:
        bodies: the words of each draft by its content hash, see ``search_index.body_of``; None to make them.
    """
    fresh = await off_loop(size_of(drafts), by_content, drafts)
    await lock_inserts(session, traces.name)
    ids = await ids_by_content(session, list(fresh))
    unknown = [draft for content_hash, draft in fresh.items() if content_hash not in ids]
    taken = await existing_ids(session, [draft.id for draft in unknown if draft.id])
    new = [draft for draft in unknown if draft.id not in taken]
    rows = await add_traces(session, new, None if bodies is None else [bodies[draft.content_hash] for draft in new])
    ids |= {row["content_hash"]: row["id"] for row in rows}
    return Added(rows, len(drafts) - len(new), new, ids)


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


def identities(drafts: Sequence[TraceDraft]) -> list[tuple[str, str | None]]:
    """Returns the identity of each draft: its content hash and its external id."""
    return [(draft.content_hash, draft.external_id) for draft in drafts]


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
    trace = draft.payload
    prompt_hash = sha256(trace.prompt.encode())
    return {
        "id": draft.id or new_id(),
        "created_at": draft.created_at or created_at,
        "trace_version": trace.trace_version,
        "source": draft.source,
        "prompt_hash": prompt_hash,
        "content_hash": draft.content_hash,
        "step_count": len(trace.steps),
        "char_count": draft.char_count,
        "prompt_preview": trace.prompt[:PREVIEW_CHARS],
        "final_answer_preview": trace.final_answer[:PREVIEW_CHARS],
        "external_id": draft.external_id,
        "meta": trace.meta,
        "payload": draft.canonical.decode(),
        "reference_answer": draft.reference_answer,
        "group_key": draft.group or prompt_hash,
    }


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
    session: Session, where: Predicate, most: int, after: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """Returns the ids of at most ``most`` traces that satisfy a predicate, in ascending order, after a given id."""
    query = (
        select(traces.c.id)
        .where(compile_predicate(where, TRACES, session.dialect.name))
        .order_by(traces.c.id)
        .limit(most)
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
    place: int,
    columns: Sequence[Column[Any]],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> Sequence[Any]:
    """Returns the next traces after a ``seq`` in the order of commits: the columns, then ``seq``."""
    query = select(*columns, traces.c.seq).where(traces.c.seq > place, *conditions).order_by(traces.c.seq)
    return (await session.execute(query.limit(limit))).all()


async def existing_ids(session: Session, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Returns those of the given ids for which a trace exists."""
    found: set[uuid.UUID] = set()
    for part in chunks(list(ids)):
        found.update(
            (await session.execute(select(traces.c.id).where(among(traces.c.id, part, session.dialect.name)))).scalars()
        )
    return found
