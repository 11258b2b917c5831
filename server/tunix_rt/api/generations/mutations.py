"""Mutations of generations: start, cancel, retry, delete."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import aclosing
from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.generations.inputs import StartGenerationInput, plan_given
from tunix_rt.api.generations.types import GENERATION_LIST, Generation
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id
from tunix_rt.api.payloads import (
    ERRORS,
    DeletedPayload,
    Rows,
    Write,
    create_once,
    errors_in_payload,
    keyed_request,
    only,
)
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.generations import lifecycle
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.domain.jobs.ledger import ATTEMPTS, ENDS, lease_of
from tunix_rt.domain.runs.files import remove

Info = strawberry.Info[Context, None]
WHICH = "The generation: its `id` or `uuid`."


@strawberry.input(description="Input of `cancelGeneration`.")
class CancelGenerationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.input(description="Input of `retryGeneration`.")
class RetryGenerationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.input(description="Input of `deleteGeneration`.")
class DeleteGenerationInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.type(description="Payload of `startGeneration`.")
class StartGenerationPayload:
    generation: Generation | None = strawberry.field(
        default=None, description="The generation: PENDING, or finished if `wait` was true. Null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelGeneration`.")
class CancelGenerationPayload:
    generation: Generation | None = strawberry.field(
        default=None,
        description="The generation: CANCELLED if it had not started, RUNNING until its process has stopped. Its "
        "answers are kept. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryGeneration`.")
class RetryGenerationPayload:
    generation: Generation | None = strawberry.field(
        default=None,
        description="The generation, PENDING again. It generates the missing answers. Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteGeneration`.")
class DeleteGenerationPayload(DeletedPayload):
    pass


@errors_in_payload(StartGenerationPayload)
async def start_generation(
    info: Info,
    input: Annotated[
        StartGenerationInput, strawberry.argument(description="The model, the prompts and the sampling parameters.")
    ],
) -> StartGenerationPayload:
    """Queues a generation, and waits until it has ended if the input has ``wait``."""
    context, names = info.context, current_selection(info).names(("generation",))
    request = keyed_request("startGeneration", input)

    async def create(write: Write) -> Rows:
        plan = await plan_given(context, input)

        async def store(session: Session) -> Rows:
            return [await lifecycle.enter_generation(session, plan, now())]

        return await write(store)

    found = only(await create_once(context, GENERATION_LIST, names | {"uuid"}, request, create))
    context.services.wake()
    if input.wait:
        await wait_for_end(context, found.uuid)
        found = await generation_of(context, found.uuid, names)
    return StartGenerationPayload(generation=found)


async def wait_for_end(context: Context, generation_id: uuid.UUID) -> None:
    """Waits until a generation has ended or was deleted."""
    context.allow(context.settings.run_timeout_seconds * ATTEMPTS)
    async with aclosing(context.services.generation_events.follow(generation_id, 0)) as batches:
        async for rows in batches:
            if JobStatus(rows[-1].status) in ENDS:
                return


async def generation_of(context: Context, generation_id: uuid.UUID, names: frozenset[str]) -> Generation | None:
    """Returns a generation by its id; None if it has been deleted."""
    return (await objects_by_id(GENERATION_LIST, context, [generation_id], names)).get(generation_id)


@errors_in_payload(CancelGenerationPayload)
async def cancel_generation(
    info: Info,
    input: Annotated[CancelGenerationInput, strawberry.argument(description="The generation to cancel.")],
) -> CancelGenerationPayload:
    """Cancels a generation."""
    context, found = info.context, await row_id(info.context, input.id, "Generation")
    async with context.database.write() as session:
        await lifecycle.cancel_generation(session, found, await instant(session), lease_of(context.settings))
    names = current_selection(info).names(("generation",))
    return CancelGenerationPayload(generation=await generation_of(context, found, names))


@errors_in_payload(RetryGenerationPayload)
async def retry_generation(
    info: Info,
    input: Annotated[RetryGenerationInput, strawberry.argument(description="The generation to retry.")],
) -> RetryGenerationPayload:
    """Queues a failed or cancelled generation again."""
    context, found = info.context, await row_id(info.context, input.id, "Generation")
    async with context.database.write() as session:
        await lifecycle.retry_generation(session, found, now())
    context.services.wake()
    names = current_selection(info).names(("generation",))
    return RetryGenerationPayload(generation=await generation_of(context, found, names))


@errors_in_payload(DeleteGenerationPayload)
async def delete_generation(
    info: Info,
    input: Annotated[DeleteGenerationInput, strawberry.argument(description="The generation to delete.")],
) -> DeleteGenerationPayload:
    """Deletes a generation and its folder, but not its answers."""
    context, found = info.context, await row_id(info.context, input.id, "Generation")
    async with context.database.write() as session:
        await lifecycle.delete_generation(session, found)
    await asyncio.to_thread(remove, generation_folder(context.settings.data_dir, found))
    return DeleteGenerationPayload(deleted_uuid=found)
