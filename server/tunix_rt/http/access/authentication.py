"""Authentication of requests: finds the API key of each one, and ends its streams when the key becomes invalid."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.tokens import is_attempt_token
from tunix_rt.domain.keys.acting import Actor, acting
from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.ring import KeyRing
from tunix_rt.errors import ErrorCode, TunixRtError, Unauthenticated
from tunix_rt.http.access.cookie import cookie_token
from tunix_rt.http.access.open_paths import GRAPHQL_PATH, METRICS_PATH, is_open
from tunix_rt.http.access.proxies import Proxies, peer_address
from tunix_rt.http.errors import error_response
from tunix_rt.http.graphql.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, answer_media
from tunix_rt.settings import Settings

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers by which a proxy on this machine shows that a request comes from elsewhere."""

ENDED = "The API key was revoked or has expired."


class StreamEnded(Exception):
    """Closes the connection of a response that was cut off, so that the client recognises it as incomplete."""


class Authenticate:
    """ASGI middleware that adds the permissions of each request to its state, or refuses it.

    A WebSocket without a key in its headers is accepted without permissions; it proves them by ``connection_init``.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._open_metrics = not settings.metrics_need_key
        self._proxies = Proxies.of(settings)
        self._jobs_max = settings.key_max_jobs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope["state"]["client_address"] = self._proxies.client_address(scope, headers)
        if is_open(path) or (path == METRICS_PATH and self._open_metrics):
            with acting(Actor(address=client_address(scope))):
                await self._app(scope, receive, send)
            return
        ring: KeyRing = scope["app"].state.services.keys
        try:
            grant = await self._grant(ring, scope, headers)
        except TunixRtError as error:
            await self._refuse(error, headers, scope, receive, send)
            return
        scope["state"]["grant"] = grant
        with acting(Actor.of(grant, client_address(scope), self._jobs_max)):
            await self._serve(ring, grant, scope, receive, send)

    async def _grant(self, ring: KeyRing, scope: Scope, headers: Headers) -> Grant:
        """Returns the permissions of a request; raises as ``KeyRing.grant`` and ``Proxies.user`` do."""
        secret, token = bearer_secret(headers.get("authorization")), cookie_token(scope, headers)
        if secret is not None and is_attempt_token(secret):
            raise Unauthenticated(f"The token of an attempt is for {paths.ATTEMPT} alone.")
        user = self._proxies.user(scope, headers) if secret is None else None
        return await ring.grant(secret, local=is_local(scope, headers), token=token, user=user)

    async def _serve(self, ring: KeyRing, grant: Grant, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request with its permissions."""
        path, headers = scope["path"], Headers(scope=scope)
        if scope["type"] == "websocket" or (path == GRAPHQL_PATH and EVENT_STREAM not in headers.get("accept", "")):
            await self._app(scope, receive, send)  # short, or ended by the WebSocket's own handler
            return
        await self._run_while_valid(ring, grant, scope, receive, send)

    async def _refuse(self, error: TunixRtError, headers: Headers, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses a request; a WebSocket that has sent no key may still send one."""
        if scope["type"] == "websocket":
            if error.code is ErrorCode.UNAUTHENTICATED and "authorization" not in headers:
                scope["state"]["grant"] = None
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        media = answer_media(headers.get("accept", "")) if scope["path"] == GRAPHQL_PATH else JSON
        media = media if media == GRAPHQL_RESPONSE else JSON
        await error_response(error, scope["state"]["request_id"], media)(scope, receive, send)

    async def _run_while_valid(self, ring: KeyRing, grant: Grant, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request that may take long, but ends it when its key becomes invalid."""
        started: dict[str, Any] | None = None

        async def noting(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = dict(message)
            await send(message)

        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(None)
        try:
            async with limit:
                with ring.watching(grant, lambda: limit.reschedule(loop.time())):
                    await self._app(scope, receive, noting)
        except TimeoutError:
            if not limit.expired():
                raise
            await self._end(started, scope, receive, send)

    async def _end(self, started: dict[str, Any] | None, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends a request whose key became invalid.

        Raises:
            StreamEnded: its answer has started, and is incomplete.
        """
        if started is None:
            error = Unauthenticated(ENDED)
            await error_response(error, scope["state"]["request_id"])(scope, receive, send)
        elif Headers(raw=started["headers"]).get("content-type", "").startswith(EVENT_STREAM):
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            raise StreamEnded(ENDED)


def bearer_secret(authorization: str | None) -> str | None:
    """Returns the secret in a value of ``Authorization``; None without a value, empty if it has another scheme."""
    if authorization is None:
        return None
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else ""


def client_address(scope: Scope) -> str | None:
    """Returns the address that a request comes from, behind the proxies that the settings name; None without one."""
    address: str | None = scope["state"]["client_address"]
    return address


def is_local(scope: Scope, headers: Headers) -> bool:
    """Returns whether a request comes from this machine, and not through a proxy on it that names its client."""
    return is_loopback(peer_address(scope) or "") and not any(name in headers for name in FORWARDED)


@lru_cache(maxsize=1000)
def is_loopback(address: str) -> bool:
    """Returns whether a network address is one of this machine; false for a text that is no address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
