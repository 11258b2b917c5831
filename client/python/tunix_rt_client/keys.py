"""The address of a client's server, and the API key, which is sent to this server alone."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tunix_rt_client.errors import BadInput

if TYPE_CHECKING:
    import httpx

VARIABLE = "TUNIX_RT_KEY"
"""The environment variable with the key of clients that are not given any."""


def require_http(url: str) -> str:
    """Returns the address of a server.

    Raises:
        BadInput: it is not an http or https URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        message = f"url must be an http or https URL, such as http://127.0.0.1:8000; it is {url!r}."
        raise BadInput(message, code="BAD_USER_INPUT", path=["url"])
    return url


def key_of(given: str | None) -> str | None:
    """Returns the key of a client: the given one, or the one in the environment; None without any."""
    return given or os.environ.get(VARIABLE) or None


def authorization(key: str) -> str:
    """Returns the value of ``Authorization``, in HTTP and in ``connection_init``."""
    return f"Bearer {key}"


def key_auth(key: str | None, url: str) -> httpx.Auth | None:
    """Returns the authentication of requests to a server; other hosts never get the key."""
    if key is None:
        return None
    import httpx

    origin, header = urlsplit(url)[:2], authorization(key)

    class KeyAuth(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, Any, None]:
            if urlsplit(str(request.url))[:2] == origin:
                request.headers["Authorization"] = header
            yield request

    return KeyAuth()
