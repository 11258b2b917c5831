"""The guard in front of every route: checks Host and Origin, and adds the request's id.

Any page in a user's browser could reach a server on loopback. So the Host must be an allowed one (against DNS
rebinding), and so must an Origin, which only browsers send.
"""

from __future__ import annotations

import re
import uuid

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunix_rt.errors import ErrorCode
from tunix_rt.http.errors import HttpError, error_response
from tunix_rt.settings import Settings

HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?", re.IGNORECASE)
NO_SNIFF = (b"x-content-type-options", b"nosniff")
"""Keeps browsers from guessing another media type than the declared one."""

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Guard:
    """ASGI middleware.

    Args:
        settings: its host, allowed hosts and allowed origins are accepted.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in (*settings.hosts, settings.host))
        self._origins = frozenset(settings.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        error = self._error(headers)
        if error is None:
            await self._app(scope, receive, with_request_id(send, request_id))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await error_response(error, request_id)(scope, receive, with_request_id(send, request_id))

    def _error(self, headers: Headers) -> HttpError | None:
        """Returns the error of a refused request; None if the request is allowed."""
        host = headers.get("host", "").lower()
        if len(headers.getlist("host")) != 1 or host_name(host) not in self._hosts:
            return HttpError(421, "The Host is not allowed; see TUNIX_RT_ALLOWED_HOSTS.", ErrorCode.FORBIDDEN)
        origin = headers.get("origin")
        if origin is None or origin in self._origins or is_own_origin(origin, host):
            return None
        return HttpError(403, "The Origin is not allowed; see TUNIX_RT_ALLOWED_ORIGINS.", ErrorCode.FORBIDDEN)


def is_own_origin(origin: str, host: str) -> bool:
    """Returns whether an Origin is the server's own.

    Args:
        host: the value of Host.
    """
    return origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}


def host_name(host: str) -> str:
    """Returns the name in a Host header, without its port; empty if the header is malformed (RFC 9110, 7.2)."""
    found = HOST.fullmatch(host)
    return found["address"] or found["name"] if found else ""


def with_request_id(send: Send, request_id: str) -> Send:
    """Returns a ``send`` that adds the request's id and ``nosniff`` to the response's headers."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = [pair for pair in message["headers"] if pair[0].lower() != b"x-content-type-options"]
            message["headers"] = [*given, (b"x-request-id", request_id.encode()), NO_SNIFF]
        await send(message)

    return wrapped
