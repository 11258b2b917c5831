"""The paths that need an API key, and the scopes that routes need.

Every path needs a key except those listed here, so that a new route is closed until it is listed.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from tunix_rt.api.context import Context
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import ScopeMissing, Unauthenticated
from tunix_rt.http.pages import PAGE_FOLDERS, PAGE_PATHS

Endpoint = Callable[[Request], Awaitable[Response]]

HEALTH_PATHS = ("/healthz", "/readyz")
METRICS_PATH = "/metrics"
GRAPHQL_PATH = "/graphql"
SESSION_PATH = "/v1/session"
"""Where a browser signs in and out; the key is in the body."""
SIGNED = re.compile(r"/v1/(?:exports|artifacts)/[^/]+/[^/]+|/v1/runs/[^/]+/model\.zip")
"""Paths of downloads, whose endpoints refuse URLs without a valid signature."""

OPEN_PATHS = frozenset({*HEALTH_PATHS, SESSION_PATH, *PAGE_PATHS})


def is_open(path: str) -> bool:
    """Returns whether a path needs no key."""
    if path == GRAPHQL_PATH:
        return False
    return path in OPEN_PATHS or path.startswith(PAGE_FOLDERS) or is_of_attempt(path) or bool(SIGNED.fullmatch(path))


def is_of_attempt(path: str) -> bool:
    """Returns whether a path is one of attempts, whose endpoints refuse requests without the token of one."""
    return path == paths.ATTEMPT or path.startswith(f"{paths.ATTEMPT}/")


def requires(scope: KeyScope, endpoint: Endpoint) -> Endpoint:
    """Returns an endpoint that refuses requests without a scope, and records in the audit log what is stored."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        context: Context = request.app.state.context_for(request)
        action = f"{request.method} {request.url.path}"
        try:
            require_grant(request).require({scope})
        except ScopeMissing:
            await context.record_refusal(action)
            raise
        with context.recording(action):
            return await endpoint(request)

    guarded.scope = scope  # type: ignore[attr-defined]
    return guarded


def require_grant(request: Request) -> Grant:
    """Returns the permissions of a request.

    Raises:
        Unauthenticated: it has proved none.
    """
    grant: Grant | None = getattr(request.state, "grant", None)
    if grant is None:
        raise Unauthenticated("An API key is needed.")
    return grant
