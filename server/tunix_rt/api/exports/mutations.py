"""Mutations of exports: start, cancel, retry, delete."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.exports.types import EXPORT_LIST, EXPORT_SHAPE, Export
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import all_uuids_of, errors_in_payload, given
from tunix_rt.api.lists.listing import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.traces.mutations import ERRORS, KEY
from tunix_rt.api.traces.types import TRACE_LIST, TraceOrder
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import folder_of, remove
from tunix_rt.domain.exports.formats import ExportFormat, RenderOptions
from tunix_rt.domain.exports.lifecycle import (
    TRACES_MAX,
    ExportRequest,
    cancel_export,
    delete_export,
    enter_export,
    fixed_request,
    retry_export,
)
from tunix_rt.domain.exports.sources import OfDataset, OfSelection, OfTraces, Source
from tunix_rt.domain.idempotency import Earlier, KeyedRequest, answer_once, gone, remember_result
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.traces.selection import NEWEST_FIRST, Selection
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]
SOURCES = ("dataset_id", "trace_ids", "where")


@strawberry.input(description="What to export, and how: give `datasetId`, `traceIds` or `where`, one of them.")
class StartExportInput:
    dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"A dataset: {ways_to_name('Dataset')}."
    )
    trace_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description="1 to 10,000 ids of traces, exported in this order; one that is given twice is exported twice.",
    )
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="All traces that satisfy this now; an empty object means all. What is stored later is left out.",
    )
    order_by: list[TraceOrder] | None = strawberry.field(
        default=UNSET, description="The order of what `where` selects; newest first if not given."
    )
    format: ExportFormat = strawberry.field(default=ExportFormat.TRACE, description="What the records look like.")
    container: Container = strawberry.field(default=Container.JSONL, description="What the file is.")
    system_instruction: str | None = strawberry.field(
        default=UNSET,
        description="What the model is told before the prompt: up to 20,000 characters, an empty text is none; "
        "not with format TRACE.",
    )
    keep_control_tokens: bool = strawberry.field(
        default=False,
        description="Whether control tokens of Gemma in the traces' own text are left as they are. A prompt with one "
        "in it could end the user's turn.",
    )
    round_trip: bool = strawberry.field(
        default=False,
        description="Whether the metadata also holds what the format has no place for, so that an import gives back "
        "equal traces. Only in JSONL and JSONL_GZ, which imports read.",
    )
    escape_formulas: bool = strawberry.field(
        default=False,
        description="Whether a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe "
        "before it, so that no spreadsheet takes it for a formula. Only in CSV.",
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="The export to cancel.")
class CancelExportInput:
    id: strawberry.ID = strawberry.field(description="The export's `id` or `uuid`.")


@strawberry.input(description="The export to try again.")
class RetryExportInput:
    id: strawberry.ID = strawberry.field(description="The export's `id` or `uuid`.")


@strawberry.input(description="The export to delete.")
class DeleteExportInput:
    id: strawberry.ID = strawberry.field(description="The export's `id` or `uuid`.")


@strawberry.type(description="The started export.")
class StartExportPayload:
    export: Export | None = strawberry.field(default=None, description="The export, PENDING; null if it was refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="The export that was cancelled, or is going to be.")
class CancelExportPayload:
    export: Export | None = strawberry.field(
        default=None,
        description="The export: CANCELLED if it had not begun, else RUNNING until its process has ended; null if "
        "refused.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="The export that is tried again.")
class RetryExportPayload:
    export: Export | None = strawberry.field(default=None, description="The export, PENDING; null if it was refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="The deleted export.")
class DeleteExportPayload:
    deleted_uuid: uuid.UUID | None = strawberry.field(
        default=None, description="The UUID of the export that was deleted; null if refused."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(StartExportPayload)
async def start_export(
    info: Info, input: Annotated[StartExportInput, strawberry.argument(description="What, and how.")]
) -> StartExportPayload:
    """Enters an export in the ledger."""
    context, names = info.context, selected(info).names(("export",))
    options = RenderOptions(
        given(input.system_instruction), input.keep_control_tokens, input.round_trip, input.escape_formulas
    )
    wanted = ExportRequest(await source_of(context, input), input.format, input.container, options)
    request = KeyedRequest(given(input.idempotency_key), "startExport", wanted.fingerprint())

    async def create() -> dict[str, Any]:
        async with context.database.read() as session:
            pinned_request = await fixed_request(session, wanted)
        async with context.database.write() as session:
            row = await enter_export(session, pinned_request, now())
            await remember_result(session, request, [row["id"]])
        return row

    row = await answer_once(context.database, request, create)
    if isinstance(row, Earlier):
        if (export := await export_of(context, row.ids[0], names)) is None:
            raise gone()
        return StartExportPayload(export=export)
    context.work.wake()
    return StartExportPayload(export=EXPORT_SHAPE.stored([row], names)[0])


async def source_of(context: Context, input: StartExportInput) -> Source:
    """What is to be exported.

    Raises:
        BadUserInput: if not exactly one way to say it is used, or an id is malformed.
        NotFound: for a dataset's key that does not exist.
    """
    used = [name for name in SOURCES if given(getattr(input, name)) is not None]
    if len(used) != 1:
        raise BadUserInput("Give one of datasetId, traceIds and where.", [(used or SOURCES)[-1]])
    if used != ["where"] and given(input.order_by):
        raise BadUserInput("orderBy goes with where alone: the rest has an order of its own.", ["orderBy"])
    if used == ["dataset_id"]:
        return OfDataset(await row_id(context, str(input.dataset_id), "Dataset", ["datasetId"]))
    if input.trace_ids is not UNSET and input.trace_ids is not None:
        return OfTraces(given_traces(input.trace_ids))
    return OfSelection(selection_of(input.where, given(input.order_by)))


def given_traces(ids: Sequence[str]) -> tuple[uuid.UUID, ...]:
    """Ids of traces, in their order; raises as ``source_of`` does."""
    if not 1 <= len(ids) <= TRACES_MAX:
        raise BadUserInput(f"traceIds must have 1 to {TRACES_MAX} ids, it has {len(ids)}.", ["traceIds"])
    return tuple(all_uuids_of(ids, "Trace", "traceIds"))


def selection_of(where: Any, order_by: Sequence[Any] | None) -> Selection:
    """The selection that a filter and an order make; raises as ``source_of`` does."""
    TRACE_LIST.order_of(order_by)
    terms = tuple((term.field.value, term.direction.value == "desc") for term in order_by or ())
    return Selection(where=TRACE_LIST.predicate_of(where), order=terms or NEWEST_FIRST)


async def export_of(context: Context, export_id: uuid.UUID, names: frozenset[str]) -> Export | None:
    """The export of an id, where it is still there."""
    return (await objects_by_id(EXPORT_LIST, context, [export_id], names)).get(export_id)


@errors_in_payload(CancelExportPayload)
async def end_export(
    info: Info, input: Annotated[CancelExportInput, strawberry.argument(description="Which export.")]
) -> CancelExportPayload:
    """Cancels an export."""
    export_id = uuid_of(input.id, "Export")
    async with info.context.database.write() as session:
        await cancel_export(session, export_id, await instant(session), lease_of(info.context.settings))
    return CancelExportPayload(export=await export_of(info.context, export_id, selected(info).names(("export",))))


@errors_in_payload(RetryExportPayload)
async def again_export(
    info: Info, input: Annotated[RetryExportInput, strawberry.argument(description="Which export.")]
) -> RetryExportPayload:
    """Lets an export begin again."""
    export_id = uuid_of(input.id, "Export")
    async with info.context.database.write() as session:
        await retry_export(session, export_id, now())
    info.context.work.wake()
    return RetryExportPayload(export=await export_of(info.context, export_id, selected(info).names(("export",))))


@errors_in_payload(DeleteExportPayload)
async def remove_export(
    info: Info, input: Annotated[DeleteExportInput, strawberry.argument(description="Which export.")]
) -> DeleteExportPayload:
    """Deletes an export with its file."""
    export_id = uuid_of(input.id, "Export")
    async with info.context.database.write() as session:
        await delete_export(session, export_id)
    await asyncio.to_thread(remove, folder_of(info.context.settings.data_dir, export_id))
    return DeleteExportPayload(deleted_uuid=export_id)
