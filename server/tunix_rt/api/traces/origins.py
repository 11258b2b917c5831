"""The origin of a generated trace: its run, checkpoint, sampling parameters and raw text."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from tunix_rt.api.execution.columns import attribute_of
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.lists.fields import NamedListing, batched_field
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_enum_or_none, as_filled
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.by_id import rows_by_id
from tunix_rt.db.models import trace_origins
from tunix_rt.trainer.contract import FinishReason

RUNS = NamedListing("tunix_rt.api.runs.types", "Run")
RunOfOrigin = Annotated["Run", strawberry.lazy("tunix_rt.api.runs.types")]  # type: ignore[name-defined]  # noqa: F821


GENERATIONS = NamedListing("tunix_rt.api.generations.types", "Generation")
GenerationOfOrigin = Annotated["Generation", strawberry.lazy("tunix_rt.api.generations.types")]  # type: ignore[name-defined]  # noqa: F821


async def generations_of(origins: list[Any], call: Call) -> list[Any]:
    """Returns the generation of each origin; None if it has none."""
    ids = [found for found in dict.fromkeys(origin.generation_id for origin in origins) if found is not None]
    found = await objects_by_id(GENERATIONS.listing(), call.context, ids, frozenset(call.selection))
    return [found.get(origin.generation_id) for origin in origins]


async def runs_of(origins: list[Any], call: Call) -> list[Any]:
    """Returns the run of each origin; None if it has none."""
    ids = [found for found in dict.fromkeys(origin.run_id for origin in origins) if found is not None]
    found = await objects_by_id(RUNS.listing(), call.context, ids, frozenset(call.selection))
    return [found.get(origin.run_id) for origin in origins]


@strawberry.type(description="Parameters that an answer was sampled with.")
class SamplingParameters:
    temperature: float = strawberry.field(description="Sampling temperature; 0 for greedy decoding.")
    top_p: float = strawberry.field(
        description="Probability mass of the tokens sampled from (nucleus sampling); 1 for all tokens."
    )
    max_new_tokens: int = strawberry.field(description="Maximum number of generated tokens.")
    seed: BigInt | None = strawberry.field(description="Random seed, any 64-bit integer; null if the sampler had none.")


@strawberry.type(description="The origin of a generated trace.")
class TraceOrigin:
    run_id: strawberry.Private[uuid.UUID | None]
    run = batched_field(
        runs_of,
        RunOfOrigin | None,
        "The training run whose model or policy generated the trace; null for any other model, or if the run was "
        "deleted.",
    )
    generation_id: strawberry.Private[uuid.UUID | None]
    generation = batched_field(
        generations_of,
        GenerationOfOrigin | None,
        "The generation that the trace belongs to; null for a rollout, or if the generation was deleted.",
    )
    model_id: str = strawberry.field(description="The model as it was requested, such as `run:NAME`.")
    checkpoint_step: int | None = strawberry.field(
        description="Training step of the checkpoint that answered, 0 for the run's base model; null for any other "
        "model."
    )
    policy_version: int | None = strawberry.field(
        description="Number of updates of the policy before it generated this rollout; null if the trace is not a "
        "rollout."
    )
    prompt_position: int | None = strawberry.field(
        description="Position of the prompt in the generation, or in the run's dataset, from 0; null for the rollouts "
        "of an external run."
    )
    sample_index: int | None = strawberry.field(
        description="Position among the answers to the same prompt, from 0; null if an external run does not report it."
    )
    sampling_parameters: SamplingParameters | None = strawberry.field(
        description="Parameters that the answer was sampled with; null if an external run does not report them."
    )
    template: str | None = strawberry.field(
        description="Name or text of the template that the answer was parsed by; null if it was not parsed."
    )
    finish_reason: FinishReason | None = strawberry.field(
        description="Reason why the answer ended; null if an external run does not report it."
    )
    token_count: int | None = strawberry.field(
        description="Number of generated tokens, the end token excluded; null if an external run does not report it."
    )
    mean_log_probability: float | None = strawberry.field(
        description="Mean log-probability of the generated tokens, in nats; null if it is not known."
    )
    malformed: bool = strawberry.field(
        description="Whether the answer did not follow the template. Such a trace has the whole text as its only step "
        "or final answer."
    )
    raw_text: str = strawberry.field(description="The answer as it was generated, before it was parsed.")


def fill_sampling(
    target: TraceOrigin, temperature: float | None, top_p: float | None, max_new_tokens: int | None, seed: BigInt | None
) -> None:
    """Sets the sampling parameters, which are known together or not at all."""
    target.sampling_parameters = None
    if temperature is not None and top_p is not None and max_new_tokens is not None:
        target.sampling_parameters = SamplingParameters(
            temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens, seed=seed
        )


SAMPLING = [trace_origins.c[name] for name in ("temperature", "top_p", "max_new_tokens", "seed")]

ORIGIN_SHAPE = Shape(
    make=TraceOrigin,
    table=trace_origins,
    sources={
        "run": Alias(trace_origins.c.run_id, "run_id"),
        "generation": Alias(trace_origins.c.generation_id, "generation_id"),
        "modelId": trace_origins.c.model_id,
        "checkpointStep": trace_origins.c.checkpoint_step,
        "policyVersion": trace_origins.c.policy_version,
        "promptPosition": trace_origins.c.prompt_position,
        "sampleIndex": trace_origins.c.sample_index,
        "samplingParameters": as_filled(SAMPLING, fill_sampling),
        "template": trace_origins.c.template,
        "finishReason": as_enum_or_none(trace_origins.c.finish_reason, FinishReason),
        "tokenCount": trace_origins.c.token_count,
        "meanLogProbability": trace_origins.c.mean_log_probability,
        "malformed": trace_origins.c.malformed,
        "rawText": trace_origins.c.raw_text,
    },
)


async def origins_of(traces: Sequence[Any], call: Call) -> list[TraceOrigin | None]:
    """Returns the origin of each trace; None if it was not generated."""
    names, identity = frozenset(call.selection), trace_origins.c.trace_id
    keys = attribute_of(traces, "row_id")
    columns = [*ORIGIN_SHAPE.columns(names), identity]
    async with call.context.database.read() as session:
        rows = await rows_by_id(session, identity, list(dict.fromkeys(keys)), columns, call.context.budget.reading)
    found = dict(zip(rows, ORIGIN_SHAPE.objects(rows.values(), names), strict=True))
    return [found.get(key) for key in keys]
