"""The root fields of groups."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.groups.queries import find_group, find_groups
from tunix_rt.api.groups.summary import TraceGroupSummary, summarize_groups
from tunix_rt.api.groups.types import TraceGroup
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class GroupQueries:
    trace_groups: Connection[TraceGroup] = strawberry.field(
        directives=[READ],
        resolver=find_groups,
        description="Groups of traces with their statistics. By default, groups whose oldest trace is the newest come "
        "first. Every page is computed from all traces that satisfy `where`.",
    )
    trace_group: TraceGroup | None = strawberry.field(
        directives=[READ],
        resolver=find_group,
        description="Looks up a group of traces by its key; null if no trace is in it.",
    )
    trace_group_summary: TraceGroupSummary = strawberry.field(
        directives=[READ],
        resolver=summarize_groups,
        description="Summary of groups of traces: how many have a correct trace, and the mean pass@k.",
    )
