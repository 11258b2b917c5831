"""The root fields that return values from several traces."""

from __future__ import annotations

from typing import Annotated

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.context import Context
from tunix_rt.api.traces.agreement import ScorerAgreement, find_agreement
from tunix_rt.api.traces.comparison import TraceComparison, compare
from tunix_rt.api.traces.distributions import SourceCount, TraceDistributions, count_sources, find_distributions
from tunix_rt.api.traces.suggestions import MetaPath, find_meta_paths

Info = strawberry.Info[Context, None]
BaseId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare against: its `id` or `uuid`.")]
OtherId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare: its `id` or `uuid`.")]


@strawberry.type
class TraceSummaryQueries:
    meta_paths: list[MetaPath] = strawberry.field(
        directives=[READ],
        resolver=find_meta_paths,
        description="Suggests metadata paths for filters: the most frequent ones in the newest 1,000 matching traces "
        "that have metadata. Metadata of more than 16,384 characters is left out.",
    )
    sources: list[SourceCount] = strawberry.field(
        directives=[READ], resolver=count_sources, description="The most frequent sources of traces, up to 100."
    )
    trace_distributions: TraceDistributions = strawberry.field(
        directives=[READ],
        resolver=find_distributions,
        description="Histograms of steps, characters and latest scores, and counts of sources.",
    )

    @strawberry.field(directives=[READ], description="Compares two traces by the `baseline` scorer. Nothing is stored.")
    async def compare_traces(self, info: Info, base: BaseId, other: OtherId) -> TraceComparison:
        return await compare(info, base, other)

    scorer_agreement: ScorerAgreement = strawberry.field(
        directives=[READ],
        resolver=find_agreement,
        description="Compares two scorers, such as a grader and a person, on the traces that both have scored.",
    )
