"""Filters of generations and of their events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    CREATED_BY,
    BigIntFilter,
    DateTimeFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    Where,
    op,
)


@strawberry.input(description="Filters generations. All given conditions must hold; `{}` matches every generation.")
class GenerationWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Generation", "run_id": "Run", "dataset_id": "Dataset"}

    and_: list[GenerationWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[GenerationWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: GenerationWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The generation's `id` or `uuid`.")
    model_id: StringFilter | None = op("The model that answers, such as `run:NAME`.")
    run_id: IdFilter | None = op("The training run whose model answers.")
    checkpoint_step: IntFilter | None = op("Training step of the checkpoint that answers.")
    dataset_id: IdFilter | None = op("The dataset of the prompts; `isNull: true` for prompts of other selections.")
    status: JobStatusFilter | None = op("Status of the generation.")
    prompt_count: IntFilter | None = op("Number of prompts; null until they are known.")
    answer_count: IntFilter | None = op("Number of stored answers.")
    malformed_count: IntFilter | None = op("Number of stored answers that do not follow the template.")
    token_count: BigIntFilter | None = op("Number of generated tokens.")
    created_at: DateTimeFilter | None = op("Time of creation.")
    created_by: StringFilter | None = op(CREATED_BY)
    started_at: DateTimeFilter | None = op("Start of the current or last attempt.")
    completed_at: DateTimeFilter | None = op("Time of completion.")


@strawberry.input(description="Filters the events of a generation. All given conditions must hold.")
class GenerationEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[GenerationEventWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[GenerationEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: GenerationEventWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    seq: IntFilter | None = op("Sequence number of the event.")
    status: JobStatusFilter | None = op("Status of the generation at the time.")
    at: DateTimeFilter | None = op("Time of the event.")
