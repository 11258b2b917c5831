"""Traces in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import strawberry

from tunix_rt.api.execution.columns import JsonLists, ListColumns, attribute_of
from tunix_rt.api.execution.fetching import Ahead, Call
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.lists.fields import NamedListing, batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Alias, FieldSource, Shape, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import JSON
from tunix_rt.api.scores.types import SCORE_LIST, SCORE_SHAPE, Score
from tunix_rt.api.traces.origins import TraceOrigin, origins_of
from tunix_rt.api.traces.own_group import group_field
from tunix_rt.api.traces.training_text import TrainingText, training_text_field
from tunix_rt.db.children.arrays import ChildArrays
from tunix_rt.db.models import dataset_traces, scores, traces
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.jobs.datasets import CONTAINING
from tunix_rt.domain.scores.storage import BY_SCORER, LATEST_OF_TRACE, latest_scores, latest_step_scores
from tunix_rt.domain.traces.trace import STEPS_MAX, TraceStep, decode_steps, decode_texts


async def latest_of_traces(parents: Sequence[Any], call: Call) -> Sequence[list[Score]]:
    """Returns each trace's latest score by every scorer."""
    names, keys = frozenset(call.selection), attribute_of(parents, "row_id")
    async with call.context.database.read() as session:
        found = await latest_scores(
            session, list(dict.fromkeys(keys)), SCORE_SHAPE.columns(names), call.context.budget.reading
        )
    return score_lists([found[key] for key in keys], names)


def latest_to_read_ahead(call: Call) -> ChildArrays | None:
    """Returns what a page's statement has to read for the latest scores of every trace; None on SQLite."""
    columns = tuple(SCORE_SHAPE.columns(frozenset(call.selection)))
    if call.context.database.kind != "postgresql" or not columns:
        return None
    found = ChildArrays(scores.c.trace_id, columns, LATEST_OF_TRACE, BY_SCORER)
    return found if found.is_small else None


def latest_read_ahead(_: Sequence[Any], arrays: Sequence[Sequence[Any]], call: Call) -> ListColumns:
    """Returns ``latest_of_traces`` from the arrays of the scores, which were read with the traces."""
    values = [list(chain.from_iterable(filter(None, column))) for column in arrays]
    lengths = [len(found) if found else 0 for found in arrays[0]]
    return ListColumns(SCORE_SHAPE.of_columns(values, len(values[0]), frozenset(call.selection)), lengths)


async def latest_of_steps(parents: Sequence[Any], call: Call) -> Sequence[list[Score]]:
    """Returns each step's latest score by every scorer."""
    names = frozenset(call.selection)
    ids = list(dict.fromkeys(step.trace_id for step in parents))
    async with call.context.database.read() as session:
        found = await latest_step_scores(session, ids, SCORE_SHAPE.columns(names), call.context.budget.reading)
    return score_lists([found.get((step.trace_id, step.i), ()) for step in parents], names)


def score_lists(rows: Sequence[Sequence[Any]], names: frozenset[str]) -> ListColumns:
    """Returns the scores of lists of rows."""
    return ListColumns(SCORE_SHAPE.by_columns(list(chain.from_iterable(rows)), names), list(map(len, rows)))


@strawberry.type(description="A reasoning step of a trace.")
class Step:
    i: int = strawberry.field(
        name="index",
        description="Index of the step, unique within the trace. Steps are listed in reasoning order, regardless of "
        "their indexes.",
    )
    type: str = strawberry.field(description="Type of the step as given by the trace's author, such as `computation`.")
    content: str = strawberry.field(description="Text of the step.")
    trace_id: strawberry.Private[uuid.UUID]
    scores: list[Score] = batched_field(
        latest_of_steps, list[Score], "The latest score of the step by each scorer, sorted by scorer."
    )


@strawberry.type(description="A reasoning trace: a prompt, ordered steps and a final answer. Immutable once stored.")
class Trace(Node):
    row_id: strawberry.Private[uuid.UUID]
    stored_payload: strawberry.Private[str]
    created_at: datetime = strawberry.field(description="When the trace was stored.")
    trace_version: str = strawberry.field(description="Version of the trace format, as given.")
    prompt: str = strawberry.field(description="The prompt in full.")
    final_answer: str = strawberry.field(description="The final answer in full.")
    steps: list[Step] = strawberry.field(
        description=f"The reasoning steps in order: 1 to {STEPS_MAX:,}.",
        metadata={"stored_keys": TraceStep.__struct_fields__},
    )
    meta: JSON | None = strawberry.field(description="Metadata given with the trace; null if there is none.")
    source: str | None = strawberry.field(
        description="Collection that the trace comes from: `source` of its metadata. Null if that is missing or "
        "not a string."
    )
    step_count: int = strawberry.field(description="Number of steps.")
    char_count: int = strawberry.field(
        description="Number of characters (Unicode code points) in the prompt, the final answer and all steps."
    )
    prompt_preview: str = strawberry.field(
        description="First 200 characters of the prompt. Cheaper in lists than `prompt`."
    )
    final_answer_preview: str = strawberry.field(
        description="First 200 characters of the final answer. Cheaper in lists than `finalAnswer`."
    )
    prompt_hash: str = strawberry.field(
        description="SHA-256 of the prompt, in hexadecimal. Traces with the same prompt share it."
    )
    content_hash: str = strawberry.field(
        description="SHA-256 of the whole trace and its `externalId`, in hexadecimal. Imports use it to skip traces "
        "that are stored already."
    )
    external_id: str | None = strawberry.field(
        description="Identifier of the trace in the system it comes from; null if none was given."
    )
    reference_answer: str | None = strawberry.field(
        description="Reference answer: the known correct answer to the prompt, which the model was not shown. Null if "
        "none was given."
    )
    group: str = strawberry.field(
        description="Group of the trace: traces of one group are samples of one prompt, to be compared with each "
        "other. Defaults to the `promptHash`."
    )
    trace_group = group_field()
    scores: Connection[Score] = child_connection(
        SCORE_LIST,
        scores.c.trace_id,
        "Scores of the trace and of its steps, newest first by default.",
    )
    training_text: TrainingText | None = training_text_field()
    latest_scores: list[Score] = batched_field(
        latest_of_traces,
        list[Score],
        "The latest score of the whole trace by each scorer, sorted by scorer.",
        ahead=Ahead(latest_to_read_ahead, latest_read_ahead),
    )
    produced_by: TraceOrigin | None = batched_field(
        origins_of, TraceOrigin | None, "The model that generated the trace; null if the trace was not generated."
    )
    datasets = child_connection(
        NamedListing("tunix_rt.api.datasets.types", "Dataset"),
        dataset_traces.c.trace_id,
        "Datasets that contain the trace, newest first by default.",
        via=CONTAINING,
    )


def payload_attributes(identities: Sequence[uuid.UUID], stored: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Returns the attributes that are stored in the payloads alone, which are decoded once."""

    def decode(texts: Sequence[bytes]) -> list[list[Any]]:
        lists: list[list[Any]] = list(map(decode_steps, texts))
        for identity, steps in zip(identities, lists, strict=True):
            for step in steps:
                step.trace_id = identity
        return lists

    payloads = list(map(decode_texts, stored))
    return {
        "prompt": [payload.prompt for payload in payloads],
        "final_answer": [payload.final_answer for payload in payloads],
        "steps": JsonLists([bytes(payload.steps) for payload in payloads], decode),
    }


GROUP = Alias(traces.c.group_key, "group")
ROW_ID = Alias(traces.c.id, "row_id")
PAYLOAD = FieldSource([traces.c.id, traces.c.payload], payload_attributes)

TRACE_SHAPE = Shape(
    make=Trace,
    table=traces,
    sources=node_sources("Trace", traces.c.id)
    | {
        "scores": ROW_ID,
        "latestScores": ROW_ID,
        "producedBy": ROW_ID,
        "datasets": ROW_ID,
        "createdAt": traces.c.created_at,
        "traceVersion": traces.c.trace_version,
        "prompt": PAYLOAD,
        "finalAnswer": PAYLOAD,
        "steps": PAYLOAD,
        "trainingText": Alias(traces.c.payload, "stored_payload"),
        "meta": traces.c.meta,
        "source": traces.c.source,
        "stepCount": traces.c.step_count,
        "charCount": traces.c.char_count,
        "promptPreview": traces.c.prompt_preview,
        "finalAnswerPreview": traces.c.final_answer_preview,
        "promptHash": traces.c.prompt_hash,
        "contentHash": traces.c.content_hash,
        "externalId": traces.c.external_id,
        "referenceAnswer": traces.c.reference_answer,
        "group": GROUP,
        "traceGroup": GROUP,
    },
)


@strawberry.enum(description="Fields that traces can be sorted by.")
class TraceOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time at which the trace was stored.")
    STEP_COUNT = strawberry.enum_value("step_count", description="Number of steps.")
    CHAR_COUNT = strawberry.enum_value(
        "char_count", description="Number of characters in the prompt, the final answer and all steps."
    )
    SOURCE = strawberry.enum_value("source", description="Collection that the trace comes from.")
    EXTERNAL_ID = strawberry.enum_value(
        "external_id", description="Identifier of the trace in the system it comes from."
    )
    ID = strawberry.enum_value("id", description="Id, in the order in which the objects were stored.")


@strawberry.input(description="A term of the sort order of traces.")
class TraceOrder:
    field: TraceOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


TRACE_LIST = Listing(
    name="Trace",
    shape=TRACE_SHAPE,
    identity=traces.c.id,
    filterable=TRACES,
    where=TraceWhere,
    order=TraceOrder,
    default=(Term(traces.c.created_at, descending=True),),
)
