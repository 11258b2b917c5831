"""Inputs of the mutations of API keys."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.naming import ways_to_name
from tunix_rt.api.payloads import KEY
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import NAME_MAX_CHARS, KeyDraft

WHICH = f"The key: {ways_to_name('ApiKey')}."


@strawberry.input(description="Input of `createKey`.")
class CreateKeyInput:
    name: str = strawberry.field(
        description=f"Name of the key: 1 to {NAME_MAX_CHARS} characters, unique among all keys, revoked ones included, "
        "and not a UUID."
    )
    scopes: list[KeyScope] = strawberry.field(description="Scopes of the key: at least one.")
    expires_at: datetime | None = strawberry.field(
        default=UNSET, description="When the key expires, in the future. If omitted, it does not."
    )
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description=f"{KEY} The secret is in the first result only."
    )

    def draft(self) -> KeyDraft:
        """Returns the key to create."""
        return KeyDraft(self.name, tuple(self.scopes), given_or_none(self.expires_at))


@strawberry.input(description="Input of `revokeKey`.")
class RevokeKeyInput:
    id: strawberry.ID = strawberry.field(description=WHICH)


@strawberry.input(description="Input of `rotateKey`.")
class RotateKeyInput:
    id: strawberry.ID = strawberry.field(description=WHICH)
    expires_at: datetime | None = strawberry.field(
        default=UNSET,
        description="When the key expires, in the future. If omitted, the key's lifetime starts again from now.",
    )
