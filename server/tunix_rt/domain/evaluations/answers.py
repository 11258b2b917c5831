"""Answers of candidates: the traces that answer the prompts of a dataset, and their scores."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Row, Select, func, select

from tunix_rt.db.bulk import chunks
from tunix_rt.db.membership import among, among_values
from tunix_rt.db.models import dataset_traces, scores, trace_origins, traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.members import stored_members
from tunix_rt.domain.evaluations.draft import SAMPLES_MAX
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.traces.selection import TraceSelection

PROMPTS_AT_ONCE = 1000
SCORES_AT_ONCE = 5000


@dataclass(frozen=True)
class Answers:
    """The answers of a candidate by the positions of their prompts, each the newest first, and their scores.

    Args:
        token_count: the tokens of all answers; None if they are not known of every answer.
    """

    traces: Mapping[int, Sequence[uuid.UUID]]
    scores: Mapping[uuid.UUID, float]
    token_count: int | None

    @property
    def count(self) -> int:
        """The number of answers."""
        return sum(map(len, self.traces.values()))

    def prompt_scores(self) -> dict[int, float]:
        """Returns the mean score of each prompt with a scored answer."""
        scored = {
            position: [self.scores[answer] for answer in answers if answer in self.scores]
            for position, answers in self.traces.items()
        }
        return {position: math.fsum(values) / len(values) for position, values in scored.items() if values}


@dataclass(frozen=True)
class Prompts:
    """The prompts of a dataset, numbered in the order of its members.

    Args:
        by_hash: the positions by the hash of the prompt, in hex.
        by_group: the positions by groups that members were given.
    """

    by_hash: Mapping[str, int]
    by_group: Mapping[str, int]

    @property
    def count(self) -> int:
        """The number of prompts."""
        return len(self.by_hash)


async def prompts_of(database: Database, dataset_id: uuid.UUID) -> Prompts:
    """Returns the prompts of a dataset; raises as ``stored_members`` does."""
    by_hash: dict[str, int] = {}
    async for members in stored_members(database, dataset_id):
        for member in members:
            by_hash.setdefault(member.prompt_hash.hex(), len(by_hash))
    given = (
        select(traces.c.group_key, traces.c.prompt_hash)
        .join(dataset_traces, dataset_traces.c.trace_id == traces.c.id)
        .where(dataset_traces.c.dataset_id == dataset_id, traces.c.group_key != traces.c.prompt_hash)
        .order_by(dataset_traces.c.position)
    )
    by_group: dict[str, int] = {}
    async with database.read() as session:
        for row in await session.execute(given):
            by_group.setdefault(row.group_key, by_hash[row.prompt_hash])
    return Prompts(by_hash, by_group)


async def find_answers(
    database: Database, conditions: Sequence[ColumnElement[bool]], prompts: Prompts, maximum: int | None
) -> dict[int, list[uuid.UUID]]:
    """Returns the traces that answer prompts, by the prompts' positions, the newest first.

    A trace answers a prompt that it has, or that has its group.

    Args:
        conditions: select the traces.
        maximum: the maximum number of answers to one prompt; ``SAMPLES_MAX`` if it is None.
    """
    limit = maximum or SAMPLES_MAX
    found: dict[int, set[tuple[int, uuid.UUID]]] = {}
    for column, positions in ((traces.c.prompt_hash, prompts.by_hash), (traces.c.group_key, prompts.by_group)):
        for keys in chunks(list(positions), PROMPTS_AT_ONCE):
            async with database.read() as session:
                for row in await session.execute(newest_answers(column, keys, conditions, limit, database.kind)):
                    found.setdefault(positions[row.key_], set()).add((row.seq, row.id))
    return {
        position: [answer for _, answer in sorted(answers, reverse=True)[:limit]] for position, answers in found.items()
    }


def newest_answers(
    column: Column[Any], keys: Sequence[str], conditions: Sequence[ColumnElement[bool]], maximum: int, kind: str
) -> Select[Any]:
    """Returns the query of the newest traces with each of some keys in a column, as rows ``id seq key_``."""
    rank = func.row_number().over(partition_by=column, order_by=traces.c.seq.desc()).label("place_")
    ranked = (
        select(traces.c.id, traces.c.seq, column.label("key_"), rank)
        .where(among_values(column, keys, kind), *conditions)
        .subquery()
    )
    return select(ranked).where(ranked.c.place_ <= maximum)


def answers_of(candidate: Row[Any], kind: str) -> list[ColumnElement[bool]]:
    """Returns the conditions that select the answers of a candidate by its row.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    if candidate.generation_id is None:
        return msgspec.convert(candidate.selection, TraceSelection).conditions(kind)
    generated = select(trace_origins.c.trace_id).where(trace_origins.c.generation_id == candidate.generation_id)
    return [traces.c.id.in_(generated)]


async def tokens_of(session: Session, ids: Sequence[uuid.UUID]) -> int | None:
    """Returns the number of tokens of generated traces; None unless the counts of all are known."""
    known = total = 0
    for part in chunks(ids, SCORES_AT_ONCE):
        origins = select(
            func.count(trace_origins.c.token_count), func.coalesce(func.sum(trace_origins.c.token_count), 0)
        ).where(among(trace_origins.c.trace_id, part, session.dialect.name))
        row = (await session.execute(origins)).one()
        known, total = known + row[0], total + int(row[1])
    return total if known == len(ids) else None


async def latest_values(session: Session, ids: Sequence[uuid.UUID], scorer: str) -> dict[uuid.UUID, float]:
    """Returns the latest score that a scorer gave to each trace as a whole; traces without one are left out."""
    found: dict[uuid.UUID, float] = {}
    for part in chunks(ids, SCORES_AT_ONCE):
        query = select(scores.c.trace_id, scores.c.score).where(
            among(scores.c.trace_id, part, session.dialect.name),
            scores.c.scorer == scorer,
            scores.c.step_index.is_(None),
            latest(True),
        )
        found.update((row[0], row[1]) for row in await session.execute(query))
    return found
