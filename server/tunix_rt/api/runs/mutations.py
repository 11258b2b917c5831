"""Mutations of runs: start, update, cancel, retry, delete."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import ERRORS, KEY, DeletedPayload, errors_in_payload, keyed_request
from tunix_rt.api.runs.inputs import StartRunInput, config_of
from tunix_rt.api.runs.types import RELATED, RUN_LIST, RUN_SHAPE, Run
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.session import Session
from tunix_rt.domain.audit.recording import note_objects
from tunix_rt.domain.contamination.policy import ContaminationPolicy, contamination_warnings
from tunix_rt.domain.idempotency import EarlierResult, KeyedRequest, answer_once, deleted_result_error, remember_result
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.replays.replays import replay_config
from tunix_rt.domain.runs import lifecycle
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.lifecycle import (
    NOTES_MAX_CHARS,
    TAG_MAX_CHARS,
    TAGS_MAX,
    InSameTransaction,
    RunNotes,
    RunResult,
)
from tunix_rt.domain.runs.lookup import stored_config
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `cancelRun`.")
class CancelRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('Run')}.")


@strawberry.input(description="Input of `retryRun`.")
class RetryRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('Run')}.")


@strawberry.input(description="Input of `deleteRun`.")
class DeleteRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('Run')}.")


@strawberry.input(description="Input of `updateRun`. Fields that are not given are not changed.")
class UpdateRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('Run')}.")
    tags: list[str] | None = strawberry.field(
        default=UNSET,
        description=f"Replaces the tags: up to {TAGS_MAX} of 1 to {TAG_MAX_CHARS} characters. An empty list or null "
        "removes them. Duplicates are stored once.",
    )
    notes: str | None = strawberry.field(
        default=UNSET,
        description=f"Replaces the notes: Markdown of up to {NOTES_MAX_CHARS:,} characters. An empty string or null "
        "removes them.",
    )

    def notes_given(self) -> RunNotes:
        """Returns the tags and notes to set."""
        return RunNotes(
            tags=None if self.tags is UNSET else self.tags or [],
            notes=None if self.notes is UNSET else self.notes or "",
        )


@strawberry.input(description="Input of `replayRun`.")
class ReplayRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run to repeat: {ways_to_name('Run')}.")
    wait: bool = strawberry.field(default=False, description="Whether to respond only when the replay has finished.")
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.type(description="Payload of `replayRun`.")
class ReplayRunPayload:
    run: Run | None = strawberry.field(
        default=None,
        description="The replay, a new run; its `replay` has the comparison. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `startRun`.")
class StartRunPayload:
    run: Run | None = strawberry.field(
        default=None,
        description="The run: PENDING, or finished if `wait` was true. FAILED at once if Tunix is not installed "
        "where the server runs and no worker on another machine can train it; `error` has the install command. Null if "
        "there are errors.",
    )
    persisted: bool | None = strawberry.field(
        default=None,
        description="Whether the returned state is stored. False if the database could not be written; see "
        "`warnings`. Null if there are errors.",
    )
    warnings: list[str] = strawberry.field(
        default_factory=list,
        description="Warnings, one sentence each; empty if there are none, or the request repeats an earlier one.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelRun`.")
class CancelRunPayload:
    run: Run | None = strawberry.field(
        default=None,
        description="The run: CANCELLED if it had not started or its process is gone; RUNNING until it has saved a "
        "checkpoint and stopped. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `updateRun`.")
class UpdateRunPayload:
    run: Run | None = strawberry.field(default=None, description="The updated run; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryRun`.")
class RetryRunPayload:
    run: Run | None = strawberry.field(
        default=None,
        description="The run, PENDING again. It resumes from its last checkpoint. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteRun`.")
class DeleteRunPayload(DeletedPayload):
    pass


@errors_in_payload(StartRunPayload)
async def start_run(
    info: Info,
    input: Annotated[StartRunInput, strawberry.argument(description="The dataset, the base model and the parameters.")],
) -> StartRunPayload:
    """Queues a run, and waits until it has finished if the input has ``wait``."""
    context, names = info.context, current_selection(info).names(("run",))
    request, found = keyed_request("startRun", input), list[str]()
    runner, also = context.services.runner, key_storage(request)

    async def start() -> RunResult:
        config = await config_of(context, input)
        found[:] = await warnings_of(context, input.contamination_policy, config)
        if not input.wait:
            return RunResult(await runner.start(config, also), persisted=True)
        context.allow(wait_limit_of(context.settings, config))
        return await runner.finish(config, also)

    ended = await answer_once(context.database, request, start)
    if isinstance(ended, EarlierResult):
        if not input.wait:
            if (run := await run_of(context, ended.ids[0], names)) is None:
                raise deleted_result_error()
            return StartRunPayload(run=run, persisted=True)
        ended = await waited_for(context, ended.ids[0])
    return await payload_of(context, ended, names, found)


@errors_in_payload(ReplayRunPayload)
async def replay_run(
    info: Info, input: Annotated[ReplayRunInput, strawberry.argument(description="The run to repeat.")]
) -> ReplayRunPayload:
    """Queues a run with the parameters and the data of a completed one."""
    context, request = info.context, keyed_request("replayRun", input)

    async def start() -> Mapping[str, Any]:
        original = await row_id(context, input.id, "Run")
        async with context.database.read() as session:
            config = await replay_config(session, original)
        return await context.services.runner.start(config, key_storage(request))

    row = await answer_once(context.database, request, start)
    run_id = row.ids[0] if isinstance(row, EarlierResult) else row["id"]
    if input.wait:
        await waited_for(context, run_id)
    run = await run_of(context, run_id, current_selection(info).names(("run",)))
    if run is None:
        raise deleted_result_error()
    return ReplayRunPayload(run=run)


async def warnings_of(context: Context, policy: ContaminationPolicy, config: RunConfig) -> list[str]:
    """Returns the warnings about contamination of the training data; raises as ``contamination_warnings`` does."""
    seconds = context.settings.request_timeout_seconds / 2
    if policy is ContaminationPolicy.REFUSE:
        seconds = context.settings.dataset_timeout_seconds
        context.allow(seconds + context.settings.request_timeout_seconds)
    checks = context.services.contamination
    ids = (config.dataset_id, config.eval_dataset_id)
    try:
        return await contamination_warnings(context.database, checks, policy, *ids, seconds)
    except Unavailable:  # a run does without warnings, but not without the check that it asks for
        if policy is ContaminationPolicy.REFUSE:
            raise
        return []


async def payload_of(context: Context, ended: RunResult, names: frozenset[str], found: list[str]) -> StartRunPayload:
    """Returns the payload of a queued or finished run, with a warning if the database has become unavailable since.

    Args:
        found: the warnings that there are already.
    """
    run, warnings = RUN_SHAPE.stored_objects([ended.row], names)[0], [*found, *ended.warnings]
    related = sorted(names & RELATED)
    if related and not await context.database.is_readable():
        run.kept = True
        warnings.append(
            f"The database cannot be read now, so these fields are empty: {', '.join(related)}. Query the run later."
        )
    return StartRunPayload(run=run, persisted=ended.persisted, warnings=warnings)


async def waited_for(context: Context, run_id: uuid.UUID) -> RunResult:
    """Returns a run when it has finished.

    Raises:
        NotFound: it was deleted.
    """
    async with context.database.read() as session:
        config = await stored_config(session, run_id)
    if config is None:
        raise deleted_result_error()
    context.allow(wait_limit_of(context.settings, config))
    return await context.services.runner.wait(run_id)


def wait_limit_of(settings: Settings, config: RunConfig) -> float:
    """Returns the maximum time that a request waits for a run, in seconds: the time of all its attempts."""
    longest = config.timeout_seconds or settings.run_timeout_seconds
    return longest * settings.run_attempts + settings.request_timeout_seconds


def key_storage(request: KeyedRequest) -> InSameTransaction:
    """Returns a function that stores a run under an idempotency key, in the transaction that queues it."""

    async def remember(session: Session, run_id: uuid.UUID) -> None:
        note_objects("Run", [run_id])
        await remember_result(session, request, [run_id])

    return remember


async def run_of(context: Context, run_id: uuid.UUID, names: frozenset[str]) -> Run | None:
    """Returns a run by its id; None if it has been deleted."""
    return (await objects_by_id(RUN_LIST, context, [run_id], names)).get(run_id)


@errors_in_payload(CancelRunPayload)
async def cancel_run(
    info: Info, input: Annotated[CancelRunInput, strawberry.argument(description="The run to cancel.")]
) -> CancelRunPayload:
    """Cancels a run."""
    lease = lease_of(info.context.settings)
    run_id = await row_id(info.context, input.id, "Run")
    async with info.context.database.write() as session:
        await lifecycle.cancel_run(session, run_id, await instant(session), lease)
    return CancelRunPayload(run=await run_of(info.context, run_id, current_selection(info).names(("run",))))


@errors_in_payload(UpdateRunPayload)
async def update_run(
    info: Info, input: Annotated[UpdateRunInput, strawberry.argument(description="The run, its tags and notes.")]
) -> UpdateRunPayload:
    """Sets the tags and the notes of a run."""
    run_id = await row_id(info.context, input.id, "Run")
    async with info.context.database.write() as session:
        await lifecycle.update_run(session, run_id, input.notes_given())
    return UpdateRunPayload(run=await run_of(info.context, run_id, current_selection(info).names(("run",))))


@errors_in_payload(RetryRunPayload)
async def retry_run(
    info: Info, input: Annotated[RetryRunInput, strawberry.argument(description="The run to retry.")]
) -> RetryRunPayload:
    """Queues a failed or cancelled run again, to continue from its last checkpoint."""
    context, run_id = info.context, await row_id(info.context, input.id, "Run")
    async with context.database.write() as session:
        await lifecycle.retry_run(session, run_id, context.settings, now())
    context.services.wake()
    return RetryRunPayload(run=await run_of(context, run_id, current_selection(info).names(("run",))))


@errors_in_payload(DeleteRunPayload)
async def delete_run(
    info: Info, input: Annotated[DeleteRunInput, strawberry.argument(description="The run to delete.")]
) -> DeleteRunPayload:
    """Deletes a run, its folder and its stored files."""
    run_id = await row_id(info.context, input.id, "Run")
    context = info.context
    await delete_with_folder(context.database, run_id, context.settings.data_dir, context.services.storage)
    return DeleteRunPayload(deleted_uuid=run_id)
