"""Mutations of scores: store scores by people and models."""

from __future__ import annotations

from typing import Annotated

import msgspec
import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.payloads import ERRORS, KEY, Rows, create_once, errors_in_payload, only
from tunix_rt.api.scores.inputs import GivenScoreInput, ScoreInput, drafts_of
from tunix_rt.api.scores.types import SCORE_LIST, Score
from tunix_rt.db.session import Session
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.scores.draft import ScoreDraft, check_score_draft
from tunix_rt.domain.scores.storage import add_score
from tunix_rt.domain.traces.given_scores import SCORES_AT_ONCE, add_referred_scores
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createScore`.")
class CreateScoreInput(GivenScoreInput):
    trace_id: strawberry.ID = strawberry.field(description="The trace to score: its `id` or `uuid`.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `createScores`.")
class CreateScoresInput:
    scores: list[ScoreInput] = strawberry.field(description=f"1 to {SCORES_AT_ONCE:,} scores, stored all or none.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.type(description="Payload of `createScore`.")
class CreateScorePayload:
    score: Score | None = strawberry.field(default=None, description="The stored score; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `createScores`.")
class CreateScoresPayload:
    scores: list[Score] | None = strawberry.field(
        default=None, description="The stored scores, in input order; null if there are errors."
    )
    created_count: int = strawberry.field(default=0, description="Number of scores stored; 0 if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(CreateScorePayload)
async def create_score(
    info: Info, input: Annotated[CreateScoreInput, strawberry.argument(description="The score to store.")]
) -> CreateScorePayload:
    """Stores a person's or a model's score of a trace or of one of its steps."""
    draft = ScoreDraft(
        trace_id=uuid_of(input.trace_id, "Trace", ("traceId",)),
        **msgspec.structs.asdict(input.given_score()),
    )
    check_score_draft(draft)
    names = current_selection(info).names(("score",))
    request = KeyedRequest(given_or_none(input.idempotency_key), "createScore", draft)

    async def store(session: Session) -> Rows:
        return [await add_score(session, draft)]

    return CreateScorePayload(
        score=only(await create_once(info.context, SCORE_LIST, names, request, lambda write: write(store)))
    )


@errors_in_payload(CreateScoresPayload)
async def create_scores(
    info: Info, input: Annotated[CreateScoresInput, strawberry.argument(description="The scores to store.")]
) -> CreateScoresPayload:
    """Stores up to 1000 scores by people and models, all or none."""
    if not 1 <= len(input.scores) <= SCORES_AT_ONCE:
        raise BadUserInput(f"scores must have 1 to {SCORES_AT_ONCE} scores; it has {len(input.scores)}.", ["scores"])
    drafts = drafts_of(input.scores)
    names = current_selection(info).names(("scores",))
    request = KeyedRequest(given_or_none(input.idempotency_key), "createScores", drafts)

    async def store(session: Session) -> Rows:
        return await add_referred_scores(session, drafts)

    stored: list[Score] = await create_once(info.context, SCORE_LIST, names, request, lambda write: write(store))
    return CreateScoresPayload(scores=stored, created_count=len(stored))
