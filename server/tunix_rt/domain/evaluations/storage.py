"""Storage of the results of evaluations: outcomes of prompts, statistics of candidates and pairs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from tunix_rt.db.bulk import insert_columns
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import (
    evaluation_candidates,
    evaluation_outcomes,
    evaluation_pairs,
    evaluation_rivals,
)
from tunix_rt.db.session import Session
from tunix_rt.domain.evaluations.answers import Answers


async def candidates_of(session: Session, evaluation_id: uuid.UUID) -> Sequence[Row[Any]]:
    """Returns the rows of an evaluation's candidates in order."""
    query = select(evaluation_candidates).where(evaluation_candidates.c.evaluation_id == evaluation_id)
    return (await session.execute(query.order_by(evaluation_candidates.c.position))).all()


async def remove_results(session: Session, evaluation_id: uuid.UUID, candidate_ids: Sequence[uuid.UUID]) -> None:
    """Removes what an earlier attempt has stored."""
    await session.execute(delete(evaluation_pairs).where(evaluation_pairs.c.evaluation_id == evaluation_id))
    for candidate_id in candidate_ids:
        await session.execute(delete(evaluation_outcomes).where(evaluation_outcomes.c.candidate_id == candidate_id))
        await session.execute(delete(evaluation_rivals).where(evaluation_rivals.c.a_id == candidate_id))


def outcome_columns(candidate_id: uuid.UUID, answers: Answers) -> dict[str, list[Any]]:
    """Returns the outcomes of a candidate as one list for each column, a row for each answer."""
    means = answers.prompt_scores()
    rows = [
        (candidate_id.hex, position, sample, answer.hex, answers.scores.get(answer), means.get(position))
        for position, found in sorted(answers.traces.items())
        for sample, answer in enumerate(found)
    ]
    names = ("candidate_id", "position", "sample", "trace_id", "score", "prompt_score")
    return {name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}


async def add_outcomes(session: Session, columns: Mapping[str, Sequence[Any]]) -> None:
    """Stores outcomes that are given by columns."""
    await insert_columns(session, evaluation_outcomes, columns)


async def update_candidate(session: Session, candidate_id: uuid.UUID, values: Mapping[str, Any]) -> None:
    """Sets the statistics of a candidate."""
    await session.execute(
        update(evaluation_candidates).where(evaluation_candidates.c.id == candidate_id).values(dict(values))
    )


async def add_pairs(session: Session, evaluation_id: uuid.UUID, pairs: Sequence[Mapping[str, Any]]) -> None:
    """Stores the comparisons of an evaluation's candidates, in order."""
    rows = [
        {"id": new_id(), "evaluation_id": evaluation_id, "position": position, **pair}
        for position, pair in enumerate(pairs)
    ]
    if rows:
        await session.execute(insert(evaluation_pairs), rows)


async def add_rivals(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Stores the comparisons with candidates of other evaluations."""
    if rows:
        await session.execute(insert(evaluation_rivals), [dict(row) for row in rows])
