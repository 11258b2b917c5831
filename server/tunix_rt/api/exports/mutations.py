"""Mutations of exports: start, cancel, retry, delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.exports.types import EXPORT_LIST, Export
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import all_uuids_of, given_or_none, template_named
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import (
    ERRORS,
    KEY,
    DeletedPayload,
    Rows,
    Write,
    create_once,
    errors_in_payload,
    keyed_request,
    only,
)
from tunix_rt.api.traces.types import TRACE_LIST, TraceOrder
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.exports import lifecycle
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.files import storage_folder
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import (
    TRACES_MAX,
    ExportRequest,
    enter_export,
    fixed_request,
)
from tunix_rt.domain.exports.sources import OfDataset, OfSelection, OfTraces, Source
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import ReasoningTemplate
from tunix_rt.domain.traces.selection import NEWEST_FIRST, TraceSelection
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]
SOURCES = ("dataset_id", "trace_ids", "where")


@strawberry.input(description="Input of `startExport`: exactly one of `datasetId`, `traceIds` and `where`.")
class StartExportInput:
    dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"The dataset to export: {ways_to_name('Dataset')}."
    )
    trace_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET,
        description="1 to 10,000 ids or UUIDs of traces, exported in this order. A trace listed twice is exported "
        "twice. PROMPT_ONLY, PREFERENCE and GROUPED sort by group instead, and take each trace once.",
    )
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects the traces; `{}` selects all. Traces stored later are not included.",
    )
    order_by: list[TraceOrder] | None = strawberry.field(
        default=UNSET,
        description="Sort order of the traces that `where` selects. Newest first by default. Without effect on the "
        "formats PROMPT_ONLY, PREFERENCE and GROUPED, which sort by group.",
    )
    format: ExportFormat = strawberry.field(default=ExportFormat.TRACE, description="Format of the records.")
    container: Container = strawberry.field(default=Container.JSONL, description="Format of the file.")
    system_instruction: str | None = strawberry.field(
        default=UNSET,
        description="System instruction placed before each prompt: up to 20,000 characters; an empty string means "
        "none. Not available with format TRACE.",
    )
    keep_control_tokens: bool = strawberry.field(
        default=False,
        description="Whether to keep Gemma's control tokens that occur in the text of traces. Such a token in a "
        "prompt can end the user's turn.",
    )
    round_trip: bool = strawberry.field(
        default=False,
        description="Whether to store what the format has no field for in the metadata, so that importing the file "
        "restores equal traces. JSONL and JSONL_GZ only.",
    )
    escape_formulas: bool = strawberry.field(
        default=False,
        description="Whether to put an apostrophe before cells that begin with `=`, `+`, `-`, `@`, a tab or a "
        "carriage return, so that spreadsheets do not evaluate them as formulas. CSV only.",
    )
    template: ReasoningTemplate | None = strawberry.field(
        default=UNSET,
        description="Template of reasoning and final answer, for the formats TUNIX_SFT, TRAINING_EXAMPLE, "
        "CHAT_MESSAGES, PROMPT_COMPLETION, PREFERENCE, UNPAIRED_PREFERENCE and GROUPED. Defaults to NUMBERED.",
    )
    custom_template: str | None = strawberry.field(
        default=UNSET,
        description="Text of a custom template, in place of `template`: 1 to 2,000 characters. `{answer}` is the final "
        "answer, and one of `{steps}` (one per line), `{numbered_steps}` and `{paragraphs}` (blank lines between "
        "them) are the steps, which come first.",
    )
    include_scores: bool = strawberry.field(
        default=False,
        description="Whether the metadata includes the latest score by each scorer, of the trace and of its steps. "
        "Not available with `roundTrip`, or with formats that consist of scores.",
    )
    scorer: str | None = strawberry.field(
        default=UNSET,
        description="Scorer whose latest scores determine labels and pairs: 1 to 64 characters. Required by STEPWISE, "
        "PREFERENCE and UNPAIRED_PREFERENCE.",
    )
    threshold: float = strawberry.field(
        default=0.5,
        description="Minimum score of a step (STEPWISE) or a trace (UNPAIRED_PREFERENCE) whose label is true.",
    )
    pair_rule: PairRule = strawberry.field(
        default=PairRule.BEST_WORST, description="Rule that pairs the answers of a group in PREFERENCE."
    )
    margin: float = strawberry.field(
        default=0.0,
        description="Minimum difference between the scores of a pair in PREFERENCE: 0 or more. Answers with equal "
        "scores are not paired.",
    )
    pairs_per_group: int = strawberry.field(
        default=1, description="Maximum number of pairs per group in PREFERENCE: 1 to 1,000."
    )
    conversational: bool = strawberry.field(
        default=False,
        description="Whether prompts and completions are lists of messages, in PREFERENCE, UNPAIRED_PREFERENCE and "
        "PROMPT_ONLY.",
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `cancelExport`.")
class CancelExportInput:
    id: strawberry.ID = strawberry.field(description="The export: its `id` or `uuid`.")


@strawberry.input(description="Input of `retryExport`.")
class RetryExportInput:
    id: strawberry.ID = strawberry.field(description="The export: its `id` or `uuid`.")


@strawberry.input(description="Input of `deleteExport`.")
class DeleteExportInput:
    id: strawberry.ID = strawberry.field(description="The export: its `id` or `uuid`.")


@strawberry.type(description="Payload of `startExport`.")
class StartExportPayload:
    export: Export | None = strawberry.field(default=None, description="The export, PENDING; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelExport`.")
class CancelExportPayload:
    export: Export | None = strawberry.field(
        default=None,
        description="The export: CANCELLED if it had not started, RUNNING until its process has stopped. Null if "
        "there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryExport`.")
class RetryExportPayload:
    export: Export | None = strawberry.field(
        default=None, description="The export, PENDING again; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteExport`.")
class DeleteExportPayload(DeletedPayload):
    pass


@errors_in_payload(StartExportPayload)
async def start_export(
    info: Info,
    input: Annotated[StartExportInput, strawberry.argument(description="The traces to export and the format.")],
) -> StartExportPayload:
    """Queues an export."""
    context, names = info.context, current_selection(info).names(("export",))
    options = FormatOptions(
        given_or_none(input.system_instruction),
        input.keep_control_tokens,
        input.round_trip,
        input.escape_formulas,
        template_named(given_or_none(input.template), given_or_none(input.custom_template)),
        input.include_scores,
        given_or_none(input.scorer),
        input.threshold,
        input.pair_rule.value,
        input.margin,
        input.pairs_per_group,
        input.conversational,
    )
    request = keyed_request("startExport", input)

    async def create(write: Write) -> Rows:
        wanted = ExportRequest(await source_of(context, input), input.format, input.container, options)
        async with context.database.read() as session:
            fixed = await fixed_request(session, wanted)

        async def store(session: Session) -> Rows:
            return [await enter_export(session, fixed, now())]

        return await write(store)

    export = only(await create_once(context, EXPORT_LIST, names, request, create))
    context.services.wake()
    return StartExportPayload(export=export)


async def source_of(context: Context, input: StartExportInput) -> Source:
    """Returns the source of an export.

    Raises:
        BadUserInput: not exactly one source is given, or an id is malformed.
        NotFound: no dataset has the given key.
    """
    used = [name for name in SOURCES if given_or_none(getattr(input, name)) is not None]
    if len(used) != 1:
        raise BadUserInput("Exactly one of datasetId, traceIds and where is required.", [(used or SOURCES)[-1]])
    if used != ["where"] and given_or_none(input.order_by):
        raise BadUserInput(
            "orderBy requires where: datasetId and traceIds determine the order themselves.", ["orderBy"]
        )
    if used == ["dataset_id"]:
        return OfDataset(await row_id(context, str(input.dataset_id), "Dataset", ["datasetId"]))
    if input.trace_ids is not UNSET and input.trace_ids is not None:
        return OfTraces(given_traces(input.trace_ids))
    return OfSelection(selection_of(input.where, given_or_none(input.order_by)))


def given_traces(ids: Sequence[str]) -> tuple[uuid.UUID, ...]:
    """Returns the ids of traces in the given order; raises as ``source_of`` does."""
    if not 1 <= len(ids) <= TRACES_MAX:
        raise BadUserInput(f"traceIds must have 1 to {TRACES_MAX} ids; it has {len(ids)}.", ["traceIds"])
    return tuple(all_uuids_of(ids, "Trace", "traceIds"))


def selection_of(where: Any, order_by: Sequence[Any] | None) -> TraceSelection:
    """Returns the selection of a filter and an order; raises as ``source_of`` does."""
    TRACE_LIST.order_of(order_by)
    terms = tuple((term.field.value, term.direction.value == "desc") for term in order_by or ())
    return TraceSelection(where=TRACE_LIST.predicate_of(where), order=terms or NEWEST_FIRST)


async def export_of(context: Context, export_id: uuid.UUID, names: frozenset[str]) -> Export | None:
    """Returns an export by its id; None if it has been deleted."""
    return (await objects_by_id(EXPORT_LIST, context, [export_id], names)).get(export_id)


@errors_in_payload(CancelExportPayload)
async def cancel_export(
    info: Info, input: Annotated[CancelExportInput, strawberry.argument(description="The export to cancel.")]
) -> CancelExportPayload:
    """Cancels an export."""
    export_id = await row_id(info.context, input.id, "Export")
    async with info.context.database.write() as session:
        await lifecycle.cancel_export(session, export_id, await instant(session), lease_of(info.context.settings))
    return CancelExportPayload(
        export=await export_of(info.context, export_id, current_selection(info).names(("export",)))
    )


@errors_in_payload(RetryExportPayload)
async def retry_export(
    info: Info, input: Annotated[RetryExportInput, strawberry.argument(description="The export to retry.")]
) -> RetryExportPayload:
    """Queues a failed or cancelled export again."""
    export_id = await row_id(info.context, input.id, "Export")
    async with info.context.database.write() as session:
        await lifecycle.retry_export(session, export_id, now())
    info.context.services.wake()
    return RetryExportPayload(
        export=await export_of(info.context, export_id, current_selection(info).names(("export",)))
    )


@errors_in_payload(DeleteExportPayload)
async def delete_export(
    info: Info, input: Annotated[DeleteExportInput, strawberry.argument(description="The export to delete.")]
) -> DeleteExportPayload:
    """Deletes an export and its file."""
    export_id = await row_id(info.context, input.id, "Export")
    async with info.context.database.write() as session:
        await lifecycle.delete_export(session, export_id)
    await info.context.services.storage.remove(storage_folder(export_id).job_folder)
    return DeleteExportPayload(deleted_uuid=export_id)
