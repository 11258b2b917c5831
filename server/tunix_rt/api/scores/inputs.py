"""Score inputs of mutations, and their conversion to the domain's scores."""

from __future__ import annotations

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.scalars import JSON
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind
from tunix_rt.domain.traces.given_scores import ReferredScore
from tunix_rt.domain.traces.references import TraceReference
from tunix_rt.domain.traces.validation import first_errors
from tunix_rt.errors import BadId, ValidationErrors, within


@strawberry.input
class GivenScoreInput:
    """The fields of a score that a person or a model gives, without its trace."""

    step_index: int | None = strawberry.field(
        default=UNSET, description="Index of the step to score. If omitted, the score is of the whole trace."
    )
    scorer: str = strawberry.field(description="Name of the person or model that gives the score: 1 to 64 characters.")
    scorer_version: str = strawberry.field(default="1", description="Version of the scorer: 1 to 64 characters.")
    kind: ScoreKind = strawberry.field(
        default=ScoreKind.HUMAN, description="HUMAN or MODEL. CODE is reserved for `scoreTraces`."
    )
    score: float = strawberry.field(description="The score: any finite number, on a scale of your choice.")
    rationale: str | None = strawberry.field(
        default=UNSET, description="Explanation of the score: up to 20,000 characters."
    )
    details: JSON | None = strawberry.field(
        default=UNSET,
        description="The terms that make up the score: a JSON object of numbers, up to 65,536 bytes.",
    )

    def given_score(self) -> GivenScore:
        """Returns the score alone."""
        return GivenScore(
            scorer=self.scorer,
            scorer_version=self.scorer_version,
            kind=self.kind,
            score=self.score,
            step_index=given_or_none(self.step_index),
            rationale=given_or_none(self.rationale),
            details=given_or_none(self.details),
        )


@strawberry.input(
    description="A score of a stored trace, which is referred to by `traceId`, by `contentHash`, or by `source` and "
    "`externalId` together."
)
class ScoreInput(GivenScoreInput):
    trace_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The trace to score: its `id` or `uuid`."
    )
    content_hash: str | None = strawberry.field(
        default=UNSET,
        description="`contentHash` of the trace to score. If several traces have it, their contents are equal and the "
        "oldest is scored.",
    )
    source: str | None = strawberry.field(
        default=UNSET, description="`source` of the trace to score; requires `externalId`."
    )
    external_id: str | None = strawberry.field(
        default=UNSET,
        description="`externalId` of the trace to score; requires `source`. If several traces have both, the error is "
        "`CONFLICT`.",
    )

    def draft(self) -> ReferredScore:
        """Returns the score with the reference to its trace.

        Raises:
            BadId: ``traceId`` is malformed.
        """
        trace_id = given_or_none(self.trace_id)
        reference = TraceReference(
            id=None if trace_id is None else uuid_of(trace_id, "Trace", ("traceId",)),
            content_hash=given_or_none(self.content_hash),
            source=given_or_none(self.source),
            external_id=given_or_none(self.external_id),
        )
        return ReferredScore(reference, self.given_score())


def drafts_of(inputs: list[ScoreInput]) -> list[ReferredScore]:
    """Returns the drafts of all inputs.

    Raises:
        ValidationErrors: ids of traces are malformed; one error for each.
    """
    drafts: list[ReferredScore] = []
    errors: list[BadId] = []
    for position, one in enumerate(inputs):
        try:
            drafts.append(one.draft())
        except BadId as error:
            within(("scores", position), error)
            errors.append(error)
    if errors:
        raise ValidationErrors(first_errors(errors))
    return drafts
