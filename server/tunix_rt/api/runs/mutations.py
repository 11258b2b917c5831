"""Mutations of runs: start, cancel, retry, delete."""

from __future__ import annotations

import uuid
from typing import Annotated

import strawberry
from sqlalchemy import select

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import selected
from tunix_rt.api.inputs import errors_in_payload, given
from tunix_rt.api.lists.listing import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.runs.inputs import StartTunixRunInput, config_of
from tunix_rt.api.runs.types import RELATED, TUNIX_RUN_LIST, TUNIX_RUN_SHAPE, TunixRun
from tunix_rt.api.traces.mutations import ERRORS
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.idempotency import EarlierResult, KeyedRequest, answer_once, deleted_result_error, remember_result
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.config import RunConfig, stored
from tunix_rt.domain.runs.lifecycle import Ended, Entering, cancel_run, retry_run
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.errors import RequestTimeout, Unavailable

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `cancelTunixRun`.")
class CancelTunixRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('TunixRun')}.")


@strawberry.input(description="Input of `retryTunixRun`.")
class RetryTunixRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('TunixRun')}.")


@strawberry.input(description="Input of `deleteTunixRun`.")
class DeleteTunixRunInput:
    id: strawberry.ID = strawberry.field(description=f"The run: {ways_to_name('TunixRun')}.")


@strawberry.type(description="Payload of `startTunixRun`.")
class StartTunixRunPayload:
    tunix_run: TunixRun | None = strawberry.field(
        default=None,
        description="The run: PENDING, or finished if `wait` was true. FAILED at once if Tunix is not installed; "
        "`error` has the install command. Null if there are errors.",
    )
    persisted: bool | None = strawberry.field(
        default=None,
        description="Whether the returned state is stored. False if the database could not be written; see "
        "`warnings`. Null if there are errors.",
    )
    warnings: list[str] = strawberry.field(
        default_factory=list, description="Warnings, one sentence each; empty if there are none."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelTunixRun`.")
class CancelTunixRunPayload:
    tunix_run: TunixRun | None = strawberry.field(
        default=None,
        description="The run: CANCELLED if it had not started or its process is gone; RUNNING until it has saved a "
        "checkpoint and stopped. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryTunixRun`.")
class RetryTunixRunPayload:
    tunix_run: TunixRun | None = strawberry.field(
        default=None,
        description="The run, PENDING again. It resumes from its last checkpoint. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteTunixRun`.")
class DeleteTunixRunPayload:
    deleted_uuid: uuid.UUID | None = strawberry.field(
        default=None, description="UUID of the deleted run; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(StartTunixRunPayload)
async def start_run(
    info: Info,
    input: Annotated[
        StartTunixRunInput, strawberry.argument(description="The dataset, the base model and the parameters.")
    ],
) -> StartTunixRunPayload:
    """Enters a run, and waits for its end if that is asked for."""
    context, names = info.context, selected(info).names(("tunixRun",))
    config = await config_of(context, input)
    request = KeyedRequest(given(input.idempotency_key), "startTunixRun", stored(config))
    runner, also = context.services.runner, remembering(request)
    if input.wait:
        context.allow(patience_for(context, config))
        ended = await answer_once(context.database, request, lambda: runner.finish(config, also))
        ended = await runner.wait(ended.ids[0]) if isinstance(ended, EarlierResult) else ended
        return await payload_of(context, ended, names)
    row = await answer_once(context.database, request, lambda: runner.start(config, also))
    if isinstance(row, EarlierResult):
        if (run := await run_of(context, row.ids[0], names)) is None:
            raise deleted_result_error()
        return StartTunixRunPayload(tunix_run=run, persisted=True)
    return await payload_of(context, Ended(row, persisted=True), names)


async def payload_of(context: Context, ended: Ended, names: frozenset[str]) -> StartTunixRunPayload:
    """What is told of a run that was entered or has ended, also if the database has gone away since."""
    run, warnings = TUNIX_RUN_SHAPE.stored([ended.row], names)[0], list(ended.warnings)
    related = sorted(names & RELATED)
    if related and not await can_be_read(context.database):
        run.kept = True
        warnings.append(
            f"The database cannot be read now, so nothing is told of {', '.join(related)}; ask for it later."
        )
    return StartTunixRunPayload(tunix_run=run, persisted=ended.persisted, warnings=warnings)


async def can_be_read(database: Database) -> bool:
    """Whether the database answers."""
    try:
        async with database.read() as session:
            await session.execute(select(1))
    except (Unavailable, RequestTimeout):
        return False
    return True


def patience_for(context: Context, config: RunConfig) -> float:
    """How long a request may wait for a run, in seconds: for all its attempts."""
    settings = context.settings
    longest = config.timeout_seconds or settings.run_timeout_seconds
    return longest * settings.run_attempts + settings.request_timeout_seconds


def remembering(request: KeyedRequest) -> Entering:
    """What keeps a run under an idempotency key, in the transaction that enters it."""

    async def remember(session: Session, run_id: uuid.UUID) -> None:
        await remember_result(session, request, [run_id])

    return remember


async def run_of(context: Context, run_id: uuid.UUID, names: frozenset[str]) -> TunixRun | None:
    """The run of an id, where it is still there."""
    return (await objects_by_id(TUNIX_RUN_LIST, context, [run_id], names)).get(run_id)


@errors_in_payload(CancelTunixRunPayload)
async def end_run(
    info: Info, input: Annotated[CancelTunixRunInput, strawberry.argument(description="The run to cancel.")]
) -> CancelTunixRunPayload:
    """Cancels a run."""
    lease = lease_of(info.context.settings)
    run_id = await row_id(info.context, input.id, "TunixRun")
    async with info.context.database.write() as session:
        await cancel_run(session, run_id, await instant(session), lease)
    return CancelTunixRunPayload(tunix_run=await run_of(info.context, run_id, selected(info).names(("tunixRun",))))


@errors_in_payload(RetryTunixRunPayload)
async def again_run(
    info: Info, input: Annotated[RetryTunixRunInput, strawberry.argument(description="The run to retry.")]
) -> RetryTunixRunPayload:
    """Lets a run go on."""
    context, run_id = info.context, await row_id(info.context, input.id, "TunixRun")
    async with context.database.write() as session:
        await retry_run(session, run_id, context.settings, now())
    context.services.wake()
    return RetryTunixRunPayload(tunix_run=await run_of(context, run_id, selected(info).names(("tunixRun",))))


@errors_in_payload(DeleteTunixRunPayload)
async def remove_run(
    info: Info, input: Annotated[DeleteTunixRunInput, strawberry.argument(description="The run to delete.")]
) -> DeleteTunixRunPayload:
    """Deletes a run with its folder."""
    run_id = await row_id(info.context, input.id, "TunixRun")
    await delete_with_folder(info.context.database, run_id, info.context.settings.data_dir)
    return DeleteTunixRunPayload(deleted_uuid=run_id)
