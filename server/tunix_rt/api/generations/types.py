"""Generations in GraphQL: the type and its orders."""

from __future__ import annotations

import enum
import uuid
from typing import Any

import msgspec
import strawberry

from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.generations import GenerationWhere
from tunix_rt.api.generations.events import EVENT_LIST, GenerationEvent
from tunix_rt.api.inputs import template_inputs
from tunix_rt.api.jobs import Job, job_sources
from tunix_rt.api.lists.fields import batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_filled, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.runs.types import RUN_LIST, Run
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.api.traces.origins import SamplingParameters
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import generation_events, generations, trace_origins
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.generations import GENERATIONS, OF_TRACE
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, ReasoningTemplate


async def runs_of(found: list[Any], call: Call) -> list[Run | None]:
    """Returns the run whose model answers, of each generation."""
    ids = [one.run_id for one in found if one.run_id is not None]
    known = await objects_by_id(RUN_LIST, call.context, list(dict.fromkeys(ids)), frozenset(call.selection))
    return [known.get(one.run_id) for one in found]


async def datasets_of(found: list[Any], call: Call) -> list[Dataset | None]:
    """Returns the dataset of the prompts, of each generation."""
    ids = [one.dataset_id for one in found if one.dataset_id is not None]
    known = await objects_by_id(DATASET_LIST, call.context, list(dict.fromkeys(ids)), frozenset(call.selection))
    return [known.get(one.dataset_id) for one in found]


@strawberry.type(
    description="A job in which a model answers prompts. Each answer is stored as a trace as soon as it is generated, "
    "with its origin, its group, the prompt's reference answer and the scores of the named scorers."
)
class Generation(Node, Job):
    row_id: strawberry.Private[uuid.UUID]
    run_id: strawberry.Private[uuid.UUID | None]
    dataset_id: strawberry.Private[uuid.UUID | None]
    model_id: str = strawberry.field(description="The model that answers, such as `run:NAME`.")
    run: Run | None = batched_field(
        runs_of,
        Run | None,
        "The training run whose model answers; null for any other model, or if the run was deleted.",
    )
    checkpoint_step: int | None = strawberry.field(
        description="Training step of the checkpoint that answers, 0 for the run's base model; null for any other "
        "model."
    )
    dataset: Dataset | None = batched_field(
        datasets_of,
        Dataset | None,
        "The dataset of the prompts; null if the prompts are of another selection, or the dataset was deleted.",
    )
    samples_per_prompt: int = strawberry.field(description="Number of answers to each prompt.")
    sampling_parameters: SamplingParameters = strawberry.field(
        description="Parameters that the answers are sampled with."
    )
    max_prompt_tokens: int = strawberry.field(
        description="Maximum number of tokens of a prompt; longer prompts are not answered."
    )
    limit: int | None = strawberry.field(description="Maximum number of prompts; null for all.")
    template: ReasoningTemplate | None = strawberry.field(
        description="Template that answers are parsed by; null if a custom template is used."
    )
    custom_template: str | None = strawberry.field(
        description="Text of the custom template; null if a named template is used."
    )
    system_instruction: str | None = strawberry.field(
        description="System instruction before each prompt; null if there is none."
    )
    scorers: list[str] = strawberry.field(description="Names of the scorers that grade each answer.")
    labels: list[str] = strawberry.field(description="Labels required of the worker that takes the generation.")
    prompt_count: int | None = strawberry.field(description="Number of distinct prompts; null until they are known.")
    too_long_count: int = strawberry.field(
        description="Number of prompts not answered because they have more than `maxPromptTokens` tokens."
    )
    answer_count: int = strawberry.field(description="Number of answers stored so far.")
    malformed_count: int = strawberry.field(
        description="Number of stored answers that do not follow the template; see `Trace.producedBy.malformed`."
    )
    token_count: BigInt = strawberry.field(description="Number of tokens generated so far.")
    tokens_per_second: float | None = strawberry.field(
        description="Throughput of the current or last attempt, in generated tokens per second; null until it is known."
    )
    eta_seconds: float | None = strawberry.field(
        description="Estimated time remaining, in seconds; null until it is known, and once the generation has "
        "finished."
    )
    stderr: str = strawberry.field(
        description="End of the standard error of the last finished attempt, up to 10 KB; empty until then."
    )
    traces: Connection[Trace] = child_connection(
        TRACE_LIST,
        trace_origins.c.generation_id,
        "The answers, newest first by default.",
        via=[OF_TRACE],
        many=True,
    )
    events: Connection[GenerationEvent] = child_connection(
        EVENT_LIST, generation_events.c.generation_id, "Events of the generation in chronological order."
    )


def fill_options(target: Generation, stored: JSON) -> None:
    """Sets the attributes that are stored among the options."""
    options = msgspec.convert(stored, GenerationOptions)
    target.samples_per_prompt = options.samples_per_prompt
    target.sampling_parameters = SamplingParameters(
        temperature=options.temperature,
        top_p=options.top_p,
        max_new_tokens=options.max_new_tokens,
        seed=BigInt(options.seed),
    )
    target.max_prompt_tokens = options.max_prompt_tokens
    target.limit = options.limit
    target.template, target.custom_template = template_inputs(options.template or DEFAULT_TEMPLATE)
    target.system_instruction = options.system_instruction
    target.scorers = list(options.scorers)
    target.labels = list(options.labels)


OPTIONS = as_filled([generations.c.options], fill_options)
OPTION_FIELDS = (
    *("samplesPerPrompt", "samplingParameters", "maxPromptTokens", "limit", "template", "customTemplate"),
    *("systemInstruction", "scorers", "labels"),
)

GENERATION_SHAPE = Shape(
    make=Generation,
    table=generations,
    sources=node_sources("Generation", generations.c.id)
    | job_sources(generations)
    | dict.fromkeys(OPTION_FIELDS, OPTIONS)
    | {
        "events": Alias(generations.c.id, "row_id"),
        "traces": Alias(generations.c.id, "row_id"),
        "run": generations.c.run_id,
        "dataset": generations.c.dataset_id,
        "modelId": generations.c.model_id,
        "checkpointStep": generations.c.checkpoint_step,
        "promptCount": generations.c.prompt_count,
        "tooLongCount": generations.c.too_long_count,
        "answerCount": generations.c.answer_count,
        "malformedCount": generations.c.malformed_count,
        "tokenCount": generations.c.token_count,
        "tokensPerSecond": generations.c.tokens_per_second,
        "etaSeconds": generations.c.eta_seconds,
        "stderr": generations.c.stderr,
    },
)


@strawberry.enum(description="Fields that generations can be sorted by.")
class GenerationOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    COMPLETED_AT = strawberry.enum_value("completed_at", description="Time of completion.")
    MODEL_ID = strawberry.enum_value("model_id", description="The model that answers.")
    ANSWER_COUNT = strawberry.enum_value("answer_count", description="Number of stored answers.")
    TOKEN_COUNT = strawberry.enum_value("token_count", description="Number of generated tokens.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of generations.")
class GenerationOrder:
    field: GenerationOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


GENERATION_LIST = Listing(
    name="Generation",
    shape=GENERATION_SHAPE,
    identity=generations.c.id,
    filterable=GENERATIONS,
    where=GenerationWhere,
    order=GenerationOrder,
    default=(Term(generations.c.created_at, descending=True),),
)
