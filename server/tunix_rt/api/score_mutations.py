"""Mutations of scores: by a scorer of the server, by a person, by a model."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.inputs import IDS_MAX, faults_in_payload, given, uuids_of
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.relay.listing import objects_by_id
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.api.scores import SCORE_LIST, SCORE_SHAPE, GraphQLScoreKind, Score
from tunix_rt.api.selection import selected
from tunix_rt.api.trace_mutations import ERRORS, KEY
from tunix_rt.api.traces import TRACE_LIST, TraceWhere
from tunix_rt.domain.filters import Predicate
from tunix_rt.domain.idempotency import earlier_result, gone, remember_result
from tunix_rt.domain.judgements import Judgement, ScoreKind, check_judgement
from tunix_rt.domain.scorers import Scorer, scorer_named
from tunix_rt.domain.scores import add_judgement, already_scored, score_traces
from tunix_rt.domain.traces import count_traces, existing_ids, matching_ids
from tunix_rt.errors import BadUserInput, TooCostly

SCORE_MAX = 100_000
SCORE_BATCH = 500
SHOWN_SCORES = 500

Info = strawberry.Info[Context, None]


@strawberry.input(description="Which traces to score: give `ids` or `where`.")
class ScoreTracesInput:
    scorer: str = strawberry.field(default="baseline", description="The scorer's name; see `scorers`.")
    ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="1 to 1000 ids of traces.")
    where: TraceWhere | None = strawberry.field(
        default=UNSET, description="A filter that matches at most 100,000 traces; an empty object means all."
    )
    only_missing: bool = strawberry.field(
        default=False, description="Whether to pass over traces that this version of the scorer has scored."
    )


@strawberry.input(description="A person's or a model's judgement.")
class CreateScoreInput:
    trace_id: strawberry.ID = strawberry.field(description="The judged trace: its `id` or `uuid`.")
    step_index: int | None = strawberry.field(
        default=UNSET, description="The judged step's index; the whole trace if not given."
    )
    scorer: str = strawberry.field(description="Who judged: 1 to 64 characters.")
    scorer_version: str = strawberry.field(default="1", description="The judge's version: 1 to 64 characters.")
    kind: GraphQLScoreKind = strawberry.field(  # type: ignore[valid-type]
        default=ScoreKind.HUMAN, description="HUMAN or MODEL."
    )
    score: float = strawberry.field(description="The score: any finite number, on a scale of your own.")
    rationale: str | None = strawberry.field(default=UNSET, description="Why: up to 20,000 characters.")
    details: JSON | None = strawberry.field(
        default=UNSET, description="An object of numbers behind it: up to 65,536 bytes as JSON."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.type(description="What was scored.")
class ScoreTracesPayload:
    scored_count: BigInt | None = strawberry.field(
        default=None, description="How many new scores were stored; null if refused."
    )
    skipped_count: BigInt = strawberry.field(
        default=BigInt(0), description="How many traces `onlyMissing` passed over."
    )
    missing_ids: list[uuid.UUID] = strawberry.field(
        default_factory=list, description="The UUIDs among `ids` that no trace had."
    )
    scores: list[Score] = strawberry.field(default_factory=list, description="The new scores, the first 500 of them.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="The stored score.")
class CreateScorePayload:
    score: Score | None = strawberry.field(default=None, description="The score; null if it was refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@faults_in_payload(ScoreTracesPayload)
async def score_many(
    info: Info, input: Annotated[ScoreTracesInput, strawberry.argument(description="Which traces, and how.")]
) -> ScoreTracesPayload:
    """Scores traces with a scorer of the server; each call appends new scores."""
    scorer = scorer_named(input.scorer)
    ids, where = given(input.ids), given(input.where)
    if (ids is None) == (where is None):
        raise BadUserInput("Give either ids or where.", ["ids"])
    parts = (
        batches_of_ids(ids) if ids is not None else await batches_matching(info.context, TRACE_LIST.predicate_of(where))
    )
    return await score_batches(info, scorer, parts, only_missing=input.only_missing)


async def score_batches(
    info: Info, scorer: Scorer, parts: AsyncIterator[list[uuid.UUID]], *, only_missing: bool
) -> ScoreTracesPayload:
    """Scores batch by batch, each in a transaction of its own: what was interrupted can go on with ``onlyMissing``."""
    scored = skipped = 0
    missing: list[uuid.UUID] = []
    shown: list[dict[str, Any]] = []
    async for part in parts:
        async with info.context.database.write() as session:
            there = await existing_ids(session, part)
            done = await already_scored(session, part, scorer) if only_missing else set()
            rows = await score_traces(
                session, [value for value in part if value in there and value not in done], scorer
            )
        scored, skipped = scored + len(rows), skipped + len(done)
        missing.extend(value for value in part if value not in there)
        shown.extend(rows[: SHOWN_SCORES - len(shown)])
    names = selected(info).names(("scores",))
    return ScoreTracesPayload(
        scored_count=BigInt(scored),
        skipped_count=BigInt(skipped),
        missing_ids=missing,
        scores=SCORE_SHAPE.stored(shown, names),
    )


async def batches_of_ids(ids: Sequence[str]) -> AsyncIterator[list[uuid.UUID]]:
    """Given ids in batches."""
    if not 1 <= len(ids) <= IDS_MAX:
        raise BadUserInput(f"ids must have 1 to {IDS_MAX} ids, it has {len(ids)}.", ["ids"])
    wanted = uuids_of(ids, "Trace", "ids")
    for start in range(0, len(wanted), SCORE_BATCH):
        yield wanted[start : start + SCORE_BATCH]


async def batches_matching(context: Context, where: Predicate) -> AsyncIterator[list[uuid.UUID]]:
    """The ids that a filter matches, in batches, in the order of ids.

    Raises:
        TooCostly: if it matches too many.
    """
    async with context.database.read() as session:
        count = await count_traces(session, where)
    if count > SCORE_MAX:
        raise TooCostly(f"where may match at most {SCORE_MAX} traces, it matches {count}.", ["where"])

    async def walk() -> AsyncIterator[list[uuid.UUID]]:
        last: uuid.UUID | None = None
        while True:
            async with context.database.read() as session:
                part = await matching_ids(session, where, SCORE_BATCH, last)
            if part:
                yield part
            if len(part) < SCORE_BATCH:
                return
            last = part[-1]

    return walk()


@faults_in_payload(CreateScorePayload)
async def create_score(
    info: Info, input: Annotated[CreateScoreInput, strawberry.argument(description="The judgement.")]
) -> CreateScorePayload:
    """Stores a person's or a model's judgement of a trace or of one of its steps."""
    judgement = Judgement(
        trace_id=uuid_of(input.trace_id, "Trace", ("traceId",)),
        scorer=input.scorer,
        scorer_version=input.scorer_version,
        kind=input.kind,
        score=input.score,
        step_index=given(input.step_index),
        rationale=given(input.rationale),
        details=given(input.details),
    )
    check_judgement(judgement)
    names, key = selected(info).names(("score",)), given(input.idempotency_key)
    async with info.context.database.write() as session:
        earlier = None if key is None else await earlier_result(session, key, "createScore", judgement)
        if earlier is None:
            row = await add_judgement(session, judgement)
            if key is not None:
                await remember_result(session, key, "createScore", judgement, [row["id"]])
    if earlier is not None:
        found = await objects_by_id(SCORE_LIST, info.context, earlier, names)
        if not found:
            raise gone()
        return CreateScorePayload(score=found[earlier[0]])
    return CreateScorePayload(score=SCORE_SHAPE.stored([row], names)[0])
