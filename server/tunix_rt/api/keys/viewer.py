"""The client of a request: its key and its scopes."""

from __future__ import annotations

from datetime import datetime

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.domain.keys.scopes import KeyScope

Info = strawberry.Info[Context, None]


@strawberry.type(description="The client of the request.")
class Viewer:
    key_name: str | None = strawberry.field(
        description="Name of the API key; null for a request without one: on a server that needs none, or of a user."
    )
    user_name: str | None = strawberry.field(
        description="Name of the user whom a proxy has signed in; null for a request with an API key, or without both."
    )
    scopes: list[KeyScope] = strawberry.field(description="Scopes of the client, with those that they include.")
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it does not.")


async def viewer_of(info: Info) -> Viewer:
    """Returns the client of a request."""
    grant = info.context.granted
    scopes = [scope for scope in KeyScope if scope in grant.scopes]
    key_name = grant.name if grant.user is None else None
    return Viewer(key_name=key_name, user_name=grant.user, scopes=scopes, expires_at=grant.expires_at)
