"""The summary of many groups: their totals, and pass@k on average, from the groups counted by their counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Integer, cast, func, select

from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.sql import Condition
from tunix_rt.domain.groups.grouping import Grouping, trace_groups
from tunix_rt.domain.groups.statistics import pass_at_k

KS_MAX = 20


class CountedGroups(NamedTuple):
    """Groups with the same numbers of graded and of correct traces.

    Args:
        groups: how many groups.
        size: how many traces all of them have together.
        graded: how many graded traces each has.
        correct: how many correct traces each has.
    """

    groups: int
    size: int
    graded: int
    correct: int


class MeanPassAtK(NamedTuple):
    """The mean of pass@k over groups; None if no group has that many graded traces.

    Args:
        groups: how many groups have at least ``k`` graded traces.
    """

    k: int
    value: float | None
    groups: int


async def counted_groups(session: Session, grouping: Grouping, conditions: Sequence[Condition]) -> list[CountedGroups]:
    """Returns the groups that meet all conditions, counted by their counts."""
    counts = (trace_groups.c.graded_count, trace_groups.c.correct_count)
    size = cast(func.sum(trace_groups.c.size), Integer)
    query = select(func.count(), size, *counts).where(*conditions).group_by(*counts)
    rows = await session.execute(query.add_cte(grouping.groups()))
    return [CountedGroups(*row) for row in rows]


def mean_pass_at_k(counted: Sequence[CountedGroups], ks: Sequence[int]) -> list[MeanPassAtK]:
    """Returns the mean of pass@k for each k, each group counting once, whatever its size."""
    return [one_mean([found for found in counted if found.graded >= k], k) for k in ks]


def one_mean(counted: Sequence[CountedGroups], k: int) -> MeanPassAtK:
    """Returns the mean of pass@k over groups that all have at least ``k`` graded traces."""
    groups = sum(found.groups for found in counted)
    total = sum(found.groups * (pass_at_k(found.graded, found.correct, k) or 0.0) for found in counted)
    return MeanPassAtK(k, total / groups if groups else None, groups)
