"""Requests to the API of a cluster, with limits on their time and on the size of their responses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tunix_rt.errors import Unavailable

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

REQUEST_SECONDS = 10.0
BODY_MAX_BYTES = 4 << 20
HTTP_NOT_FOUND = 404
HTTP_SERVER_ERROR = 500
DENIED = (401, 403)


class ClusterHttp:
    """The HTTP API of a cluster.

    Args:
        name: the name of its kind, for messages.
        address: its URL.
    """

    def __init__(self, name: str, address: str) -> None:
        self.address = address.rstrip("/")
        self.display_name = f"{name} at {self.address}"
        self._client: httpx.AsyncClient | None = None

    async def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: Any = None,
        maximum: int = BODY_MAX_BYTES,
    ) -> tuple[int, bytes]:
        """Returns the status and the body of a response.

        Args:
            content: the body of the request, as JSON; None for none.
            maximum: the largest response, in bytes.

        Raises:
            Unavailable: there is none in time, or it is too large.
        """
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=REQUEST_SECONDS, trust_env=False)
        url, body = f"{self.address}{path}", bytearray()
        try:
            async with (
                asyncio.timeout(REQUEST_SECONDS),
                self._client.stream(method, url, json=content, headers=dict(headers)) as response,
            ):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > maximum:
                        raise Unavailable(f"The response of {self.display_name} is too large.")
        except (TimeoutError, httpx.HTTPError) as error:
            reason = type(error).__name__
            raise Unavailable(f"{self.display_name} cannot be reached ({reason}).") from None
        return response.status_code, bytes(body)

    def decode(self, body: bytes, kind: type[T]) -> T:
        """Returns a body of JSON.

        Raises:
            Unavailable: it is none of this kind.
        """
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            raise Unavailable(f"The response of {self.display_name} is not a valid response of its API.") from None

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
