"""Filters of groups of traces."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import BigIntFilter, FloatFilter, StringFilter, Where, op


@strawberry.input(
    description="Filters groups of traces by their statistics. All given conditions must hold; `{}` matches every "
    "group. Groups with correct and with wrong traces: `{ passRate: { gt: 0, lt: 1 } }`."
)
class TraceGroupWhere(Where):
    and_: list[TraceGroupWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[TraceGroupWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: TraceGroupWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    key: StringFilter | None = op("Key of the group.")
    size: BigIntFilter | None = op("Number of traces.")
    graded_count: BigIntFilter | None = op("Number of graded traces.")
    correct_count: BigIntFilter | None = op("Number of correct traces.")
    pass_rate: FloatFilter | None = op("Share of correct traces among graded ones; null if none is graded.")
