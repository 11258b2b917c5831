"""Requests to a server, and what their errors mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from tunix_rt import __version__
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.errors import BadUserInput, Conflict, NotFound, ServerFailed, SettingsError, TunixRtError, Unavailable
from tunix_rt.setting_values import LOOPBACK_HOSTS, base_url, is_http_url

T = TypeVar("T")

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 120.0
"""The longest time without a byte of an answer."""

OVER = {401, 410}
"""The statuses of an attempt that is over, and of one whose run was deleted."""
AWAY = {429, 502, 503, 504}
"""The statuses of a server, or of what it needs, that is unreachable for a while."""
REFUSALS: dict[int, type[TunixRtError]] = {404: NotFound, 409: Conflict}


class RequestOverdue(Unavailable):
    """The server's time limit for the request has passed: it may be busy, or the request takes too long by itself."""


class ServerError(msgspec.Struct):
    """An error in a response."""

    message: str


class ErrorBody(msgspec.Struct):
    """The body of a response with errors."""

    errors: list[ServerError]


def open_client(server: str, secret: str) -> httpx.AsyncClient:
    """Returns a client whose requests have a secret; the first one connects.

    Args:
        server: the server's URL.

    Raises:
        SettingsError: it is not an HTTP URL.
    """
    if not is_http_url(server):
        raise SettingsError(f"The server must be an http or https URL, not {server!r}.")
    url = base_url(server)
    headers = {"User-Agent": f"tunix-rt/{__version__}"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    proxied = urlsplit(url).hostname not in LOOPBACK_HOSTS
    return httpx.AsyncClient(base_url=url, timeout=limits, headers=headers, trust_env=proxied)


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Raises Unavailable if the server cannot be reached within the block."""
    try:
        yield
    except (httpx.TransportError, httpx.StreamError) as error:
        reason = str(error) or type(error).__name__
        raise Unavailable(f"The server cannot be reached: {reason.rstrip('.')}.") from error


async def call(http: httpx.AsyncClient, method: str, path: str, body: Any = None) -> httpx.Response:
    """Returns the answer to a request with a JSON body; raises as ``check`` does."""
    given: dict[str, Any] = {}
    if body is not None:
        given = {"content": msgspec.json.encode(body), "headers": {"Content-Type": "application/json"}}
    async with answering():
        answer = await http.request(method, path, **given)
    check(answer)
    return answer


def check(answer: httpx.Response) -> None:
    """Checks the status of an answer that was read.

    Raises:
        AttemptOver: the attempt is over.
        Unavailable: the server, or what it needs, is unreachable.
        RequestOverdue: its time limit for the request has passed.
        ServerFailed: it fails, or a proxy refuses the request in its place.
        NotFound, Conflict, BadUserInput: the server refuses the request.
    """
    if answer.is_success:
        return
    status, message = answer.status_code, message_of(answer)
    of_server = message is not None or answer.request.method == "HEAD"
    text = message or f"The server answered with status {status}."
    if status in AWAY:
        raise (RequestOverdue if status == 504 and message is not None else Unavailable)(text)
    if status >= 500 or not of_server:
        raise ServerFailed(text)
    raise (AttemptOver if status in OVER else REFUSALS.get(status, BadUserInput))(text)


def message_of(answer: httpx.Response) -> str | None:
    """Returns the message of an answer with errors; None if it is not in the server's format."""
    try:
        return msgspec.json.decode(answer.content, type=ErrorBody).errors[0].message
    except (msgspec.DecodeError, IndexError):
        return None


def read(answer: httpx.Response, kind: type[T]) -> T:
    """Returns the body of an answer.

    Raises:
        Unavailable: it was not sent by such a server.
    """
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.DecodeError as error:
        raise Unavailable(f"The server's answer cannot be read: {error}.") from error
