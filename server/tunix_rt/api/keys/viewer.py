"""The client of a request: its key and its scopes."""

from __future__ import annotations

from datetime import datetime

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.jobs.limits import unfinished_count
from tunix_rt.domain.keys.scopes import KeyScope

Info = strawberry.Info[Context, None]


@strawberry.type(description="The client of the request.")
class Viewer:
    key_name: str | None = strawberry.field(
        description="Name of the API key; null for the request of a user, and where no key is needed."
    )
    user_name: str | None = strawberry.field(
        description="Name of the user whom a proxy has signed in; null for a request with an API key, or with neither."
    )
    scopes: list[KeyScope] = strawberry.field(description="Scopes of the client, with those that they include.")
    expires_at: datetime | None = strawberry.field(description="When the key expires; null if it does not.")
    sign_out_url: str | None = strawberry.field(
        description="Path or URL at which the proxy signs the user out (`TUNIX_RT_PROXY_SIGN_OUT_URL`); null if it is "
        "not known, and for a request without a user."
    )

    @strawberry.field(
        description="Number of the client's jobs that are PENDING or RUNNING, external runs excluded; null for a "
        "request with neither an API key nor a user. `serverInfo.limits.keyMaxJobs` limits it."
    )
    async def unfinished_job_count(self, info: Info) -> BigInt | None:
        name = info.context.granted.name
        if name is None:
            return None
        async with info.context.database.read() as session:
            return BigInt(await unfinished_count(session, name))


async def viewer_of(info: Info) -> Viewer:
    """Returns the client of a request."""
    grant = info.context.granted
    scopes = [scope for scope in KeyScope if scope in grant.scopes]
    key_name = grant.name if grant.user is None else None
    sign_out_url = info.context.settings.proxy_sign_out_url or None if grant.user is not None else None
    return Viewer(
        key_name=key_name,
        user_name=grant.user,
        scopes=scopes,
        expires_at=grant.expires_at,
        sign_out_url=sign_out_url,
    )
