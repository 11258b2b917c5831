"""The root fields that return traces."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.lists.fields import root_connection
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.traces.queries import find_trace
from tunix_rt.api.traces.types import TRACE_LIST, Trace


@strawberry.type
class TraceQueries:
    trace: Trace | None = strawberry.field(
        directives=[READ],
        resolver=find_trace,
        description="Looks up a trace, by `id` or by `source` and `externalId` together; null if it does not exist.",
    )
    traces: Connection[Trace] = root_connection(TRACE_LIST, READ, "All traces, newest first by default.")
