"""Requests to the server: one HTTP client, retries where repeating is safe, errors as exceptions."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tunix_rt_client.errors import ConnectionLost, request_error
from tunix_rt_client.keys import key_auth, key_of, require_http
from tunix_rt_client.proxies import uses_proxies
from tunix_rt_client.sources import as_json

if TYPE_CHECKING:
    import httpx

RETRIES = 5
FIRST_DELAY = 0.2
"""Seconds before the first retry; each further one waits twice as long."""
OF_PROXIES = {502, 503, 504}
"""The statuses of a proxy whose server does not answer."""
ANSWER_SECONDS = 3600.0
"""The longest wait for a mutation or a comparison of datasets; the server's own time limits are shorter."""
HEADERS = {
    "Accept": "application/graphql-response+json, application/json",
    "Content-Type": "application/json",
}


class AsyncConnection:
    """A connection to one server.

    Args:
        url: the server's address, such as ``http://127.0.0.1:8000``.
        timeout: seconds that a read may take; mutations take as long as the server permits.
        key: an API key; None for the one in ``TUNIX_RT_KEY``, if there is any.
    """

    def __init__(self, url: str, *, timeout: float = 60.0, key: str | None = None) -> None:
        import httpx

        self.url = require_http(url).rstrip("/")
        self.timeout = timeout
        self.key = key_of(key)
        auth, trusting = key_auth(self.key, self.url), uses_proxies(self.url)
        self.http = httpx.AsyncClient(base_url=self.url, timeout=timeout, auth=auth, trust_env=trusting)

    async def aclose(self) -> None:
        """Closes the connection."""
        await self.http.aclose()

    async def execute(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        repeatable: bool = True,
        slow: bool = False,
    ) -> dict[str, Any]:
        """Executes an operation and returns its data.

        Args:
            repeatable: whether the request may be sent again if the connection breaks before the answer.
            slow: whether the operation may take longer than ``timeout``.

        Raises:
            RequestError: the server reported an error.
            ConnectionLost: there was no answer.
        """
        data, _ = await self.answer(document, variables or {}, repeatable=repeatable, slow=slow)
        return data

    async def answer(
        self, document: str, variables: Mapping[str, Any], *, repeatable: bool, slow: bool
    ) -> tuple[dict[str, Any], str | None]:
        """Executes an operation and returns its data and the request's id; arguments and errors as of ``execute``."""
        sent = {"query": document, "variables": dict(variables)}
        response = await self.post(sent, repeatable=repeatable, slow=slow)
        request_id = response.headers.get("x-request-id")
        try:
            body = response.json()
        except ValueError:
            raise ConnectionLost(f"{self.url} answered {response.status_code} without JSON.") from None
        if not isinstance(body, dict) or not ("data" in body or "errors" in body):
            raise ConnectionLost(f"{self.url} answered {response.status_code} without a GraphQL response.")
        if body.get("errors"):
            raise request_error(body["errors"], request_id)
        return body["data"], request_id

    async def post(self, body: Mapping[str, Any], *, repeatable: bool, slow: bool) -> httpx.Response:
        """Sends a GraphQL request.

        A request that never reached the server is always sent again.

        Raises:
            BadInput: a variable has no form in JSON.
            ConnectionLost: there was no answer, after the retries, or the client was closed.
        """
        import httpx

        if self.http.is_closed:
            raise ConnectionLost(f"The client of {self.url} was closed.")
        content = as_json(body)
        seconds = max(self.timeout, ANSWER_SECONDS) if slow else self.timeout
        limits = httpx.Timeout(seconds, connect=self.timeout)
        for attempt in range(RETRIES + 1):
            try:
                response = await self.http.post("/graphql", content=content, headers=HEADERS, timeout=limits)
                if not (repeatable and is_of_proxy(response)) or attempt == RETRIES:
                    return response
            except httpx.TimeoutException:
                raise ConnectionLost(f"{self.url} did not answer within {seconds:g} seconds.") from None
            except httpx.TransportError as error:
                safe = repeatable or isinstance(error, httpx.ConnectError)
                if not safe or attempt == RETRIES:
                    raise ConnectionLost(f"{self.url} cannot be reached: {error or type(error).__name__}") from error
            await asyncio.sleep(FIRST_DELAY * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    async def mutate(
        self, document: str, field: str, given: Mapping[str, Any], *, keyed: bool = False, repeatable: bool = False
    ) -> dict[str, Any]:
        """Executes a mutation and returns its payload. Arguments that are None are left out.

        Args:
            field: the mutation's name.
            keyed: whether its input takes an idempotency key; one is made, so that the mutation can be repeated.
            repeatable: whether it can be repeated without a key.

        Raises:
            RequestError: the payload or the response has errors.
            ConnectionLost: there was no answer.
        """
        sent = {name: value for name, value in given.items() if value is not None}
        if keyed:
            sent.setdefault("idempotencyKey", uuid.uuid4().hex)
        data, request_id = await self.answer(document, {"input": sent}, repeatable=keyed or repeatable, slow=True)
        payload: dict[str, Any] = data[field]
        if payload.get("errors"):
            raise request_error(payload["errors"], request_id)
        return payload


def is_of_proxy(response: httpx.Response) -> bool:
    """Returns whether a proxy has answered, since the server behind it has not."""
    return response.status_code in OF_PROXIES and "json" not in response.headers.get("content-type", "")
