"""Filters of traces by their origin: the model that has generated them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import (
    BigIntFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    RelatedRowWhere,
    StringFilter,
    op,
)
from tunix_rt.trainer.contract import FinishReason


@strawberry.input(description="Conditions on the reason why a generated answer ended.")
class FinishReasonFilter(EnumFilter[FinishReason]):
    pass


@strawberry.input(
    description="Filters traces by the model that generated them. `{}` matches every generated trace; `not: { "
    "producedBy: {} }` matches all others."
)
class TraceOriginWhere(RelatedRowWhere):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"run_id": "Run", "generation_id": "Generation"}

    and_: list[TraceOriginWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[TraceOriginWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: TraceOriginWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    run_id: IdFilter | None = op("The training run whose model or policy generated the trace.")
    generation_id: IdFilter | None = op("The generation that the trace belongs to.")
    model_id: StringFilter | None = op("The model as it was requested, such as `run:NAME`.")
    checkpoint_step: IntFilter | None = op(
        "Training step of the checkpoint that answered, 0 for the run's base model; null for any other model."
    )
    policy_version: IntFilter | None = op("Number of updates of the policy before it generated the rollout.")
    prompt_position: IntFilter | None = op("Position of the prompt, from 0.")
    sample_index: IntFilter | None = op("Position among the answers to the same prompt, from 0.")
    temperature: FloatFilter | None = op("Sampling temperature; 0 for greedy decoding.")
    top_p: FloatFilter | None = op("Probability mass of the tokens sampled from (nucleus sampling).")
    max_new_tokens: IntFilter | None = op("Maximum number of generated tokens.")
    seed: BigIntFilter | None = op("Random seed; null if the sampler had none.")
    template: StringFilter | None = op("Name or text of the template; null if the answer was not parsed.")
    finish_reason: FinishReasonFilter | None = op("Reason why the answer ended.")
    token_count: IntFilter | None = op("Number of generated tokens.")
    mean_log_probability: FloatFilter | None = op("Mean log-probability of the generated tokens.")
    malformed: bool | None = op("Whether the answer did not follow the template.")
