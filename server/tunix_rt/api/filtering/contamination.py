"""Filters of contaminations, their pairs and protected sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import (
    BigIntFilter,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    StringFilter,
    Where,
    op,
)
from tunix_rt.domain.contamination.matching import ContaminationKind

AND = "All of these filters match; an empty list matches everything."
OR = "At least one of these filters matches; an empty list matches nothing."
NOT = "This filter does not match."


@strawberry.input(description="Conditions on the kind of contamination.")
class ContaminationKindFilter(EnumFilter[ContaminationKind]):
    pass


@strawberry.input(description="Filters contaminations. All given conditions must hold; `{}` matches every one.")
class ContaminationWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {
        "id": "Contamination",
        "train_dataset_id": "Dataset",
        "eval_dataset_id": "Dataset",
    }

    and_: list[ContaminationWhere] | None = strawberry.field(name="and", default=UNSET, description=AND)
    or_: list[ContaminationWhere] | None = strawberry.field(name="or", default=UNSET, description=OR)
    not_: ContaminationWhere | None = strawberry.field(name="not", default=UNSET, description=NOT)
    id: IdFilter | None = op("The contamination's `id` or `uuid`.")
    train_dataset_id: IdFilter | None = op("The training dataset.")
    eval_dataset_id: IdFilter | None = op("The evaluation dataset.")
    checked_at: DateTimeFilter | None = op("Time of the comparison.")


@strawberry.input(description="Filters pairs of prompts. All given conditions must hold; `{}` matches every pair.")
class ContaminatedPairWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {
        "id": "ContaminatedPair",
        "train_trace_id": "Trace",
        "eval_trace_id": "Trace",
    }

    and_: list[ContaminatedPairWhere] | None = strawberry.field(name="and", default=UNSET, description=AND)
    or_: list[ContaminatedPairWhere] | None = strawberry.field(name="or", default=UNSET, description=OR)
    not_: ContaminatedPairWhere | None = strawberry.field(name="not", default=UNSET, description=NOT)
    id: IdFilter | None = op("The pair's `id` or `uuid`.")
    kind: ContaminationKindFilter | None = op("Kind of contamination.")
    overlap: FloatFilter | None = op("Overlap of the prompts, above 0, at most 1.")
    train_trace_id: IdFilter | None = op("The training trace.")
    eval_trace_id: IdFilter | None = op("The evaluation trace.")


@strawberry.input(description="Filters protected sets. All given conditions must hold; `{}` matches every set.")
class ProtectedSetWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "ProtectedSet"}

    and_: list[ProtectedSetWhere] | None = strawberry.field(name="and", default=UNSET, description=AND)
    or_: list[ProtectedSetWhere] | None = strawberry.field(name="or", default=UNSET, description=OR)
    not_: ProtectedSetWhere | None = strawberry.field(name="not", default=UNSET, description=NOT)
    id: IdFilter | None = op("The protected set's `id` or `uuid`.")
    name: StringFilter | None = op("The protected set's name.")
    prompt_count: BigIntFilter | None = op("Number of distinct prompts.")
    created_at: DateTimeFilter | None = op("Time of creation.")
