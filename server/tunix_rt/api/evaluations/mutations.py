"""Mutations of evaluations: create, cancel, retry, delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.evaluations.types import EVALUATION_LIST, Evaluation
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given
from tunix_rt.api.lists.listing import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import ERRORS, KEY, Rows, Write, create_once, errors_in_payload, only
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.evaluations import lifecycle
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadUserInput

Info = strawberry.Info[Context, None]
WHICH = f"The evaluation: {ways_to_name('Evaluation')}."


@strawberry.input(description="A candidate of an evaluation: exactly one of `where` and `generationId`.")
class EvaluationCandidateInput:
    name: str = strawberry.field(
        description="Name of the candidate: 1 to 128 characters, unique in the evaluation. On the leaderboard, a "
        "candidate replaces earlier ones of the same name."
    )
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects the candidate's answers among the stored traces: those with the prompts or "
        "the groups of the dataset. Traces stored later are not included.",
    )
    generation_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description="A generation, whose traces are the answers: its `id` or `uuid`. The evaluation starts when it has "
        "finished.",
    )


@strawberry.input(description="Input of `createEvaluation`.")
class CreateEvaluationInput:
    name: str = strawberry.field(description="Unique name of the evaluation: 1 to 128 characters.")
    dataset_id: strawberry.ID = strawberry.field(
        description=f"The dataset whose prompts are evaluated: {ways_to_name('Dataset')}."
    )
    scorer: str = strawberry.field(
        description="Name of the scorer: one of `scorers`, which scores answers that it has not scored yet, or any "
        "other name that scores are stored under, such as a person's or a model's. Higher is better."
    )
    candidates: list[EvaluationCandidateInput] = strawberry.field(description="1 to 20 candidates.")
    samples_per_prompt: int | None = strawberry.field(
        default=UNSET,
        description="The most answers to one prompt that count, the newest ones: 1 to 64. Defaults to 64.",
    )
    seed: BigInt = strawberry.field(
        default=BigInt(0), description="Random seed of the resampling, from 0; equal seeds give equal results."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `cancelEvaluation`.")
class CancelEvaluationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.input(description="Input of `retryEvaluation`.")
class RetryEvaluationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.input(description="Input of `deleteEvaluation`.")
class DeleteEvaluationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.type(description="Payload of `createEvaluation`.")
class CreateEvaluationPayload:
    evaluation: Evaluation | None = strawberry.field(
        default=None, description="The evaluation, PENDING; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelEvaluation`.")
class CancelEvaluationPayload:
    evaluation: Evaluation | None = strawberry.field(
        default=None,
        description="The evaluation: CANCELLED if it had not started, RUNNING until its process has stopped. Null if "
        "there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryEvaluation`.")
class RetryEvaluationPayload:
    evaluation: Evaluation | None = strawberry.field(
        default=None, description="The evaluation, PENDING again; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteEvaluation`.")
class DeleteEvaluationPayload:
    deleted_uuid: uuid.UUID | None = strawberry.field(
        default=None, description="UUID of the deleted evaluation; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(CreateEvaluationPayload)
async def create_evaluation(
    info: Info,
    input: Annotated[CreateEvaluationInput, strawberry.argument(description="The prompts, scorer and candidates.")],
) -> CreateEvaluationPayload:
    """Queues an evaluation."""
    context, names = info.context, selected(info).names(("evaluation",))
    draft = EvaluationDraft(
        name=input.name,
        dataset_id=await row_id(context, input.dataset_id, "Dataset", ["datasetId"]),
        scorer=input.scorer,
        candidates=candidates_of(input.candidates),
        samples_per_prompt=given(input.samples_per_prompt),
        seed=input.seed,
    )
    draft.check()
    request = KeyedRequest(given(input.idempotency_key), "createEvaluation", draft.fingerprint())

    async def create(write: Write) -> Rows:
        known = await context.services.scoring.scorers()
        async with context.database.read() as session:
            await lifecycle.check_references(session, draft, known)

        async def store(session: Session) -> Rows:
            return [await lifecycle.create_evaluation(session, draft, now())]

        return await write(store)

    evaluation = only(await create_once(context, EVALUATION_LIST, names, request, create))
    context.services.wake()
    return CreateEvaluationPayload(evaluation=evaluation)


def candidates_of(inputs: Sequence[EvaluationCandidateInput]) -> list[CandidateDraft]:
    """Converts the candidates of an input.

    Raises:
        BadUserInput: not exactly one origin of a candidate's answers is given, or it is malformed.
    """
    return [candidate_of(one, position) for position, one in enumerate(inputs)]


def candidate_of(one: EvaluationCandidateInput, position: int) -> CandidateDraft:
    """Converts the candidate at a position; raises as ``candidates_of``."""
    path = ("candidates", position)
    where, generation = given(one.where), given(one.generation_id)
    if (where is None) == (generation is None):
        raise BadUserInput("Exactly one of where and generationId is required.", path)
    if generation is not None:
        return CandidateDraft(one.name, generation_id=uuid_of(generation, "Generation", (*path, "generationId")))
    return CandidateDraft(one.name, TraceSelection(TRACE_LIST.predicate_of(where)))


async def evaluation_of(context: Context, evaluation_id: uuid.UUID, names: frozenset[str]) -> Evaluation | None:
    """Returns an evaluation by its id; None if it has been deleted."""
    return (await objects_by_id(EVALUATION_LIST, context, [evaluation_id], names)).get(evaluation_id)


@errors_in_payload(CancelEvaluationPayload)
async def cancel_evaluation(
    info: Info, input: Annotated[CancelEvaluationInput, strawberry.argument(description="The evaluation to cancel.")]
) -> CancelEvaluationPayload:
    """Cancels an evaluation."""
    context, names = info.context, selected(info).names(("evaluation",))
    identity = await row_id(context, input.id, "Evaluation")
    async with context.database.write() as session:
        await lifecycle.cancel_evaluation(session, identity, await instant(session), lease_of(context.settings))
    return CancelEvaluationPayload(evaluation=await evaluation_of(context, identity, names))


@errors_in_payload(RetryEvaluationPayload)
async def retry_evaluation(
    info: Info, input: Annotated[RetryEvaluationInput, strawberry.argument(description="The evaluation to retry.")]
) -> RetryEvaluationPayload:
    """Queues a failed or cancelled evaluation again."""
    context, names = info.context, selected(info).names(("evaluation",))
    identity = await row_id(context, input.id, "Evaluation")
    async with context.database.write() as session:
        await lifecycle.retry_evaluation(session, identity, now())
    context.services.wake()
    return RetryEvaluationPayload(evaluation=await evaluation_of(context, identity, names))


@errors_in_payload(DeleteEvaluationPayload)
async def delete_evaluation(
    info: Info, input: Annotated[DeleteEvaluationInput, strawberry.argument(description="The evaluation to delete.")]
) -> DeleteEvaluationPayload:
    """Deletes an evaluation and its results."""
    identity = await row_id(info.context, input.id, "Evaluation")
    async with info.context.database.write() as session:
        await lifecycle.delete_evaluation(session, identity)
    return DeleteEvaluationPayload(deleted_uuid=identity)
