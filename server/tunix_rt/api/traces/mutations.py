"""Mutations of traces: create and delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError, user_errors
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import errors_in_payload, given, uuids_of
from tunix_rt.api.lists.listing import objects_by_id
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.inputs import CREATE_CHARS_MAX, CREATE_MAX, CREATE_STEPS_MAX, TraceInput, draft_of, drafts_of
from tunix_rt.api.traces.types import TRACE_LIST, TRACE_SHAPE, Trace
from tunix_rt.domain.idempotency import Earlier, KeyedRequest, answer_once, gone, remember_result
from tunix_rt.domain.traces.affected import Target, affected_ids, require_others, require_restrictive
from tunix_rt.domain.traces.storage import add_traces, delete_traces, identities, size_of
from tunix_rt.domain.traces.trace import Draft
from tunix_rt.errors import BadUserInput
from tunix_rt.offload import off_loop

DELETE_MAX = 100_000
KEY = (
    "A text of your own, up to 255 characters: the same request sent again with it within a week answers the same and "
    "stores nothing."
)
ERRORS = "What the user can mend; empty when all went well."

Info = strawberry.Info[Context, None]


@strawberry.input(description="A trace to be stored.")
class CreateTraceInput:
    trace: TraceInput = strawberry.field(description="The trace.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Traces to be stored, all or none.")
class CreateTracesInput:
    traces: list[TraceInput] = strawberry.field(
        description=f"1 to {CREATE_MAX} traces, together with at most {CREATE_STEPS_MAX:,} steps and "
        f"{CREATE_CHARS_MAX:,} characters. For more, post NDJSON to /v1/traces."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Which traces to delete: give `ids` or `where`.")
class DeleteTracesInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="1 to 1000 ids.")
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="A filter that restricts something, and matches at most 100,000 traces. One that matches every "
        "stored trace needs `expectedCount`.",
    )
    expected_count: BigInt | None = strawberry.field(
        default=UNSET, description="How many traces this deletes; with another number nothing is deleted (`CONFLICT`)."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether to delete nothing and only answer `matchedCount`."
    )


@strawberry.type(description="The stored trace.")
class CreateTracePayload:
    trace: Trace | None = strawberry.field(default=None, description="The trace; null if it was refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="The stored traces.")
class CreateTracesPayload:
    traces: list[Trace] | None = strawberry.field(
        default=None, description="The traces in input order; null if any was refused."
    )
    created_count: int = strawberry.field(default=0, description="How many were stored.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="What was deleted.")
class DeleteTracesPayload:
    deleted_count: BigInt | None = strawberry.field(
        default=None, description="How many traces were deleted: 0 in a dry run, null if refused."
    )
    matched_count: BigInt | None = strawberry.field(
        default=None, description="How many traces `ids` or `where` matched; null if refused."
    )
    missing_ids: list[uuid.UUID] = strawberry.field(
        default_factory=list, description="The UUIDs among `ids` that no trace had."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


async def store(
    info: Info, drafts: Sequence[Draft], operation: str, key: str | None, names: frozenset[str]
) -> list[Trace]:
    """Stores drafts once per idempotency key and gives their objects in order."""
    database = info.context.database
    request = KeyedRequest(key, operation, await off_loop(size_of(drafts), identities, drafts))

    async def create() -> list[dict[str, Any]]:
        async with database.write() as session:
            rows = await add_traces(session, drafts)
            await remember_result(session, request, [row["id"] for row in rows])
        return rows

    rows = await answer_once(database, request, create)
    if isinstance(rows, Earlier):
        found = await objects_by_id(TRACE_LIST, info.context, rows.ids, names)
        return [found[value] for value in rows.ids if value in found]
    info.context.feed.notify()
    return TRACE_SHAPE.stored(rows, names)


@errors_in_payload(CreateTracePayload)
async def create_trace(
    info: Info, input: Annotated[CreateTraceInput, strawberry.argument(description="The trace.")]
) -> CreateTracePayload:
    """Stores one trace."""
    try:
        checked = await draft_of(input.trace, info.context.settings.trace_max_bytes)
    except BadUserInput as error:
        return CreateTracePayload(errors=user_errors(error, "trace"))
    names = selected(info).names(("trace",))
    stored = await store(info, [checked], "createTrace", given(input.idempotency_key), names)
    if not stored:
        raise gone()
    return CreateTracePayload(trace=stored[0])


@errors_in_payload(CreateTracesPayload)
async def create_traces(
    info: Info, input: Annotated[CreateTracesInput, strawberry.argument(description="The traces.")]
) -> CreateTracesPayload:
    """Stores up to 1000 traces, all or none."""
    if not 1 <= len(input.traces) <= CREATE_MAX:
        raise BadUserInput(f"traces must have 1 to {CREATE_MAX} traces, it has {len(input.traces)}.", ["traces"])
    drafts = await drafts_of(input.traces, info.context.settings.trace_max_bytes)
    names = selected(info).names(("traces",))
    stored = await store(info, drafts, "createTraces", given(input.idempotency_key), names)
    return CreateTracesPayload(traces=stored, created_count=len(stored))


@errors_in_payload(DeleteTracesPayload)
async def remove_traces(
    info: Info, input: Annotated[DeleteTracesInput, strawberry.argument(description="Which traces.")]
) -> DeleteTracesPayload:
    """Deletes traces with their scores, by ids or by a filter, in one transaction."""
    target = target_of(input)
    require_restrictive(target)
    database = info.context.database
    async with database.read() if input.dry_run else database.write() as session:
        found = await affected_ids(session, target, DELETE_MAX, lock=not input.dry_run)
        if not input.dry_run:
            await require_others(session, target, len(found))
        deleted = 0 if input.dry_run else await delete_traces(session, found)
    there = set(found)
    return DeleteTracesPayload(
        deleted_count=BigInt(deleted),
        matched_count=BigInt(len(found)),
        missing_ids=[value for value in target.ids or () if value not in there],
    )


def target_of(input: DeleteTracesInput) -> Target:
    """The traces that an input names.

    Raises:
        BadUserInput: unless it gives either ids, within their bound, or a filter.
    """
    ids, where, expected = given(input.ids), given(input.where), given(input.expected_count)
    if (ids is None) == (where is None):
        raise BadUserInput("Give either ids or where.", ["ids"])
    if ids is None:
        return Target(where=TRACE_LIST.predicate_of(where), expected=expected)
    return Target(ids=uuids_of(ids, "Trace", "ids"), expected=expected)
