"""Distributions over traces: histograms of steps, characters and scores, and counts of sources, by SQL aggregation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, case, cast, func, literal, or_, select, union_all

from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.scores import latest
from tunix_rt.domain.filtering.sql import Condition

BINS_DEFAULT = 30
BINS_MAX = 100
SOURCES_MAX = 100
SCORERS_MAX = 50
SPREAD_MAX, SPREAD_MIN = 8e307, 1e-290
"""Bounds of the scores that are put into several bins, and of the difference between the least and the greatest."""


@dataclass(frozen=True)
class Bins:
    """Bins of equal width between two values.

    Args:
        low: the least value.
        high: the greatest value.
        width: of each bin; 0 for a single bin with all values.
        number: of bins.
    """

    low: float
    high: float
    width: float
    number: int

    @classmethod
    def of_integers(cls, low: int, high: int, maximum: int) -> Bins:
        """Returns bins whose width is a whole number."""
        width = max(1, math.ceil((high - low + 1) / maximum))
        return cls(low, high, width, (high - low) // width + 1)

    @classmethod
    def of_floats(cls, low: float, high: float, maximum: int) -> Bins:
        """Returns ``maximum`` bins; a single one if the values are too close or too far apart for arithmetic."""
        if low < -SPREAD_MAX or high > SPREAD_MAX or high - low < SPREAD_MIN:
            return cls(low, high, 0.0, 1)
        return cls(low, high, (high - low) / maximum, maximum)

    def edges(self) -> list[float]:
        """Returns the bounds of the bins, one more than there are bins."""
        if not self.width:
            return [self.low, self.high]
        return [self.low + self.width * position for position in range(self.number + 1)]


@dataclass(frozen=True)
class CountedBins:
    """A histogram: bins and the number of values in each; None and no counts if there are no values."""

    bins: Bins | None
    counts: tuple[int, ...]

    @classmethod
    def of(cls, bins: Bins, found: dict[int, int]) -> CountedBins:
        """Returns the histogram of counts by the position of a bin; values outside are in the nearest bin."""
        counts = [0] * bins.number
        for position, count in found.items():
            counts[max(0, min(position, bins.number - 1))] += count
        return cls(bins, tuple(counts))


NO_VALUES = CountedBins(None, ())


@dataclass(frozen=True)
class Distributions:
    """The distributions over some traces.

    Args:
        scores: the latest scores of whole traces, by scorer.
        sources: the most frequent sources, the most frequent first.
    """

    trace_count: int
    step_count: CountedBins
    char_count: CountedBins
    scores: dict[str, CountedBins]
    sources: list[tuple[str | None, int]]


async def distributions(session: Session, conditions: Sequence[Condition], bins: int) -> Distributions:
    """Returns the distributions over the traces that meet all conditions."""
    count, steps, chars = await histograms_of_columns(session, conditions, bins)
    return Distributions(
        trace_count=count,
        step_count=steps,
        char_count=chars,
        scores=await score_histograms(session, conditions, bins) if count else {},
        sources=await source_counts(session, conditions),
    )


async def source_counts(session: Session, conditions: Sequence[Condition]) -> list[tuple[str | None, int]]:
    """Returns the most frequent sources of traces with their counts, equal ones by name, None last."""
    number = func.count().label("number")
    query = select(traces.c.source, number).where(*conditions).group_by(traces.c.source)
    query = query.order_by(number.desc(), traces.c.source.asc().nulls_last()).limit(SOURCES_MAX)
    return [(row.source, row.number) for row in await session.execute(query)]


async def histograms_of_columns(
    session: Session, conditions: Sequence[Condition], maximum: int
) -> tuple[int, CountedBins, CountedBins]:
    """Returns the number of traces, and the histograms of their steps and of their characters."""
    columns = (traces.c.step_count, traces.c.char_count)
    bounds = [bound for column in columns for bound in (func.min(column), func.max(column))]
    query = select(func.count(), *bounds).select_from(traces).where(*conditions)
    count, *ends = (await session.execute(query)).one()
    if not count:
        return 0, NO_VALUES, NO_VALUES
    bins = [Bins.of_integers(ends[start], ends[start + 1], maximum) for start in (0, 2)]
    arms = [
        select(literal(which, Integer()).label("which"), number.label("bin_"), func.count().label("number"))
        .where(*conditions)
        .group_by("bin_")
        for which, number in enumerate(
            (column - int(one.low)) // int(one.width) for column, one in zip(columns, bins, strict=True)
        )
    ]
    found: list[dict[int, int]] = [{}, {}]
    for row in await session.execute(union_all(*arms)):
        found[row.which][row.bin_] = row.number
    steps, chars = (CountedBins.of(one, counts) for one, counts in zip(bins, found, strict=True))
    return count, steps, chars


async def score_histograms(session: Session, conditions: Sequence[Condition], maximum: int) -> dict[str, CountedBins]:
    """Returns the histogram of the latest whole-trace scores by each scorer, at most ``SCORERS_MAX`` by name.

    One statement, since finding the latest of a million scores costs more than the rest.
    """
    latest_ones = select(scores.c.scorer, scores.c.score).where(*latest_score_conditions(conditions)).cte("latest_ones")
    low, high = func.min(latest_ones.c.score).label("low"), func.max(latest_ones.c.score).label("high")
    by_scorer = select(latest_ones.c.scorer, low, high).group_by(latest_ones.c.scorer)
    ends = by_scorer.order_by(latest_ones.c.scorer).limit(SCORERS_MAX).cte("ends")
    number = bin_of(latest_ones.c.score, ends.c.low, ends.c.high, maximum, session.dialect.name).label("bin_")
    query = (
        select(ends.c.scorer, ends.c.low, ends.c.high, number, func.count().label("number"))
        .join_from(ends, latest_ones, latest_ones.c.scorer == ends.c.scorer)
        .group_by(ends.c.scorer, ends.c.low, ends.c.high, "bin_")
        .order_by(ends.c.scorer)
    )
    bins: dict[str, Bins] = {}
    found: dict[str, dict[int, int]] = {}
    for row in await session.execute(query):
        bins[row.scorer] = Bins.of_floats(row.low, row.high, maximum)
        found.setdefault(row.scorer, {})[row.bin_] = row.number
    return {scorer: CountedBins.of(one, found[scorer]) for scorer, one in bins.items()}


def latest_score_conditions(conditions: Sequence[Condition]) -> list[Condition]:
    """Returns the conditions for the latest scores of whole traces that meet all conditions."""
    of_traces = [scores.c.trace_id.in_(select(traces.c.id).where(*conditions))] if conditions else []
    return [scores.c.step_index.is_(None), latest(True), *of_traces]


def bin_of(
    score: ColumnElement[float], low: ColumnElement[float], high: ColumnElement[float], maximum: int, kind: str
) -> ColumnElement[int]:
    """Returns the position of a score's bin among ``Bins.of_floats``, as SQL.

    The conditions exclude all arithmetic that overflows or underflows, which PostgreSQL refuses.
    """
    width = (high - low) / float(maximum)
    quotient = (score - low) / width
    whole = cast(quotient if kind == "sqlite" else func.floor(quotient), Integer)
    is_single = (or_(low < -SPREAD_MAX, high > SPREAD_MAX), 0), (high - low < SPREAD_MIN, 0)
    return case(*is_single, (score < low + width, 0), else_=whole)
