"""Requests to a Ray cluster: its Jobs API, and its list of nodes."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.text import clip
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

REQUEST_SECONDS = 10.0
BODY_MAX_BYTES = 4 << 20
HTTP_NOT_FOUND = 404
HTTP_SERVER_ERROR = 500
DENIED = (401, 403)
RESOURCES = ("CPU", "GPU", "TPU", "memory")
"""The resources that are reported, of those that Ray counts."""


class RayRefused(Unavailable):
    """The cluster refuses a request, and would refuse it again."""


class RayJob(msgspec.Struct, frozen=True):
    """The state of a job, as the cluster reports it.

    Args:
        status: PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED.
        driver_exit_code: the exit status of the command, if it ran and Ray knows it.
    """

    status: str
    driver_exit_code: int | None = None

    @property
    def has_ended(self) -> bool:
        """Returns whether the command has ended, according to the cluster."""
        return self.status in {"STOPPED", "SUCCEEDED", "FAILED"}


class RayNode(msgspec.Struct, frozen=True):
    """A node of the cluster."""

    state: str
    resources_total: dict[str, float] = {}


class NodePage(msgspec.Struct, frozen=True):
    """The nodes of a response."""

    result: list[RayNode]


class NodeData(msgspec.Struct, frozen=True):
    """The part of a response that has its nodes."""

    result: NodePage


class NodeResponse(msgspec.Struct, frozen=True):
    """A response of the list of nodes."""

    data: NodeData


class RayClient:
    """A client of one cluster.

    Every method raises Unavailable if the cluster cannot be reached or is in disorder, and RayRefused if it refuses.

    Args:
        address: the URL of its dashboard.
        token: sent as bearer token with each request.
    """

    def __init__(self, address: str, token: str) -> None:
        self.address = address.rstrip("/")
        self._token = token
        self._client: httpx.AsyncClient | None = None

    async def submit(self, submission: dict[str, Any]) -> None:
        """Submits a job; submitting it again does nothing, so that a request whose response was lost is repeated."""
        status, body = await self._request("POST", "/api/jobs/", submission)
        if status >= HTTP_SERVER_ERROR and await self.find(submission["submission_id"]) is not None:
            return  # Ray answers 500 to a job that exists
        self._check(status, body)

    async def find(self, submission_id: str) -> RayJob | None:
        """Returns the state of a job; None if the cluster does not know it, as after a restart of its head."""
        status, body = await self._request("GET", f"/api/jobs/{submission_id}")
        if status == HTTP_NOT_FOUND:
            return None
        self._check(status, body)
        return self._decode(body, RayJob)

    async def stop(self, submission_id: str) -> None:
        """Asks a running job to stop. Ray leaves one that is pending as it is, though it answers otherwise."""
        status, body = await self._request("POST", f"/api/jobs/{submission_id}/stop")
        if status != HTTP_NOT_FOUND:
            self._check(status, body)

    async def resources(self) -> list[EngineResource]:
        """Returns the total resources of the nodes that are alive, of those kinds that there are."""
        status, body = await self._request("GET", "/api/v0/nodes?detail=1&limit=10000")
        self._check(status, body)
        totals: Counter[str] = Counter()
        for node in self._decode(body, NodeResponse).data.result.result:
            if node.state == "ALIVE":
                totals.update(node.resources_total)
        return [EngineResource(name, totals[name]) for name in RESOURCES if totals[name]]

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _request(self, method: str, path: str, content: Any = None) -> tuple[int, bytes]:
        """Returns the status and the body of a response."""
        import httpx

        if self._client is None:
            headers = {"Authorization": f"Bearer {self._token}"}
            self._client = httpx.AsyncClient(headers=headers, timeout=REQUEST_SECONDS, trust_env=False)
        url, body = f"{self.address}{path}", bytearray()
        try:
            async with (
                asyncio.timeout(REQUEST_SECONDS),
                self._client.stream(method, url, json=content) as response,
            ):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > BODY_MAX_BYTES:
                        raise Unavailable(f"The response of Ray at {self.address} is too large.")
        except (TimeoutError, httpx.HTTPError) as error:
            reason = type(error).__name__
            raise Unavailable(f"Ray at {self.address} cannot be reached ({reason}).") from None
        return response.status_code, bytes(body)

    def _check(self, status: int, body: bytes) -> None:
        """Raises the error of a response that is none of the expected ones."""
        if status < 300:
            return
        if status in DENIED:
            raise RayRefused(f"Ray at {self.address} does not accept the token.")
        # The last line of a traceback has the reason.
        lines = [line for line in body.decode(errors="replace").splitlines() if line.strip(" .")]
        reason = f": {clip(lines[-1], 300)}" if lines else ""
        kind = Unavailable if status >= HTTP_SERVER_ERROR else RayRefused
        raise kind(f"Ray at {self.address} answers with status {status}{reason}")

    def _decode(self, body: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.DecodeError:
            raise Unavailable(f"The response of Ray at {self.address} is not one of its API.") from None


def ray_client(settings: Settings) -> RayClient:
    """Returns a client of the configured cluster."""
    token = settings.ray_token or Path(settings.ray_token_file).read_text().strip()
    return RayClient(settings.ray_address, token)
