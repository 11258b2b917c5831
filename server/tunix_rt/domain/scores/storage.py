"""Storage of scores from code, models and people, which are never changed, only superseded."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Column, func, insert, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.columns import by_stored_id, stored_id
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.membership import among, among_parameter, id_list
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ReadBudget
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.keys.acting import author
from tunix_rt.domain.scores.draft import GivenScore, KnownScores, ScoreDraft, ScoreKind, check_score_draft, check_step
from tunix_rt.errors import NotFound


class IndexedStep(msgspec.Struct, gc=False):
    """The index of a stored step; its type and content are skipped while decoding."""

    i: int


class IndexedSteps(msgspec.Struct):
    """The part of a stored trace that ``step_indexes`` decodes."""

    steps: list[IndexedStep]


decode_indexes = msgspec.json.Decoder(IndexedSteps).decode

SCORERS_MAX = 1000
SCORE_ROWS = 5000
"""The maximum number of scores in one statement."""
LATEST_OF_TRACE = (scores.c.step_index.is_(None), latest(True))
"""The conditions for the latest scores of whole traces, of which a trace has at most one by each scorer."""
BY_SCORER = SortOrder((Term(scores.c.scorer, descending=False),))
"""The order of the latest scores of a trace."""


async def add_score(session: Session, draft: ScoreDraft) -> dict[str, Any]:
    """Stores a score and returns its row.

    Raises:
        BadUserInput: a value is out of its limits, or the trace does not have the step.
        NotFound: there is no such trace.
    """
    check_score_draft(draft)
    check_step(draft.step_index, await step_indexes(session, draft.trace_id))
    row = given_row(draft.trace_id, draft, now())
    await session.execute(insert(scores), [row])
    return row


async def step_indexes(session: Session, trace_id: uuid.UUID) -> set[int]:
    """Returns the indexes of a trace's steps.

    Raises:
        NotFound: there is no such trace.
    """
    payload = (await session.execute(select(traces.c.payload).where(traces.c.id == trace_id))).scalar()
    if payload is None:
        raise NotFound(f"There is no trace {trace_id}.", ["traceId"])
    return {step.i for step in decode_indexes(payload).steps}


def given_row(trace_id: uuid.UUID, given: GivenScore, at: datetime) -> dict[str, Any]:
    """Returns the row of a score; ``at`` is the time of scoring if the score has none."""
    return {
        "id": new_id(),
        "trace_id": trace_id,
        "step_index": given.step_index,
        "scorer": given.scorer,
        "scorer_version": given.scorer_version,
        "kind": given.kind.value,
        "score": given.score,
        "rationale": given.rationale,
        "details": given.details,
        "scored_at": given.scored_at or at,
        "run_id": None,
        "created_by": author(),
    }


async def add_given_scores(session: Session, given: Iterable[tuple[uuid.UUID, GivenScore]]) -> int:
    """Stores validated scores of stored traces and returns their number."""
    at = now()
    rows = [given_row(trace_id, score, at) for trace_id, score in given]
    for part in chunks(rows, SCORE_ROWS):
        await insert_rows(session, scores, part)
    return len(rows)


async def known_scores(session: Session, trace_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, KnownScores]:
    """Returns the stored scores of each trace, to detect duplicates."""
    known: dict[uuid.UUID, KnownScores] = {trace_id: KnownScores() for trace_id in trace_ids}
    columns = (scores.c.trace_id, *(scores.c[name] for name in GivenScore.__struct_fields__))
    for part in chunks(list(trace_ids)):
        query = select(*columns).where(among(scores.c.trace_id, part, session.dialect.name))
        for row in await session.execute(query):
            values = row._mapping
            score = GivenScore(**{name: values[name] for name in GivenScore.__struct_fields__})
            known[row.trace_id].add(msgspec.structs.replace(score, kind=ScoreKind(score.kind)))
    return known


async def scorers_in_use(session: Session) -> list[tuple[str, float, float]]:
    """Returns the first ``SCORERS_MAX`` scorers by name, each with its lowest and highest score.

    A recursive query seeks the index scorer by scorer, whatever the number of scores.
    """
    known = select(func.min(scores.c.scorer).label("scorer")).cte("known", recursive=True)
    later = select(func.min(scores.c.scorer)).where(scores.c.scorer > known.c.scorer)
    known = known.union_all(select(later.scalar_subquery()).where(known.c.scorer.is_not(None)).select_from(known))
    ends = [
        select(end(scores.c.score)).where(scores.c.scorer == known.c.scorer).scalar_subquery()
        for end in (func.min, func.max)
    ]
    query = select(known.c.scorer, *ends).where(known.c.scorer.is_not(None)).limit(SCORERS_MAX)
    return [(row[0], row[1], row[2]) for row in await session.execute(query)]


async def has_scores_of(session: Session, scorer: str) -> bool:
    """Returns whether there is a score by a scorer."""
    query = select(scores.c.id).where(scores.c.scorer == scorer).limit(1)
    return (await session.execute(query)).first() is not None


async def latest_scores(
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any], within: ReadBudget | None = None
) -> dict[uuid.UUID, list[Any]]:
    """Returns each trace's latest whole-trace score of every scorer, ordered by the scorer's name, in one statement.

    Args:
        columns: the first columns of each row.
        within: the budget for the rows' size; None for no limit.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    kind, position = session.dialect.name, len(columns)
    statement = latest_statement(kind, tuple(columns), of_steps=False)
    grouped: dict[uuid.UUID, list[Any]] = {trace_id: [] for trace_id in trace_ids}
    stored = by_stored_id(grouped, kind)
    for row in await statement.rows(session, within, ids=trace_ids):
        stored[row[position]].append(row)
    return grouped


async def latest_step_scores(
    session: Session, trace_ids: Sequence[uuid.UUID], columns: Sequence[Any], within: ReadBudget | None = None
) -> dict[tuple[uuid.UUID, int], list[Any]]:
    """Returns the latest score of every scorer for each step of some traces, by the scorer's name, in one statement.

    Args:
        columns: the first columns of each row.
        within: the budget for the rows' size; None for no limit.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    position = len(columns)
    statement = latest_statement(session.dialect.name, tuple(columns), of_steps=True)
    grouped: dict[tuple[uuid.UUID, int], list[Any]] = {}
    for row in await statement.rows(session, within, ids=trace_ids):
        grouped.setdefault((row[position], row[position + 1]), []).append(row)
    return grouped


@lru_cache(maxsize=1000)
def latest_statement(kind: str, columns: tuple[Column[Any], ...], *, of_steps: bool) -> Prepared:
    """Returns the query of the latest scores of traces or of their steps; its last columns are trace and step.

    The trace of a whole trace's score is as in ``stored_id``.
    """
    step = scores.c.step_index
    trace = scores.c.trace_id if of_steps else stored_id(scores.c.trace_id, kind)
    return Prepared(
        select(*columns, trace.label("of_trace"), step.label("of_step"))
        .where(
            among_parameter(scores.c.trace_id, id_list("ids"), kind),
            step.is_not(None) if of_steps else step.is_(None),
            latest(True),
        )
        .order_by(scores.c.trace_id, step, scores.c.scorer)
    )
