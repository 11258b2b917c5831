"""Filters of scores, and of traces by their scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import (
    CREATED_BY,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    RelatedWhere,
    StringFilter,
    Where,
    op,
)
from tunix_rt.domain.scores.draft import ScoreKind


@strawberry.input(description="Conditions on the kind of scorer.")
class ScoreKindFilter(EnumFilter[ScoreKind]):
    pass


@strawberry.input(description="Filters scores. All given conditions must hold; `{}` matches every score.")
class ScoreWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Score", "trace_id": "Trace", "run_id": "Run"}

    and_: list[ScoreWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[ScoreWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: ScoreWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The score's `id` or `uuid`.")
    trace_id: IdFilter | None = op("The scored trace.")
    step_index: IntFilter | None = op("Index of the scored step; `isNull: true` for scores of whole traces.")
    scorer: StringFilter | None = op("Name of the scorer.")
    scorer_version: StringFilter | None = op("Version of the scorer.")
    kind: ScoreKindFilter | None = op("Kind of scorer.")
    score: FloatFilter | None = op("The score.")
    rationale: StringFilter | None = op("Explanation of the score.")
    scored_at: DateTimeFilter | None = op("Time of scoring.")
    created_by: StringFilter | None = op(CREATED_BY)
    run_id: IdFilter | None = op("The training run whose model gave the score.")
    latest: bool | None = op(
        "`true` matches the latest score of a trace or step by each scorer, `false` matches superseded scores."
    )


@strawberry.input(description="Filters traces by their scores.")
class ScoresRelation(RelatedWhere):
    some: ScoreWhere | None = op("At least one of the trace's scores matches.")
    none: ScoreWhere | None = op("None of the trace's scores matches.")
    every: ScoreWhere | None = op("Every score of the trace matches; true for a trace without scores.")
