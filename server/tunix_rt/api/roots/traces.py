"""The root fields of traces."""

from __future__ import annotations

from typing import Annotated

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.context import Context
from tunix_rt.api.lists.fields import root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.traces.agreement import ScorerAgreement, find_agreement
from tunix_rt.api.traces.comparison import TraceComparison, compare
from tunix_rt.api.traces.distributions import SourceCount, TraceDistributions, count_sources, find_distributions
from tunix_rt.api.traces.queries import find_trace
from tunix_rt.api.traces.suggestions import MetaPath, find_meta_paths
from tunix_rt.api.traces.types import TRACE_LIST, Trace

Info = strawberry.Info[Context, None]
BaseId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare against: its `id` or `uuid`.")]
OtherId = Annotated[strawberry.ID, strawberry.argument(description="The trace to compare: its `id` or `uuid`.")]


@strawberry.type
class TraceQueries:
    trace: Trace | None = strawberry.field(
        directives=[READ],
        resolver=find_trace,
        description="Looks up a trace, by `id` or by `source` and `externalId` together; null if it does not exist.",
    )
    traces: Connection[Trace] = root_connection(TRACE_LIST, READ, "All traces, newest first by default.")
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
