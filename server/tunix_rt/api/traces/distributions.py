"""The queries of distributions over traces: histograms and counts of sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.domain.traces.distributions import (
    BINS_DEFAULT,
    BINS_MAX,
    SCORERS_MAX,
    SOURCES_MAX,
    CountedBins,
    Distributions,
    distributions,
    source_counts,
)
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]
Counted = Annotated[TraceWhere | None, strawberry.argument(description="Filters the traces. Defaults to all.")]
BinNumber = Annotated[
    int, strawberry.argument(description=f"Maximum number of bins of each histogram: 1 to {BINS_MAX}.")
]


@strawberry.type(description="Number of traces from one source.")
class SourceCount:
    source: str | None = strawberry.field(description="`source` of the traces; null for traces without one.")
    count: BigInt = strawberry.field(description="Number of traces.")


@strawberry.type(description="A bin of a histogram.")
class HistogramBin:
    low: float = strawberry.field(description="Lower bound, inclusive.")
    high: float = strawberry.field(description="Upper bound, exclusive except in the last bin of scores.")
    count: BigInt = strawberry.field(description="Number of values in the bin.")


@strawberry.type(description="A histogram with bins of equal width, empty ones included.")
class Histogram:
    count: BigInt = strawberry.field(description="Number of values.")
    min: float | None = strawberry.field(description="Lowest value; null if there are no values.")
    max: float | None = strawberry.field(description="Highest value; null if there are no values.")
    bins: list[HistogramBin] = strawberry.field(
        description="The bins in ascending order. Bins of integers have an integer width."
    )

    @classmethod
    def of(cls, found: CountedBins) -> Histogram:
        """Converts counted bins."""
        if found.bins is None:
            return cls(count=BigInt(0), min=None, max=None, bins=[])
        edges = found.bins.edges()
        bins = [
            HistogramBin(low=low, high=high, count=BigInt(count))
            for low, high, count in zip(edges[:-1], edges[1:], found.counts, strict=True)
        ]
        return cls(count=BigInt(sum(found.counts)), min=found.bins.low, max=found.bins.high, bins=bins)


@strawberry.type(description="Distribution of the latest scores of whole traces by one scorer.")
class ScoreDistribution:
    scorer: str = strawberry.field(description="Name of the scorer.")
    histogram: Histogram = strawberry.field(description="Histogram of the scores.")


@strawberry.type(description="Distributions over traces.")
class TraceDistributions:
    trace_count: BigInt = strawberry.field(description="Number of traces.")
    step_count: Histogram = strawberry.field(description="Histogram of `stepCount`.")
    char_count: Histogram = strawberry.field(description="Histogram of `charCount`.")
    scores: list[ScoreDistribution] = strawberry.field(
        description=f"Distributions of the latest scores of whole traces, by scorer; up to {SCORERS_MAX}."
    )
    sources: list[SourceCount] = strawberry.field(description=f"The most frequent sources, up to {SOURCES_MAX}.")

    @classmethod
    def of(cls, found: Distributions) -> TraceDistributions:
        """Converts distributions."""
        return cls(
            trace_count=BigInt(found.trace_count),
            step_count=Histogram.of(found.step_count),
            char_count=Histogram.of(found.char_count),
            scores=[
                ScoreDistribution(scorer=name, histogram=Histogram.of(bins)) for name, bins in found.scores.items()
            ],
            sources=counts_of(found.sources),
        )


def counts_of(found: Sequence[tuple[str | None, int]]) -> list[SourceCount]:
    """Converts counts of sources."""
    return [SourceCount(source=source, count=BigInt(count)) for source, count in found]


async def find_distributions(info: Info, where: Counted = UNSET, bins: BinNumber = BINS_DEFAULT) -> TraceDistributions:
    """Returns the distributions over the traces that a filter matches.

    Raises:
        BadUserInput: ``bins`` is out of its range.
    """
    if not 1 <= bins <= BINS_MAX:
        raise BadUserInput(f"bins must be between 1 and {BINS_MAX}; it is {bins}.", ["bins"])
    database = info.context.database
    conditions = TRACE_LIST.conditions(given_or_none(where), database.kind)
    async with database.read() as session:
        return TraceDistributions.of(await distributions(session, conditions, bins))


async def count_sources(info: Info, where: Counted = UNSET) -> list[SourceCount]:
    """Returns the most frequent sources of the traces that a filter matches."""
    database = info.context.database
    conditions = TRACE_LIST.conditions(given_or_none(where), database.kind)
    async with database.read() as session:
        return counts_of(await source_counts(session, conditions))
