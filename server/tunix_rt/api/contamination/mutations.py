"""Mutations of protected sets: create and delete."""

from __future__ import annotations

import time
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.contamination.protected import PROTECTED_SET_LIST, ProtectedSet
from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
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
from tunix_rt.db.session import Session
from tunix_rt.domain.contamination import protected
from tunix_rt.domain.contamination.protected import DATASET_PROMPTS_MAX, HASHES_MAX, NAME_MAX_CHARS, ProtectedSetDraft

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createProtectedSet`: either `hashes` or `datasetId`.")
class CreateProtectedSetInput:
    name: str = strawberry.field(
        description=f"Name of the set: 1 to {NAME_MAX_CHARS} characters, unique, and not a UUID."
    )
    hashes: list[str] | None = strawberry.field(
        default=UNSET,
        description=f"1 to {HASHES_MAX:,} SHA-256 hashes of prompts in UTF-8, each of 64 hexadecimal digits. The "
        "prompts themselves are not needed. Only equal prompts are found by them.",
    )
    dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET,
        description=f"The dataset whose prompts are protected: {ways_to_name('Dataset')}, of at most "
        f"{DATASET_PROMPTS_MAX:,} distinct prompts. Near duplicates are found, too, by a signature of each prompt. Its "
        "prompts stay protected after it is deleted.",
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `deleteProtectedSet`.")
class DeleteProtectedSetInput:
    id: strawberry.ID = strawberry.field(description=f"The protected set: {ways_to_name('ProtectedSet')}.")


@strawberry.type(description="Payload of `createProtectedSet`.")
class CreateProtectedSetPayload:
    protected_set: ProtectedSet | None = strawberry.field(
        default=None, description="The stored protected set; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteProtectedSet`.")
class DeleteProtectedSetPayload(DeletedPayload):
    pass


@errors_in_payload(CreateProtectedSetPayload)
async def create_protected_set(
    info: Info,
    input: Annotated[
        CreateProtectedSetInput, strawberry.argument(description="The name, and the prompts' hashes or their dataset.")
    ],
) -> CreateProtectedSetPayload:
    """Stores a protected set, with a signature of each prompt if it is made from a dataset."""
    names = current_selection(info).names(("protectedSet",))

    async def create(write: Write) -> Rows:
        draft = await draft_of(info.context, input)
        draft.check()
        seconds = info.context.settings.dataset_timeout_seconds
        info.context.allow(seconds + info.context.settings.request_timeout_seconds)
        signatures = await protected.signatures_to_store(info.context.database, draft, time.monotonic() + seconds)

        async def store(session: Session) -> Rows:
            return [await protected.add_protected_set(session, draft, signatures)]

        return await write(store)

    request = keyed_request("createProtectedSet", input)
    created = await create_once(info.context, PROTECTED_SET_LIST, names, request, create)
    return CreateProtectedSetPayload(protected_set=only(created))


async def draft_of(context: Context, input: CreateProtectedSetInput) -> ProtectedSetDraft:
    """Returns the protected set to store, not validated yet; raises as ``row_id`` does."""
    hashes, dataset = given_or_none(input.hashes), given_or_none(input.dataset_id)
    return ProtectedSetDraft(
        input.name,
        None if hashes is None else tuple(hashes),
        None if dataset is None else await row_id(context, dataset, "Dataset", ["datasetId"]),
    )


@errors_in_payload(DeleteProtectedSetPayload)
async def delete_protected_set(
    info: Info,
    input: Annotated[DeleteProtectedSetInput, strawberry.argument(description="The protected set to delete.")],
) -> DeleteProtectedSetPayload:
    """Deletes a protected set."""
    set_id = await row_id(info.context, input.id, "ProtectedSet")
    async with info.context.database.write() as session:
        await protected.delete_protected_set(session, set_id)
    return DeleteProtectedSetPayload(deleted_uuid=set_id)
