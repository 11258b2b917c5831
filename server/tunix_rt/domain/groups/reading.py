"""Reads pages of groups, and the fields of their traces that a page shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, not_, select

from tunix_rt.db.membership import among_values
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ROW_BYTES, ReadBudget, rows_within
from tunix_rt.domain.groups.answers import CountedAnswer, DistinctAnswer, distinct_answers
from tunix_rt.domain.groups.grouping import Grouping, in_groups, trace_groups, uses_grades
from tunix_rt.domain.groups.statistics import mean_of, variance_of
from tunix_rt.domain.traces.trace import PREVIEW_CHARS, decode_stored
from tunix_rt.offload import off_loop

FIRST_GROUPS = 1000
"""The number of groups that are graded at first to fill a page of those that meet conditions on their grades."""


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

    Scores are read of the page's groups alone, or, if groups are filtered by their grades, of the ``FIRST_GROUPS`` next
    ones; of all groups only if these do not fill the page, or if the order needs them.

    Args:
        columns: the columns of ``trace_groups``.
        conditions: on its columns, the start of the page included.
    """
    terms = order.clauses(backward=backward)
    page = select(*columns).order_by(*terms).limit(limit)
    of_grades = [condition for condition in conditions if uses_grades([condition])]
    if grouping.scorer is None or uses_grades(terms):
        return await rows_in(session, page.where(*conditions), grouping)
    if not of_grades and not uses_grades(columns):
        return await rows_in(session, page.where(*conditions), grouping.ungraded)
    others = [condition for condition in conditions if not uses_grades([condition])]
    maximum = max(limit, FIRST_GROUPS) if of_grades else limit
    first = select(trace_groups.c.key).where(*others).order_by(*terms).limit(maximum)
    keys = [row.key for row in await rows_in(session, first, grouping.ungraded)]
    rows = await rows_in(session, page.where(*of_grades), grouping.among(keys, session.dialect.name))
    if len(keys) < maximum or len(rows) == limit or not of_grades:
        return rows
    return await rows_in(session, page.where(*conditions), grouping)


async def rows_in(session: Session, query: Select[Any], grouping: Grouping) -> Sequence[Any]:
    """Returns the rows of a query of the groups that a grouping makes."""
    rows: Sequence[Any] = (await session.execute(query.add_cte(grouping.groups()))).all()
    return rows


async def count_groups(session: Session, grouping: Grouping, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Returns the number of groups that meet all conditions."""
    grouping = grouping if uses_grades(conditions) else grouping.ungraded
    query = select(func.count()).select_from(trace_groups).where(*conditions)
    return (await session.execute(query.add_cte(grouping.groups()))).scalar_one()


async def first_traces(
    session: Session, seqs: Collection[int], columns: Sequence[ColumnElement[Any]], within: ReadBudget
) -> dict[int, Any]:
    """Returns the columns of traces by their positions in the order of commits (``seq``), which is the last column.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    query = select(*columns, traces.c.seq).where(among_values(traces.c.seq, seqs, session.dialect.name))
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
    """Returns the distinct answers of each key from rows of key, answer (payload if ``long``), position and counts."""
    found: dict[str, list[CountedAnswer]] = {key: [] for key in keys}
    for key, *answer in short:
        found[key].append(CountedAnswer(*answer))
    for key, payload, *counts in (row[:6] for row in long):
        found[key].append(CountedAnswer(decode_stored(payload).final_answer, *counts))
    return {key: distinct_answers(answers) for key, answers in found.items()}


async def counted_rows(session: Session, query: Select[Any], within: ReadBudget) -> Sequence[Any]:
    """Returns the rows of a query, which are short; at most one for each trace of a group.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    rows: Sequence[Any] = (await session.execute(query.limit(within.left // ROW_BYTES + 1))).all()
    within.take(len(rows) * ROW_BYTES)
    return rows
