"""The mutation of scores: stores a score by a person or a model."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.inputs import given
from tunix_rt.api.payloads import ERRORS, KEY, Rows, create_once, errors_in_payload, only
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.scalars import JSON
from tunix_rt.api.scores.types import SCORE_LIST, Score
from tunix_rt.db.session import Session
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.scores.draft import ScoreDraft, ScoreKind, check_score_draft
from tunix_rt.domain.scores.storage import add_score

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createScore`.")
class CreateScoreInput:
    trace_id: strawberry.ID = strawberry.field(description="The trace to score: its `id` or `uuid`.")
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
        default=UNSET, description="The terms that make up the score: a JSON object of numbers, up to 65,536 bytes."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.type(description="Payload of `createScore`.")
class CreateScorePayload:
    score: Score | None = strawberry.field(default=None, description="The stored score; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(CreateScorePayload)
async def create_score(
    info: Info, input: Annotated[CreateScoreInput, strawberry.argument(description="The score to store.")]
) -> CreateScorePayload:
    """Stores a person's or a model's score of a trace or of one of its steps."""
    draft = ScoreDraft(
        trace_id=uuid_of(input.trace_id, "Trace", ("traceId",)),
        scorer=input.scorer,
        scorer_version=input.scorer_version,
        kind=input.kind,
        score=input.score,
        step_index=given(input.step_index),
        rationale=given(input.rationale),
        details=given(input.details),
    )
    check_score_draft(draft)
    names = selected(info).names(("score",))
    request = KeyedRequest(given(input.idempotency_key), "createScore", draft)

    async def store(session: Session) -> Rows:
        return [await add_score(session, draft)]

    return CreateScorePayload(
        score=only(await create_once(info.context, SCORE_LIST, names, request, lambda write: write(store)))
    )
