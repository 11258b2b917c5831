"""The query of one trace."""

from __future__ import annotations

import uuid
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.traces.references import TraceReference, find_traces
from tunix_rt.errors import NotFound

Info = strawberry.Info[Context, None]
TraceId = Annotated[strawberry.ID | None, strawberry.argument(description="The trace: its `id` or `uuid`.")]
Source = Annotated[
    str | None, strawberry.argument(description="`source` of the trace; requires `externalId`, excludes `id`.")
]
ExternalId = Annotated[
    str | None,
    strawberry.argument(
        description="`externalId` of the trace; requires `source`. If several traces have both, the error is "
        "`CONFLICT`."
    ),
]


async def find_trace(
    info: Info, id: TraceId = UNSET, source: Source = UNSET, external_id: ExternalId = UNSET
) -> Trace | None:
    """Returns the trace that the arguments refer to; None if it does not exist.

    Raises:
        BadUserInput: the arguments refer to no trace or in two ways.
        Conflict: several traces have this source and external id.
    """
    text = given_or_none(id)
    reference = TraceReference(
        id=None if text is None else uuid_of(text, "Trace"),
        source=given_or_none(source),
        external_id=given_or_none(external_id),
    )
    reference.require_one_way("id")
    trace_id = reference.id or await id_of(info.context, reference)
    if trace_id is None:
        return None
    found = await objects_by_id(TRACE_LIST, info.context, [trace_id], frozenset(current_selection(info)))
    return found.get(trace_id)


async def id_of(context: Context, reference: TraceReference) -> uuid.UUID | None:
    """Returns the id of the trace of a source and an external id; raises as ``find_trace`` does."""
    async with context.database.read() as session:
        (found,) = await find_traces(session, [reference])
    if isinstance(found, uuid.UUID):
        return found
    if isinstance(found, NotFound):
        return None
    raise found
