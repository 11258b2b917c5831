"""Mutations of API keys: create, revoke and rotate."""

from __future__ import annotations

from typing import Annotated

import msgspec
import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.keys.inputs import CreateKeyInput, RevokeKeyInput, RotateKeyInput
from tunix_rt.api.keys.types import API_KEY_LIST, ApiKey
from tunix_rt.api.naming import row_id
from tunix_rt.api.payloads import ERRORS, Rows, Write, create_once, errors_in_payload, only
from tunix_rt.db.session import Session
from tunix_rt.domain.idempotency import KeyedRequest
from tunix_rt.domain.keys import storage

Info = strawberry.Info[Context, None]
SHOWN_ONCE = (
    "Secret of the key, for `Authorization: Bearer`. It is shown in this response only; null if there are errors{}."
)


@strawberry.type(description="Payload of `createKey`.")
class CreateKeyPayload:
    key: ApiKey | None = strawberry.field(default=None, description="The created key; null if there are errors.")
    secret: str | None = strawberry.field(
        default=None, description=SHOWN_ONCE.format(" or the request repeats an earlier one")
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `revokeKey`.")
class RevokeKeyPayload:
    key: ApiKey | None = strawberry.field(default=None, description="The revoked key; null if there are errors.")
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `rotateKey`.")
class RotateKeyPayload:
    key: ApiKey | None = strawberry.field(default=None, description="The rotated key; null if there are errors.")
    secret: str | None = strawberry.field(default=None, description=SHOWN_ONCE.format(""))
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@errors_in_payload(CreateKeyPayload)
async def create_key(
    info: Info, input: Annotated[CreateKeyInput, strawberry.argument(description="The key to create.")]
) -> CreateKeyPayload:
    """Creates a key."""
    draft = input.draft()
    names = current_selection(info).names(("key",))
    request = KeyedRequest(given_or_none(input.idempotency_key), "createKey", msgspec.to_builtins(draft))
    shown: list[str] = []

    async def store(session: Session) -> Rows:
        row, secret = await storage.add_key(session, draft)
        shown[:] = [secret.text]
        return [row]

    async def create(write: Write) -> Rows:
        draft.check()  # a repeated request may come after the key has expired
        return await write(store)

    created = await create_once(info.context, API_KEY_LIST, names, request, create)
    await info.context.services.keys.refresh()
    return CreateKeyPayload(key=only(created), secret=shown[0] if shown else None)


@errors_in_payload(RevokeKeyPayload)
async def revoke_key(
    info: Info, input: Annotated[RevokeKeyInput, strawberry.argument(description="The key to revoke.")]
) -> RevokeKeyPayload:
    """Revokes a key."""
    key_id = await row_id(info.context, input.id, "ApiKey")
    async with info.context.database.write() as session:
        row = await storage.revoke_key(session, key_id)
    await info.context.services.keys.refresh()
    names = current_selection(info).names(("key",))
    return RevokeKeyPayload(key=only(API_KEY_LIST.shape.stored_objects([dict(row._mapping)], names)))


@errors_in_payload(RotateKeyPayload)
async def rotate_key(
    info: Info, input: Annotated[RotateKeyInput, strawberry.argument(description="The key to rotate.")]
) -> RotateKeyPayload:
    """Replaces the secret of a key."""
    key_id = await row_id(info.context, input.id, "ApiKey")
    async with info.context.database.write() as session:
        row, secret = await storage.rotate_key(session, key_id, given_or_none(input.expires_at))
    await info.context.services.keys.refresh()
    names = current_selection(info).names(("key",))
    return RotateKeyPayload(
        key=only(API_KEY_LIST.shape.stored_objects([dict(row._mapping)], names)), secret=secret.text
    )
