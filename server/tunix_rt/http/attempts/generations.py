"""The generation of an attempt: its prompts, its model, its answers and its outcome."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from starlette.responses import Response

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.artifacts import require_name
from tunix_rt.domain.attempts.generations import (
    AnswerBatch,
    AssignedGeneration,
    GenerationReport,
    GenerationState,
    answering_model,
    record_generation,
    renew_generation,
    store_answers,
)
from tunix_rt.domain.attempts.scratch import scratch_folder
from tunix_rt.domain.generations.grading import AnswerGrader
from tunix_rt.domain.generations.lifecycle import plan_of
from tunix_rt.domain.generations.lookup import get_generation
from tunix_rt.domain.generations.prompts import write_prompts
from tunix_rt.domain.generations.stored_prompts import PROMPTS_NAME, find_prompts, remove_prompts, store_prompts
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.stored_files.keys import storage_folder
from tunix_rt.domain.runs.stored_files.models import TrainedModel, trained_model
from tunix_rt.domain.storage.base import StoredFile
from tunix_rt.errors import BadUserInput, ErrorCode, NotFound, NotInstalled
from tunix_rt.http.attempts.files import file_response
from tunix_rt.http.attempts.input_tasks import InputTasks
from tunix_rt.http.attempts.reports import MESSAGE_MAX_CHARS, OUTPUT_MAX_CHARS, check_lengths
from tunix_rt.http.attempts.token import AttemptRequest, held_response, json_response, over
from tunix_rt.http.errors import HttpError
from tunix_rt.trainer.contract import RUN_PREFIX

ENDS = frozenset({None, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


async def show_generation(given: AttemptRequest) -> Response:
    """Returns the generation of the attempt: its model, its options, and how many batches of answers are stored."""
    return json_response(await given.generation())


async def renew_lease_of_generation(given: AttemptRequest) -> Response:
    """Renews the lease with the progress, and returns whether a user has cancelled the generation."""
    state = await given.body(GenerationState)
    async with given.context.database.write() as session:
        return held_response(await renew_generation(session, given.hold, state, lease_of(given.context.settings)))


async def prepare_prompts(given: AttemptRequest) -> Response:
    """Stores the prompts that no attempt has stored; the status is 202 until they are in the storage."""

    async def start() -> Coroutine[Any, Any, list[str]]:
        return write_stored_prompts(given)

    tasks: InputTasks = given.request.app.state.input_tasks
    notes = await tasks.notes(given.hold, start)
    return Response(status_code=202 if notes is None else 204)


async def write_stored_prompts(given: AttemptRequest) -> list[str]:
    """Stores the prompts of a generation unless they are stored; there are no warnings.

    Raises:
        NotFound, TooCostly, Unavailable: as ``write_prompts`` does.
        Conflict, StorageFailed: as ``Storage.add`` does.
    """
    context, hold = given.context, given.hold
    storage = context.services.storage
    if await find_prompts(storage, hold.id, hold.attempt) is None:
        async with context.database.read() as session:
            plan = plan_of(await get_generation(session, str(hold.id)))
        async with scratch_folder(context.settings.data_dir) as folder:
            await write_prompts(context.database, plan.source, plan.options, folder / PROMPTS_NAME, 0.0)
            await given.generation()  # the attempt may have lost its hold in the meantime
            await store_prompts(storage, folder / PROMPTS_NAME, hold.id, hold.attempt, hold.owner)
    return []


async def get_prompts(given: AttemptRequest) -> Response:
    """Returns the prompts, a line each, or ranges of them.

    Raises:
        HttpError: they are not stored.
    """
    storage = given.context.services.storage
    return await found_response(given, await find_prompts(storage, given.hold.id, given.hold.attempt))


async def show_model(given: AttemptRequest) -> Response:
    """Returns the run of the generation's model, with its stored artifacts.

    Raises:
        NotFound: it is not a run's model, or the run was deleted.
    """
    return json_response(await model_of(given))


async def model_of(given: AttemptRequest) -> TrainedModel:
    """Returns the run whose files an attempt may read; raises as ``show_model`` does."""
    model_id = (await given.generation()).model_id
    if not model_id.startswith(RUN_PREFIX):
        raise NotFound(f"{model_id!r} is not the model of a run.")
    async with given.context.database.read() as session:
        return await trained_model(session, model_id)


async def get_model_file(given: AttemptRequest) -> Response:
    """Returns a stored file of the generation's model, or ranges of it.

    Raises:
        HttpError: there is no such file, or it is not one of the model's run.
        NotFound: as ``show_model`` does.
    """
    parameters = given.request.path_params
    key = storage_folder(parameters["run"], parameters["attempt"]).key(require_name(parameters["name"]))
    allowed = parameters["run"] == (await model_of(given)).id
    found = await given.context.services.storage.find(key) if allowed else None
    return await found_response(given, found)


async def found_response(given: AttemptRequest, file: StoredFile | None) -> Response:
    """Returns a file.

    Raises:
        HttpError: there is none.
    """
    if file is None:
        raise HttpError(404, "There is no such file among those that this attempt may read.", ErrorCode.NOT_FOUND)
    return await file_response(given, file)


async def add_answers(given: AttemptRequest) -> Response:
    """Grades a batch of answers and stores it unless it is stored, renews the lease, and counts the new answers.

    Raises:
        Conflict: a batch before is missing.
        BadUserInput: an answer has no prompt, or a scorer cannot score.
    """
    batch, generation = await given.body(AnswerBatch), await given.generation()
    batch.check(generation.options)
    context, hold, parsed = given.context, given.hold, []
    if batch.number >= generation.next_batch:
        grader = await grader_of(given, generation)
        parsed = await grader.grade_answers(batch.answers, batch.prompts)
    async with context.database.write() as session:
        counts = await store_answers(session, hold, batch.number, parsed, lease_of(context.settings))
    if counts is None:
        raise over()
    return json_response(counts)


async def grader_of(given: AttemptRequest, generation: AssignedGeneration) -> AnswerGrader:
    """Returns the grader of a generation's answers.

    Raises:
        BadUserInput: a scorer does not exist, or cannot score at present.
    """
    context, scoring = given.context, given.context.services.scoring
    async with context.database.read() as session:
        model = await answering_model(session, generation.id)
    try:
        scorers = [await scoring.scorer(name) for name in generation.options.scorers]
    except NotInstalled as error:  # not that the server is unreachable: to ask again changes nothing
        raise BadUserInput(error.message) from error
    return AnswerGrader(model, generation.options, context.settings.trace_max_bytes, scoring, scorers)


async def record_end_of_generation(given: AttemptRequest) -> Response:
    """Records the end of the attempt, after which its token is not valid."""
    report = await given.body(GenerationReport)
    check_report(report)
    async with given.context.database.write() as session:
        status = await record_generation(session, given.hold, report)
    if status is None:
        raise over()
    if status is JobStatus.COMPLETED:
        await remove_prompts(given.context.services.storage, given.hold.id)
    return Response(status_code=204)


def check_report(report: GenerationReport) -> None:
    """Checks the report of an attempt's end.

    Raises:
        BadUserInput: a value is out of its limits.
    """
    if report.status not in ENDS:
        raise BadUserInput("status must be COMPLETED, FAILED, CANCELLED or null.", ["status"])
    check_lengths(("message", report.message, MESSAGE_MAX_CHARS), ("stderr", report.stderr, OUTPUT_MAX_CHARS))
