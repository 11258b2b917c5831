"""Filters of scores, and of traces by their scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.operators import (
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


@strawberry.input(description="Conditions on who gave a score.")
class ScoreKindFilter(EnumFilter[ScoreKind]):
    pass


@strawberry.input(description="Which scores: every condition given must hold.")
class ScoreWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Score", "trace_id": "Trace", "run_id": "TunixRun"}

    and_: list[ScoreWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[ScoreWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: ScoreWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The score's id.")
    trace_id: IdFilter | None = op("The judged trace's id.")
    step_index: IntFilter | None = op("The judged step's index; `isNull: true` for whole traces.")
    scorer: StringFilter | None = op("Who or what judged.")
    scorer_version: StringFilter | None = op("The scorer's version.")
    kind: ScoreKindFilter | None = op("Whether code, a model or a person judged.")
    score: FloatFilter | None = op("The score.")
    rationale: StringFilter | None = op("The words given with it.")
    scored_at: DateTimeFilter | None = op("When it was judged.")
    run_id: IdFilter | None = op("The training run whose model judged.")
    latest: bool | None = op("Whether it is its scorer's newest for that trace and step, or is superseded.")


@strawberry.input(description="Which traces, by their scores.")
class ScoresRelation(RelatedWhere):
    some: ScoreWhere | None = op("At least one of the trace's scores is so.")
    none: ScoreWhere | None = op("None of the trace's scores is so.")
    every: ScoreWhere | None = op("All of the trace's scores are so; true of a trace without scores.")
