"""Requests to a Ray cluster: its Jobs API, and its list of nodes."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.text import clip
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.base import ClusterRefused
from tunix_rt.jobs.engines.clusters.http import DENIED, HTTP_NOT_FOUND, HTTP_SERVER_ERROR, ClusterHttp

RESOURCES = ("CPU", "GPU", "TPU", "memory")
"""The resources that are reported, of those that Ray counts."""


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

    Every method raises Unavailable if the cluster cannot be reached or fails, and ClusterRefused if it refuses.

    Args:
        address: the URL of its dashboard.
        token: sent as a bearer token with each request.
    """

    def __init__(self, address: str, token: str) -> None:
        self._http = ClusterHttp("Ray", address)
        self.address = self._http.address
        self._headers = {"Authorization": f"Bearer {token}"}

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
        return self._http.decode(body, RayJob)

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
        for node in self._http.decode(body, NodeResponse).data.result.result:
            if node.state == "ALIVE":
                totals.update(node.resources_total)
        return [EngineResource(name, totals[name]) for name in RESOURCES if totals[name]]

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def _request(self, method: str, path: str, content: Any = None) -> tuple[int, bytes]:
        """Returns the status and the body of a response."""
        return await self._http.request(method, path, self._headers, content)

    def _check(self, status: int, body: bytes) -> None:
        """Raises the error of a response that is none of the expected ones."""
        if status < 300:
            return
        if status in DENIED:
            raise ClusterRefused(f"{self._http.display_name} does not accept the token.")
        # The last line of a traceback has the reason.
        lines = [line for line in body.decode(errors="replace").splitlines() if line.strip(" .")]
        reason = f": {clip(lines[-1], 300)}" if lines else ""
        kind = Unavailable if status >= HTTP_SERVER_ERROR else ClusterRefused
        raise kind(f"{self._http.display_name} answers with status {status}{reason}")
