"""Reads pages of groups, and what a page shows of their traces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, not_, select

from tunix_rt.db.membership import among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.models.traces import PREVIEW_CHARS
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ROW_BYTES, ReadBudget, rows_within
from tunix_rt.domain.groups.answers import CountedAnswer, DistinctAnswer, distinct_answers
from tunix_rt.domain.groups.grouping import Grouping, in_groups, trace_groups
from tunix_rt.domain.groups.statistics import mean_of, variance_of
from tunix_rt.domain.traces.trace import decode_stored
from tunix_rt.offload import off_loop


class Moments(NamedTuple):
    """The mean and the sample variance of the scores of a group; None if they do not exist."""

    mean: float | None
    variance: float | None


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


async def moments_of(
    session: Session, grouping: Grouping, keys: Collection[str], within: ReadBudget
) -> dict[str, Moments]:
    """Returns the mean and the variance of the scores of each group.

    Raises:
        AnswerTooLarge: there are too many distinct scores.
    """
    rows: Sequence[Any] = []
    if grouping.scorer is not None:
        query = grouping.members(traces.c.group_key, scores.c.score, func.count())
        query = query.where(in_groups(keys, session.dialect.name), scores.c.score.is_not(None))
        rows = await counted_rows(session, query.group_by(traces.c.group_key, scores.c.score), within)
    return await off_loop(len(rows) * ROW_BYTES, moments, keys, rows)


def moments(keys: Collection[str], rows: Sequence[Any]) -> dict[str, Moments]:
    """Returns the moments of each key from rows of key, score and number."""
    found: dict[str, dict[float, int]] = {key: {} for key in keys}
    for key, score, count in rows:
        found[key][score] = count
    return {key: Moments(mean_of(counts), variance_of(counts)) for key, counts in found.items()}


async def answers_of(
    session: Session, grouping: Grouping, keys: Collection[str], within: ReadBudget
) -> dict[str, list[DistinctAnswer]]:
    """Returns the distinct answers of each group, the most frequent first.

    Raises:
        AnswerTooLarge: there are too many distinct answers, or the long ones exceed the budget.
    """
    of_groups = in_groups(keys, session.dialect.name)
    key, preview, seq = traces.c.group_key, traces.c.final_answer_preview, func.min(traces.c.seq)
    is_whole = func.length(preview) < PREVIEW_CHARS
    short = grouping.members(key, preview, seq, *grouping.counts).where(of_groups, is_whole).group_by(key, preview)
    long = grouping.members(key, traces.c.payload, seq, *grouping.counts).where(of_groups, not_(is_whole))
    long = long.group_by(traces.c.seq, key, traces.c.payload)
    before = within.taken
    short_rows = await counted_rows(session, short, within)
    long_rows = await rows_within(session, long, within)
    return await off_loop(within.taken - before, answers_by_group, keys, short_rows, long_rows)


def answers_by_group(
    keys: Collection[str], short: Sequence[Any], long: Sequence[Any]
) -> dict[str, list[DistinctAnswer]]:
    """Returns the distinct answers of each key from rows of key, answer (payload if ``long``), place and counts."""
    found: dict[str, list[CountedAnswer]] = {key: [] for key in keys}
    for key, *answer in short:
        found[key].append(CountedAnswer(*answer))
    for key, payload, *counts in (row[:6] for row in long):
        found[key].append(CountedAnswer(decode_stored(payload).final_answer, *counts))
    return {key: distinct_answers(answers) for key, answers in found.items()}


async def counted_rows(session: Session, query: Select[Any], within: ReadBudget) -> Sequence[Any]:
    """Returns the rows of a query, which are short, but as many as a group has traces at worst.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    rows: Sequence[Any] = (await session.execute(query.limit(within.left // ROW_BYTES + 1))).all()
    within.take(len(rows) * ROW_BYTES)
    return rows
