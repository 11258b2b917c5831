"""Operations that a server executes, over HTTP."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from tunix_rt.cli.client.base import data_of
from tunix_rt.errors import NotFound, SettingsError, Unavailable
from tunix_rt.setting_values import LOOPBACK_HOSTS, base_url, is_http_url
from tunix_rt.settings import Settings

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 3600.0
"""The longest time without a byte of an answer; the server's own time limits are shorter."""
EXCERPT_CHARS = 200
HTTPX_COMMAND = "httpx._main"
"""The module of httpx with its command line, which it works without."""
DATA = "data:"
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416
OF_PROXIES = {502, 503, 504}
"""The statuses of a proxy whose server does not answer."""


class RemoteClient:
    """Sends operations to a server.

    Args:
        url: the server's URL, without a slash at the end.
        http: open, with the headers of all requests.
    """

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.place = f"the server {url}"
        self.url = url
        self.http = http

    async def execute(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """See ``OperationClient.execute``."""
        with_accept = {"Accept": "application/graphql-response+json, application/json;q=0.9"}
        body = {"query": document, "variables": dict(variables)}
        async with self.answering():
            answer = await self.http.post(f"{self.url}/graphql", json=body, headers=with_accept)
        return data_of(self.json_of(answer))

    async def subscribe(self, document: str, variables: Mapping[str, Any]) -> AsyncGenerator[dict[str, Any], None]:
        """See ``OperationClient.subscribe``."""
        body = {"query": document, "variables": dict(variables)}
        with_accept = {"Accept": "text/event-stream"}
        async with (
            self.answering(),
            self.http.stream("POST", f"{self.url}/graphql", json=body, headers=with_accept) as answer,
        ):
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                await answer.aread()
                data_of(self.json_of(answer))
            async for line in answer.aiter_lines():
                if line.startswith(DATA) and (text := line.removeprefix(DATA).strip()):
                    yield data_of(json.loads(text))

    async def download(self, url: str, target: Path) -> None:
        """See ``OperationClient.download``; continues where the connection was lost, as long as bytes arrive.

        The URL is signed, so it gets no other headers than those of ``http``.
        """
        place = urlsplit(url)
        path = f"{place.path}?{place.query}" if place.query else place.path
        size = await asyncio.to_thread(target.write_bytes, b"")
        while True:
            try:
                return await self._append(f"{self.url}{path}", target, size)
            except Unavailable:
                before, size = size, (await asyncio.to_thread(target.stat)).st_size
                if size <= before:
                    raise

    async def _append(self, url: str, target: Path, start: int) -> None:
        """Appends the content of a file after ``start``, or writes it all if the server sends no part of it."""
        headers = {"Range": f"bytes={start}-"} if start else {}
        async with self.answering(), self.http.stream("GET", url, headers=headers, follow_redirects=True) as answer:
            if answer.status_code == RANGE_NOT_SATISFIABLE and start:  # the connection was lost after the last byte
                return
            if answer.is_error:
                await answer.aread()
                data_of(self.json_of(answer))
            with target.open("ab" if answer.status_code == PARTIAL_CONTENT else "wb") as file:
                async for chunk in answer.aiter_bytes():
                    file.write(chunk)

    async def upload(
        self, path: str, parameters: Sequence[tuple[str, str]], media: str, content: AsyncIterator[bytes]
    ) -> dict[str, Any]:
        """Sends a body of any length and returns the response's body; raises as ``OperationClient.execute`` does."""
        headers = {"Content-Type": media}
        async with self.answering():
            answer = await self.http.post(
                f"{self.url}{path}", params=list(parameters), headers=headers, content=content
            )
        body = self.json_of(answer)
        if "errors" in body:
            data_of(body)
        return body

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[None]:
        """Raises ``Unavailable`` if the server cannot be reached within the block."""
        import httpx

        try:
            yield
        except httpx.TimeoutException:
            raise Unavailable(f"{self.url} does not answer in time.") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise Unavailable(
                f"{self.url} cannot be reached: {reason.rstrip('.')}. Check the URL, and whether the server runs."
            ) from None

    def json_of(self, answer: httpx.Response) -> dict[str, Any]:
        """Returns the body of a response.

        Raises:
            Unavailable: a proxy has answered, since the server behind it has not.
            NotFound: it was not sent by a GraphQL server.
        """
        try:
            body = answer.json()
            if isinstance(body, dict) and ({"errors", "data", "refusals"} & body.keys() or answer.is_success):
                return body
        except ValueError:
            pass
        if answer.status_code in OF_PROXIES:
            raise Unavailable(
                f"{self.url} does not answer: a proxy in front of it sent the status {answer.status_code}."
            )
        text = " ".join(answer.text.split())[:EXCERPT_CHARS]
        raise NotFound(f"{self.url} is not a tunix-rt server: it answered with status {answer.status_code}. {text}")


def request_headers(settings: Settings) -> dict[str, str]:
    """Returns the headers of every request to the server."""
    with_key = {"Authorization": f"Bearer {settings.key}"} if settings.key else {}
    return {"User-Agent": "tunix-rt", **with_key}


def server_url(settings: Settings) -> str:
    """Returns the URL of the server, without a slash at the end.

    Raises:
        SettingsError: it is not an HTTP URL.
    """
    if not is_http_url(settings.server):
        example = "such as http://127.0.0.1:8000"
        raise SettingsError(f"--server must be an http or https URL, {example}, not {settings.server!r}.")
    return base_url(settings.server)


def httpx_alone() -> ModuleType:
    """Imports httpx without its own command line, for which it imports rich and pygments if they are installed.

    They took a sixth of the time of a list. A module that is None cannot be imported, as if they were not installed.
    """
    blocked = HTTPX_COMMAND not in sys.modules
    if blocked:
        sys.modules[HTTPX_COMMAND] = cast("ModuleType", None)
    try:
        import httpx
    finally:
        if blocked:
            del sys.modules[HTTPX_COMMAND]
    return httpx


@asynccontextmanager
async def remote_client(settings: Settings) -> AsyncIterator[RemoteClient]:
    """Yields a client of the server of the settings; the first request connects.

    Raises:
        SettingsError: as ``server_url`` does.
    """
    url = server_url(settings)
    httpx = httpx_alone()
    limits = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    proxied = urlsplit(url).hostname not in LOOPBACK_HOSTS
    async with httpx.AsyncClient(timeout=limits, headers=request_headers(settings), trust_env=proxied) as http:
        yield RemoteClient(url, http)
