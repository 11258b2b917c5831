"""Leaderboards: the candidates of all completed evaluations of a dataset by a scorer.

Candidates of one evaluation are compared by it; those of different ones were compared by the later evaluation, when it
was completed.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, union_all

from tunix_rt.db.membership import among
from tunix_rt.db.models import (
    evaluation_candidates,
    evaluation_outcomes,
    evaluation_pairs,
    evaluation_rivals,
    evaluations,
)
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.evaluations.ranks import groups_of, rank_ranges
from tunix_rt.domain.evaluations.significance import ALPHA, holm

ENTRIES_MAX = 30
"""The most entries of a leaderboard: the candidates that were evaluated last."""
CANDIDATES_READ = 1000


@dataclass(frozen=True)
class RankedEntry:
    """A candidate's position on a leaderboard: its best and its worst possible rank, and the groups that it is in."""

    candidate_id: uuid.UUID
    best_rank: int
    worst_rank: int
    groups: Sequence[int]


@dataclass(frozen=True)
class Ranking:
    """A leaderboard: entries with the highest mean first, and the groups that do not differ significantly."""

    entries: Sequence[RankedEntry]
    groups: Sequence[Sequence[uuid.UUID]]


async def ranked_candidates(
    session: Session, dataset_id: uuid.UUID, scorer: str, without: Collection[str] = ()
) -> list[Row[Any]]:
    """Returns the rows ``id name mean`` of the candidates of a leaderboard, those evaluated last first.

    A candidate that was evaluated several times under one name counts once, as evaluated last.

    Args:
        without: names to leave out.
    """
    query = (
        select(evaluation_candidates.c.id, evaluation_candidates.c.name, evaluation_candidates.c.mean)
        .join(evaluations, evaluations.c.id == evaluation_candidates.c.evaluation_id)
        .where(
            evaluations.c.dataset_id == dataset_id,
            evaluations.c.scorer == scorer,
            evaluations.c.status == JobStatus.COMPLETED.value,
            evaluation_candidates.c.mean.is_not(None),
        )
        .order_by(evaluations.c.completed_at.desc(), evaluations.c.id, evaluation_candidates.c.position)
        .limit(CANDIDATES_READ)
    )
    newest: dict[str, Any] = {}
    for row in (await session.execute(query)).all():
        if row.name not in without:
            newest.setdefault(row.name, row)
    return list(newest.values())[:ENTRIES_MAX]


async def prompt_scores_of(session: Session, candidate_id: uuid.UUID) -> dict[int, float]:
    """Returns the frozen score of each prompt of a candidate."""
    outcomes = evaluation_outcomes.c
    query = select(outcomes.position, outcomes.prompt_score).where(
        outcomes.candidate_id == candidate_id, outcomes.sample == 0, outcomes.prompt_score.is_not(None)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def leaderboard(session: Session, dataset_id: uuid.UUID, scorer: str) -> Ranking:
    """Returns the leaderboard of a dataset by a scorer; p-values are corrected for the number of its pairs."""
    rows = await ranked_candidates(session, dataset_id, scorer)
    order = [row.id for row in sorted(rows, key=lambda row: (-row.mean, row.name))]
    compared = await compared_pairs(session, order)
    corrected = holm([row.p_value for row in compared])
    significant = [row for row, p_value in zip(compared, corrected, strict=True) if p_value < ALPHA]
    better = {(row.a_id, row.b_id) if row.difference > 0 else (row.b_id, row.a_id) for row in significant}
    groups = groups_of(order, {frozenset(pair) for pair in better})
    ranks = rank_ranges(order, better)
    return Ranking(
        [
            RankedEntry(one, *ranks[one], [number for number, group in enumerate(groups) if one in group])
            for one in order
        ],
        groups,
    )


async def compared_pairs(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Row[Any]]:
    """Returns the rows ``a_id b_id difference p_value`` of every stored comparison among candidates."""
    kind = session.dialect.name
    parts = [
        select(table.c.a_id, table.c.b_id, table.c.difference, table.c.p_value).where(
            among(table.c.a_id, ids, kind), among(table.c.b_id, ids, kind)
        )
        for table in (evaluation_pairs, evaluation_rivals)
    ]
    return (await session.execute(union_all(*parts))).all()
