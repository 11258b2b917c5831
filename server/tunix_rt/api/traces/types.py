"""Traces in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from tunix_rt.api.execution.plan import Call
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.lists.fields import ListingElsewhere, batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, Source
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.ids import global_id
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import JSON
from tunix_rt.api.scores.types import SCORE_LIST, SCORE_SHAPE, Score
from tunix_rt.db.models import dataset_traces, datasets, scores, traces
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.jobs.datasets import COMPLETED
from tunix_rt.domain.scores.storage import latest_scores, latest_step_scores
from tunix_rt.domain.traces.trace import STEPS_MAX, decode_stored

if TYPE_CHECKING:
    from tunix_rt.api.datasets.types import Dataset

LazyDataset = Annotated["Dataset", strawberry.lazy("tunix_rt.api.datasets.types")]


async def latest_of_traces(parents: list[Trace], call: Call) -> list[list[Score]]:
    """Each trace's newest score of every scorer."""
    names = frozenset(call.selection)
    ids = list(dict.fromkeys(trace.row_id for trace in parents))
    async with call.context.database.read() as session:
        found = await latest_scores(session, ids, SCORE_SHAPE.columns(names), call.context.budget.reading)
    return [SCORE_SHAPE.objects(found[trace.row_id], names) for trace in parents]


async def latest_of_steps(parents: list[Any], call: Call) -> list[list[Score]]:
    """Each step's newest score of every scorer."""
    names = frozenset(call.selection)
    ids = list(dict.fromkeys(step.trace_id for step in parents))
    async with call.context.database.read() as session:
        found = await latest_step_scores(session, ids, SCORE_SHAPE.columns(names), call.context.budget.reading)
    return [SCORE_SHAPE.objects(found.get((step.trace_id, step.i), ()), names) for step in parents]


@strawberry.type(description="One step of a trace's reasoning.")
class Step:
    i: int = strawberry.field(
        name="index", description="The step's own index, unique in its trace; the list's order is the reasoning's."
    )
    type: str = strawberry.field(description="What kind of step it is, in the words of whoever made the trace.")
    content: str = strawberry.field(description="The reasoning itself.")
    trace_id: strawberry.Private[uuid.UUID]
    scores: list[Score] = batched_field(
        latest_of_steps, list[Score], "The newest score of every scorer that judged this step, by the scorer's name."
    )


@strawberry.type(description="A reasoning trace: a prompt, ordered steps, a final answer. Traces never change.")
class Trace(Node):
    row_id: strawberry.Private[uuid.UUID]
    created_at: datetime = strawberry.field(description="When it was stored.")
    trace_version: str = strawberry.field(description="The version of the trace's format, as given.")
    prompt: str = strawberry.field(description="The question, whole.")
    final_answer: str = strawberry.field(description="The answer, whole.")
    steps: list[Step] = strawberry.field(description=f"The reasoning, in order: 1 to {STEPS_MAX:,} steps.")
    meta: JSON | None = strawberry.field(description="Whatever was given along with it; null if nothing was.")
    source: str | None = strawberry.field(
        description="Where it comes from: the metadata's `source`, where that is a text."
    )
    step_count: int = strawberry.field(description="How many steps it has.")
    char_count: int = strawberry.field(
        description="Characters (code points) of prompt, final answer and all steps together."
    )
    prompt_preview: str = strawberry.field(description="The prompt's first 200 characters: cheap in lists.")
    final_answer_preview: str = strawberry.field(description="The final answer's first 200 characters: cheap in lists.")
    prompt_hash: str = strawberry.field(description="sha256 of the prompt, in hex: equal for equal prompts.")
    content_hash: str = strawberry.field(
        description="sha256 of the whole trace and its external id, in hex: equal for a trace imported again."
    )
    external_id: str | None = strawberry.field(description="Its name where it comes from; null if it has none.")
    scores: Connection[Score] = child_connection(
        SCORE_LIST,
        scores.c.trace_id,
        "Every judgement of the trace and of its steps, newest first unless ordered otherwise.",
    )
    latest_scores: list[Score] = batched_field(
        latest_of_traces,
        list[Score],
        "The newest score of every scorer that judged the whole trace, by the scorer's name.",
    )
    datasets: Connection[LazyDataset] = child_connection(
        ListingElsewhere("tunix_rt.api.datasets.types", "Dataset"),
        dataset_traces.c.trace_id,
        "The datasets that it is a member of, newest first unless ordered otherwise.",
        via=(dataset_traces.c.dataset_id == datasets.c.id, COMPLETED),
    )


def fill_id(target: Trace, identity: uuid.UUID) -> None:
    """The global id."""
    target.id = strawberry.ID(global_id("Trace", identity))


def fill_uuid(target: Trace, identity: uuid.UUID) -> None:
    """The UUID that people see."""
    target.uuid = identity


def fill_row_id(target: Trace, identity: uuid.UUID) -> None:
    """What its scores are found by."""
    target.row_id = identity


def fill_payload(target: Trace, identity: uuid.UUID, stored: str) -> None:
    """What only the payload has, decoded once."""
    payload = decode_stored(stored)
    target.prompt = payload.prompt
    target.final_answer = payload.final_answer
    for step in payload.steps:
        step.trace_id = identity
    target.steps = payload.steps  # type: ignore[assignment]


ROW_ID = Source([traces.c.id], fill_row_id)
PAYLOAD = Source([traces.c.id, traces.c.payload], fill_payload)

TRACE_SHAPE = Shape(
    make=Trace,
    table=traces,
    sources={
        "id": Source([traces.c.id], fill_id),
        "uuid": Source([traces.c.id], fill_uuid),
        "scores": ROW_ID,
        "latestScores": ROW_ID,
        "datasets": ROW_ID,
        "createdAt": traces.c.created_at,
        "traceVersion": traces.c.trace_version,
        "prompt": PAYLOAD,
        "finalAnswer": PAYLOAD,
        "steps": PAYLOAD,
        "meta": traces.c.meta,
        "source": traces.c.source,
        "stepCount": traces.c.step_count,
        "charCount": traces.c.char_count,
        "promptPreview": traces.c.prompt_preview,
        "finalAnswerPreview": traces.c.final_answer_preview,
        "promptHash": traces.c.prompt_hash,
        "contentHash": traces.c.content_hash,
        "externalId": traces.c.external_id,
    },
)


@strawberry.enum(description="What traces can be ordered by.")
class TraceOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="When it was stored.")
    STEP_COUNT = strawberry.enum_value("step_count", description="How many steps it has.")
    CHAR_COUNT = strawberry.enum_value("char_count", description="How many characters it has.")
    SOURCE = strawberry.enum_value("source", description="Where it comes from.")
    EXTERNAL_ID = strawberry.enum_value("external_id", description="Its name where it comes from.")
    ID = strawberry.enum_value("id", description="The id, which follows the time of storing.")


@strawberry.input(description="One term of an order of traces.")
class TraceOrder:
    field: TraceOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In which direction.")


TRACE_LIST = Listing(
    name="Trace",
    shape=TRACE_SHAPE,
    identity=traces.c.id,
    filterable=TRACES,
    where=TraceWhere,
    order=TraceOrder,
    default=(Term(traces.c.created_at, descending=True),),
)
