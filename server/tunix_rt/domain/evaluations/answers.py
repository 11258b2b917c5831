"""Answers of candidates: the traces that answer the prompts of a dataset, and their scores."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from tunix_rt.db.bulk import chunks
from tunix_rt.db.membership import among, among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.members import stored_members
from tunix_rt.domain.evaluations.draft import SAMPLES_MAX
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.traces.selection import TraceSelection

PROMPTS_AT_ONCE = 1000
SCORES_AT_ONCE = 5000


@dataclass(frozen=True)
class Answers:
    """The answers of a candidate by the positions of their prompts, each the newest first, and their scores."""

    traces: Mapping[int, Sequence[uuid.UUID]]
    scores: Mapping[uuid.UUID, float]

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


async def prompt_positions(database: Database, dataset_id: uuid.UUID) -> dict[str, int]:
    """Returns the prompts of a dataset, as hashes in hex, numbered in the order of its members."""
    positions: dict[str, int] = {}
    async for members in stored_members(database, dataset_id):
        for member in members:
            positions.setdefault(member.prompt_hash.hex(), len(positions))
    return positions


async def find_answers(
    database: Database, selection: TraceSelection, prompts: Mapping[str, int], most: int | None
) -> dict[int, list[uuid.UUID]]:
    """Returns the selected traces that answer prompts, by the prompts' positions, the newest first.

    Args:
        most: the most answers to one prompt; ``SAMPLES_MAX`` if it is None.
    """
    found: dict[int, list[uuid.UUID]] = {}
    for hashes in chunks(list(prompts), PROMPTS_AT_ONCE):
        place = func.row_number().over(partition_by=traces.c.prompt_hash, order_by=traces.c.seq.desc()).label("place_")
        ranked = (
            select(traces.c.id, traces.c.prompt_hash, place)
            .where(among_values(traces.c.prompt_hash, hashes, database.kind), *selection.conditions(database.kind))
            .subquery()
        )
        newest = select(ranked).where(ranked.c.place_ <= (most or SAMPLES_MAX)).order_by(ranked.c.place_)
        async with database.read() as session:
            for row in await session.execute(newest):
                found.setdefault(prompts[row.prompt_hash], []).append(row.id)
    return found


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
