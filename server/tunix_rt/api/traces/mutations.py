"""Mutations of traces: create and delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError, user_errors
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none, uuids_of
from tunix_rt.api.payloads import ERRORS, KEY, create_once, errors_in_payload, only
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.inputs import CREATE_CHARS_MAX, CREATE_MAX, CREATE_STEPS_MAX, TraceInput, draft_of, drafts_of
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.traces import storage
from tunix_rt.domain.traces.affected import Target, affected_ids, require_others, require_restrictive
from tunix_rt.domain.traces.storage import add_traces, identities, size_of
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput
from tunix_rt.offload import off_loop

DELETE_MAX = 100_000

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createTrace`.")
class CreateTraceInput:
    trace: TraceInput = strawberry.field(description="The trace to store.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `createTraces`.")
class CreateTracesInput:
    traces: list[TraceInput] = strawberry.field(
        description=f"1 to {CREATE_MAX:,} traces with at most {CREATE_STEPS_MAX:,} steps and {CREATE_CHARS_MAX:,} "
        "characters in total. For more, post NDJSON to /v1/traces."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `deleteTraces`: either `ids` or `where`.")
class DeleteTracesInput:
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="1 to 1,000 ids or UUIDs of traces.")
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects the traces, at most 100,000. It must restrict the list; a filter that "
        "matches every stored trace also requires `expectedCount`.",
    )
    expected_count: BigInt | None = strawberry.field(
        default=UNSET,
        description="Number of traces that are expected to match. If another number matches, nothing is deleted and "
        "the error is `CONFLICT`.",
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether to delete nothing and only return `matchedCount`."
    )


@strawberry.type(description="Payload of `createTrace`.")
class CreateTracePayload:
    trace: Trace | None = strawberry.field(default=None, description="The stored trace; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `createTraces`.")
class CreateTracesPayload:
    traces: list[Trace] | None = strawberry.field(
        default=None, description="The stored traces, in input order; null if there are errors."
    )
    created_count: int = strawberry.field(default=0, description="Number of traces stored; 0 if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteTraces`.")
class DeleteTracesPayload:
    deleted_count: BigInt | None = strawberry.field(
        default=None, description="Number of traces deleted; 0 in a dry run, null if there are errors."
    )
    matched_count: BigInt | None = strawberry.field(
        default=None, description="Number of traces that `ids` or `where` matched; null if there are errors."
    )
    missing_uuids: list[uuid.UUID] = strawberry.field(
        default_factory=list, description="UUIDs in `ids` that belong to no trace."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


async def store(
    info: Info, drafts: Sequence[TraceDraft], operation: str, key: str | None, names: frozenset[str]
) -> list[Trace]:
    """Stores drafts once per idempotency key, and returns their objects in order."""
    context = info.context
    request = KeyedRequest(key, operation, await off_loop(size_of(drafts), identities, drafts))
    traces: list[Trace] = await create_once(
        context, TRACE_LIST, names, request, lambda write: write(lambda session: add_traces(session, drafts))
    )
    context.services.new_traces.notify()
    return traces


@errors_in_payload(CreateTracePayload)
async def create_trace(
    info: Info, input: Annotated[CreateTraceInput, strawberry.argument(description="The trace to store.")]
) -> CreateTracePayload:
    """Stores one trace."""
    try:
        checked = await draft_of(input.trace, info.context.settings.trace_max_bytes)
    except BadUserInput as error:
        return CreateTracePayload(errors=user_errors(error, "trace"))
    names = current_selection(info).names(("trace",))
    stored = await store(info, [checked], "createTrace", given_or_none(input.idempotency_key), names)
    return CreateTracePayload(trace=only(stored))


@errors_in_payload(CreateTracesPayload)
async def create_traces(
    info: Info, input: Annotated[CreateTracesInput, strawberry.argument(description="The traces to store.")]
) -> CreateTracesPayload:
    """Stores up to 1000 traces, all or none."""
    if not 1 <= len(input.traces) <= CREATE_MAX:
        raise BadUserInput(f"traces must have 1 to {CREATE_MAX} traces; it has {len(input.traces)}.", ["traces"])
    drafts = await drafts_of(input.traces, info.context.settings.trace_max_bytes)
    names = current_selection(info).names(("traces",))
    stored = await store(info, drafts, "createTraces", given_or_none(input.idempotency_key), names)
    return CreateTracesPayload(traces=stored, created_count=len(stored))


@errors_in_payload(DeleteTracesPayload)
async def delete_traces(
    info: Info, input: Annotated[DeleteTracesInput, strawberry.argument(description="The traces to delete.")]
) -> DeleteTracesPayload:
    """Deletes traces with their scores, by ids or by a filter, in one transaction."""
    target = target_of(input)
    require_restrictive(target)
    database = info.context.database
    async with database.read() if input.dry_run else database.write() as session:
        found = await affected_ids(session, target, DELETE_MAX, lock=not input.dry_run)
        if not input.dry_run:
            await require_others(session, target, len(found))
            note_objects("Trace", found)
        deleted = 0 if input.dry_run else await storage.delete_traces(session, found)
    there = set(found)
    return DeleteTracesPayload(
        deleted_count=BigInt(deleted),
        matched_count=BigInt(len(found)),
        missing_uuids=[value for value in target.ids or () if value not in there],
    )


def target_of(input: DeleteTracesInput) -> Target:
    """Returns the traces that an input names.

    Raises:
        BadUserInput: the input has neither ids nor a filter, or both, or too many ids.
    """
    ids, where, expected = (
        given_or_none(input.ids),
        given_or_none(input.where),
        given_or_none(input.expected_count),
    )
    if (ids is None) == (where is None):
        raise BadUserInput("Give either ids or where.", ["ids"])
    if ids is None:
        return Target(where=TRACE_LIST.predicate_of(where), expected=expected)
    return Target(ids=uuids_of(ids, "Trace", "ids"), expected=expected)
