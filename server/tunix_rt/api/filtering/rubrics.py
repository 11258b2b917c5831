"""Filters of rubrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import DateTimeFilter, IdFilter, StringFilter, Where, op


@strawberry.input(description="Filters rubrics. All given conditions must hold; `{}` matches every rubric.")
class RubricWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Rubric"}

    and_: list[RubricWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[RubricWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: RubricWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The rubric's `id` or `uuid`.")
    name: StringFilter | None = op("The rubric's name.")
    created_at: DateTimeFilter | None = op("Time of creation.")
