"""Mutations of evaluations: create, cancel, retry, delete."""

from __future__ import annotations

import uuid
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.evaluations.guard import contamination_of
from tunix_rt.api.evaluations.types import EVALUATION_LIST, Evaluation
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.generations.inputs import SamplingInput
from tunix_rt.api.inputs import given_or_none, range_text
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import (
    ERRORS,
    KEY,
    DeletedPayload,
    Rows,
    Write,
    create_once,
    errors_in_payload,
    keyed_request,
    only,
)
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.contamination.policy import ContaminationPolicy
from tunix_rt.domain.evaluations import lifecycle
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import SAMPLING_BOUNDS

Info = strawberry.Info[Context, None]
WHICH = f"The evaluation: {ways_to_name('Evaluation')}."


@strawberry.input(
    description="A candidate of an evaluation: exactly one of `where`, `generationId`, `runId` and `modelId`."
)
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
    run_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description=f"A run, whose model answers the dataset's prompts first: {ways_to_name('Run')}.",
    )
    model_id: str | None = strawberry.field(
        default=UNSET, description="A base model, which answers the dataset's prompts first; see `startGeneration`."
    )
    checkpoint_step: int | None = strawberry.field(
        default=UNSET,
        description="Training step of one of the run's `checkpoints`, which answers in place of the exported model; 0 "
        "for the run's base model. Requires `runId`, or the model id `run:NAME`.",
    )


@strawberry.input(description="Sampling parameters of candidates that are models; see `startGeneration`.")
class EvaluationSamplingInput(SamplingInput):
    temperature: float | None = strawberry.field(
        default=UNSET,
        description=f"Sampling temperature: {range_text(SAMPLING_BOUNDS['temperature'])}. Defaults to 0, greedy "
        "decoding, with one answer to each prompt, and to 1 with several.",
    )

    def options(self, samples: int) -> GenerationOptions:
        """Returns the options; raises as ``template_named`` does."""
        temperature = given_or_none(self.temperature)
        return GenerationOptions(
            temperature=(0.0 if samples == 1 else 1.0) if temperature is None else temperature,
            top_p=self.top_p,
            max_new_tokens=self.max_new_tokens,
            template=self.template_given(),
            system_instruction=given_or_none(self.system_instruction),
        )


@strawberry.input(description="Input of `createEvaluation`.")
class CreateEvaluationInput:
    name: str = strawberry.field(description="Unique name of the evaluation: 1 to 128 characters, and not a UUID.")
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
        description="Maximum number of answers to one prompt that count, the newest ones: 1 to 64. Candidates that are "
        "models generate this number of answers. Defaults to 64, and to 1 for models.",
    )
    seed: BigInt = strawberry.field(
        default=BigInt(0),
        description="Random seed of the resampling and of the models' answers, from 0; equal seeds give equal results.",
    )
    sampling: EvaluationSamplingInput | None = strawberry.field(
        default=UNSET, description="Sampling parameters of candidates that are models."
    )
    contamination_policy: ContaminationPolicy = strawberry.field(
        default=ContaminationPolicy.WARN,
        description="Policy on candidates that are runs and were trained on prompts equal or similar to those of the "
        "dataset.",
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
    warnings: list[str] = strawberry.field(
        default_factory=list,
        description="Warnings, one sentence each; empty if there are none, or the request repeats an earlier one.",
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
class DeleteEvaluationPayload(DeletedPayload):
    pass


@errors_in_payload(CreateEvaluationPayload)
async def create_evaluation(
    info: Info,
    input: Annotated[CreateEvaluationInput, strawberry.argument(description="The prompts, scorer and candidates.")],
) -> CreateEvaluationPayload:
    """Queues an evaluation."""
    context, names = info.context, current_selection(info).names(("evaluation",))
    request, warnings = keyed_request("createEvaluation", input), list[str]()

    async def create(write: Write) -> Rows:
        draft = await draft_of(context, input)
        warnings[:] = await contamination_of(context, input.contamination_policy, draft)
        known = await context.services.scoring.scorers()
        async with context.database.read() as session:
            await lifecycle.check_references(session, draft, known)

        async def store(session: Session) -> Rows:
            return [await lifecycle.create_evaluation(session, draft, now())]

        return await write(store)

    evaluation = only(await create_once(context, EVALUATION_LIST, names, request, create))
    context.services.wake()
    return CreateEvaluationPayload(evaluation=evaluation, warnings=warnings)


async def draft_of(context: Context, input: CreateEvaluationInput) -> EvaluationDraft:
    """Returns the evaluation to create.

    Raises:
        BadUserInput: as ``candidate_of``, or a value is out of its limits.
        NotFound: no dataset or run has the given name.
    """
    draft = EvaluationDraft(
        name=input.name,
        dataset_id=await row_id(context, input.dataset_id, "Dataset", ["datasetId"]),
        scorer=input.scorer,
        candidates=[await candidate_of(context, one, position) for position, one in enumerate(input.candidates)],
        samples_per_prompt=given_or_none(input.samples_per_prompt),
        seed=input.seed,
        sampling=(given_or_none(input.sampling) or EvaluationSamplingInput()).options(
            given_or_none(input.samples_per_prompt) or 1
        ),
    )
    draft.check()
    return draft


ORIGINS = ("where", "generation_id", "run_id", "model_id")


async def candidate_of(context: Context, one: EvaluationCandidateInput, position: int) -> CandidateDraft:
    """Converts the candidate at a position.

    Raises:
        BadUserInput: not exactly one origin of its answers is given, or it is malformed.
        NotFound: no run has the given name.
    """
    path = ("candidates", position)
    used = [name for name in ORIGINS if given_or_none(getattr(one, name)) is not None]
    if len(used) != 1:
        raise BadUserInput("Exactly one of where, generationId, runId and modelId is required.", path)
    where, generation, run = (
        given_or_none(one.where),
        given_or_none(one.generation_id),
        given_or_none(one.run_id),
    )
    if (where is not None or generation is not None) and given_or_none(one.checkpoint_step) is not None:
        raise BadUserInput("checkpointStep requires runId, or the modelId run:NAME.", (*path, "checkpointStep"))
    return CandidateDraft(
        one.name,
        selection=None if where is None else TraceSelection(TRACE_LIST.predicate_of(where, (*path, "where"))),
        generation_id=None if generation is None else uuid_of(generation, "Generation", (*path, "generationId")),
        run_id=None if run is None else await row_id(context, run, "Run", (*path, "runId")),
        model_id=given_or_none(one.model_id),
        checkpoint_step=given_or_none(one.checkpoint_step),
    )


async def evaluation_of(context: Context, evaluation_id: uuid.UUID, names: frozenset[str]) -> Evaluation | None:
    """Returns an evaluation by its id; None if it has been deleted."""
    return (await objects_by_id(EVALUATION_LIST, context, [evaluation_id], names)).get(evaluation_id)


@errors_in_payload(CancelEvaluationPayload)
async def cancel_evaluation(
    info: Info, input: Annotated[CancelEvaluationInput, strawberry.argument(description="The evaluation to cancel.")]
) -> CancelEvaluationPayload:
    """Cancels an evaluation."""
    context, names = info.context, current_selection(info).names(("evaluation",))
    identity = await row_id(context, input.id, "Evaluation")
    async with context.database.write() as session:
        await lifecycle.cancel_evaluation(session, identity, await instant(session), lease_of(context.settings))
    return CancelEvaluationPayload(evaluation=await evaluation_of(context, identity, names))


@errors_in_payload(RetryEvaluationPayload)
async def retry_evaluation(
    info: Info, input: Annotated[RetryEvaluationInput, strawberry.argument(description="The evaluation to retry.")]
) -> RetryEvaluationPayload:
    """Queues a failed or cancelled evaluation again."""
    context, names = info.context, current_selection(info).names(("evaluation",))
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
