"""``/v1/session``: a browser signs in with an API key, and signs out."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.db.identity import now
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.domain.keys.acting import Actor, acting
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.sign_ins import SignIn
from tunix_rt.domain.text import decode_json
from tunix_rt.errors import BadUserInput
from tunix_rt.http.access.authentication import client_address
from tunix_rt.http.access.cookie import clear_cookie, set_cookie
from tunix_rt.http.bodies import limit_body
from tunix_rt.http.errors import HttpError, json_response
from tunix_rt.http.graphql.negotiation import is_json_body

BODY_MAX_BYTES = 4096


async def session_endpoint(request: Request) -> Response:
    """Signs in (POST) or out (DELETE).

    Raises:
        HttpError: the body is not JSON, or too large.
        BadUserInput: it has no key.
        Unauthenticated: the key is not valid.
        Conflict: the server has no keys.
        Unavailable: the keys cannot be read, or there is no secret to sign with.
    """
    context: Context = request.app.state.context_for(request)
    if request.method == "DELETE":
        response = Response(status_code=204)
        clear_cookie(response, request, context.settings)
        return response
    if not is_json_body(request.headers.get("content-type", "")):
        raise HttpError(415, "The body must be application/json in UTF-8.")
    sign_in, at = await context.services.keys.sign_in(await key_in(request)), now()
    with acting(Actor.of(sign_in.grant, client_address(request.scope))):
        audited = context.audited_action(f"{request.method} {request.url.path}")
        await audited.record(context.database, AuditOutcome.DONE)
    response = json_response(sign_in_body(sign_in))
    response.headers["Cache-Control"] = "no-store"
    set_cookie(response, request, context.settings, sign_in, at)
    return response


async def key_in(request: Request) -> str:
    """Returns the secret in a body, without the spaces around it; raises as ``session_endpoint`` does."""
    body = decode_json(b"".join([part async for part in limit_body(request, BODY_MAX_BYTES)]))
    key = body.get("key") if isinstance(body, dict) else None
    if not isinstance(key, str) or not key.strip():
        raise BadUserInput("key must be an API key, such as trt_….", ["key"])
    return key.strip()


def sign_in_body(sign_in: SignIn) -> dict[str, Any]:
    """Returns a sign-in as JSON."""
    return {
        "keyName": sign_in.grant.name,
        "scopes": [scope.name for scope in KeyScope if scope in sign_in.grant.scopes],
        "expiresAt": sign_in.expires_at.isoformat().replace("+00:00", "Z"),
    }
