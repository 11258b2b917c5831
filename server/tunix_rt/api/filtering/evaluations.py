"""Filters of evaluations, their events, candidates, pairs and aligned prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    CREATED_BY,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    Where,
    op,
)
from tunix_rt.db.models.evaluations import CandidateKind


@strawberry.input(description="Conditions on the source of a candidate's answers.")
class EvaluationCandidateKindFilter(EnumFilter[CandidateKind]):
    pass


@strawberry.input(description="Filters evaluations. All given conditions must hold; `{}` matches every evaluation.")
class EvaluationWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Evaluation", "dataset_id": "Dataset"}

    and_: list[EvaluationWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[EvaluationWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: EvaluationWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The evaluation's `id` or `uuid`.")
    name: StringFilter | None = op("Unique name of the evaluation.")
    dataset_id: IdFilter | None = op("The dataset of the prompts.")
    dataset_key: StringFilter | None = op("Key of the dataset.")
    scorer: StringFilter | None = op("Name of the scorer.")
    status: JobStatusFilter | None = op("Status of the evaluation.")
    created_at: DateTimeFilter | None = op("Time of creation.")
    created_by: StringFilter | None = op(CREATED_BY)


@strawberry.input(description="Filters the events of an evaluation. All given conditions must hold.")
class EvaluationEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[EvaluationEventWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[EvaluationEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: EvaluationEventWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    seq: IntFilter | None = op("Sequence number of the event.")
    status: JobStatusFilter | None = op("Status of the evaluation at the time.")
    at: DateTimeFilter | None = op("Time of the event.")


@strawberry.input(description="Filters the candidates of evaluations. All given conditions must hold.")
class EvaluationCandidateWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {
        "id": "EvaluationCandidate",
        "evaluation_id": "Evaluation",
        "run_id": "Run",
    }

    and_: list[EvaluationCandidateWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[EvaluationCandidateWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: EvaluationCandidateWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The candidate's `id` or `uuid`.")
    evaluation_id: IdFilter | None = op("The evaluation.")
    name: StringFilter | None = op("Name of the candidate.")
    kind: EvaluationCandidateKindFilter | None = op("Source of the answers.")
    run_id: IdFilter | None = op("The run whose model answered; `isNull: true` for candidates without one.")
    mean: FloatFilter | None = op("Mean score.")


@strawberry.input(description="Filters the pairs of an evaluation. All given conditions must hold.")
class EvaluationPairWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "EvaluationPair"}

    and_: list[EvaluationPairWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[EvaluationPairWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: EvaluationPairWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The pair's `id` or `uuid`.")
    difference: FloatFilter | None = op("Mean difference.")
    p_value: FloatFilter | None = op("The p-value, not corrected.")
    p_holm: FloatFilter | None = op("The corrected p-value; `lt: 0.05` for significant differences.")


@strawberry.input(description="Filters the aligned prompts of a pair. All given conditions must hold.")
class AlignedPromptWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[AlignedPromptWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[AlignedPromptWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: AlignedPromptWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    position: IntFilter | None = op("Position of the prompt in the dataset.")
    score_a: FloatFilter | None = op("Mean score of the answers of candidate `a`.")
    score_b: FloatFilter | None = op("Mean score of the answers of candidate `b`.")
