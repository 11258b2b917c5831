"""Reads pages of groups, and what a page shows of their traces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, not_, select

from tunix_rt.db.membership import among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.models.traces import PREVIEW_CHARS
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ReadBudget, rows_within
from tunix_rt.domain.groups.answers import CountedAnswer, DistinctAnswer, distinct_answers
from tunix_rt.domain.groups.grouping import Grouping, in_groups, trace_groups
from tunix_rt.domain.traces.trace import decode_stored


async def group_rows(
    session: Session,
    grouping: Grouping,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    limit: int,
) -> Sequence[Any]:
    """Returns the next groups in the direction of paging, nearest first, as tuples.

    Args:
        columns: those of ``trace_groups``.
        conditions: on its columns, the start of the page included.
    """
    query = select(*columns).where(*conditions).order_by(*order.clauses(backward=backward)).limit(limit)
    return (await session.execute(query.add_cte(grouping.groups()))).all()


async def count_groups(session: Session, grouping: Grouping, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Returns the number of groups that meet all conditions."""
    query = select(func.count()).select_from(trace_groups).where(*conditions)
    return (await session.execute(query.add_cte(grouping.groups()))).scalar_one()


async def first_traces(
    session: Session, places: Collection[int], columns: Sequence[ColumnElement[Any]], within: ReadBudget
) -> dict[int, Any]:
    """Returns the columns of traces by their places in the order of commits; the place is the last column.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    query = select(*columns, traces.c.seq).where(among_values(traces.c.seq, places, session.dialect.name))
    return {row[len(columns)]: row for row in await rows_within(session, query, within)}


async def score_counts(session: Session, grouping: Grouping, keys: Collection[str]) -> dict[str, dict[float, int]]:
    """Returns the numbers of the members of each group with each score."""
    found: dict[str, dict[float, int]] = {key: {} for key in keys}
    if grouping.scorer is None:
        return found
    query = grouping.members(traces.c.group_key, scores.c.score, func.count())
    query = query.where(in_groups(keys, session.dialect.name), scores.c.score.is_not(None))
    for key, score, count in await session.execute(query.group_by(traces.c.group_key, scores.c.score)):
        found[key][score] = count
    return found


async def answers_of(
    session: Session, grouping: Grouping, keys: Collection[str], within: ReadBudget
) -> dict[str, list[DistinctAnswer]]:
    """Returns the distinct answers of each group, the most frequent first.

    Raises:
        AnswerTooLarge: the long answers exceed the budget.
    """
    found: dict[str, list[CountedAnswer]] = {key: [] for key in keys}
    of_groups = in_groups(keys, session.dialect.name)
    key, preview, seq = traces.c.group_key, traces.c.final_answer_preview, func.min(traces.c.seq)
    is_whole = func.length(preview) < PREVIEW_CHARS
    short = grouping.members(key, preview, seq, *grouping.counts).where(of_groups, is_whole).group_by(key, preview)
    for group, *answer in await session.execute(short):
        found[group].append(CountedAnswer(*answer))
    long = grouping.members(key, traces.c.payload, seq, *grouping.counts).where(of_groups, not_(is_whole))
    long = long.group_by(traces.c.seq, key, traces.c.payload)
    for group, payload, *counts in (row[:6] for row in await rows_within(session, long, within)):
        found[group].append(CountedAnswer(decode_stored(payload).final_answer, *counts))
    return {key: distinct_answers(answers) for key, answers in found.items()}
