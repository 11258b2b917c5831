"""Requests to slurmrestd."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.text import clip
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.base import ClusterRefused
from tunix_rt.jobs.engines.clusters.http import (
    BODY_MAX_BYTES,
    DENIED,
    HTTP_NOT_FOUND,
    HTTP_SERVER_ERROR,
    ClusterHttp,
)
from tunix_rt.jobs.engines.slurm.replies import (
    CONTROLLER_ERRORS,
    UNKNOWN_JOB,
    JobsReply,
    NodesReply,
    SlurmJob,
    SubmitReply,
    error_of,
)
from tunix_rt.jobs.engines.slurm.token import SlurmToken

VERSIONS = ("v0.0.42", "v0.0.41", "v0.0.40", "v0.0.38")
"""The versions of the API that are known, the preferred one first: those of Slurm 22.05 to 25.05."""

LIST_MAX_BYTES = 256 << 20
RESOURCES = ("CPU", "GPU", "TPU", "memory")


class SlurmClient:
    """A client of one cluster.

    Every method raises Unavailable if the cluster cannot be reached or fails, and ClusterRefused if it refuses.

    Args:
        address: the URL of slurmrestd.
        token: its token is sent with each request.
        version: the version of its API; empty for the first one that it has of ``VERSIONS``.
    """

    def __init__(self, address: str, token: SlurmToken, version: str = "") -> None:
        self._http = ClusterHttp("Slurm", address)
        self.address = self._http.address
        self._token = token
        self._wanted = self._version = version

    async def version(self) -> str:
        """Returns the version of the API."""
        if not self._version:
            for version in VERSIONS:
                status, body = await self._send("GET", f"/slurm/{version}/ping")
                if status in DENIED:
                    raise self._error(status, body)
                if status != HTTP_NOT_FOUND:
                    self._version = version
                    break
            else:
                raise Unavailable(f"{self._http.display_name} has none of the API's versions {', '.join(VERSIONS)}.")
        return self._version

    async def submit(self, submission: dict[str, Any]) -> int:
        """Submits a job, and returns its number. The same request again submits a second job."""
        status, body = await self._call("POST", "/job/submit", submission)
        if status >= 300:
            raise self._error(status, body)
        job_id = self._http.decode(body, SubmitReply).job_id
        if not job_id:
            raise self._error(HTTP_SERVER_ERROR, body)
        return job_id

    async def find(self, job_id: int) -> SlurmJob | None:
        """Returns a job; None if the cluster does not know it, or no longer.

        The status is 500 for an unknown job and for a controller that is unreachable: only the number of the error
        differs.
        """
        status, body = await self._call("GET", f"/job/{job_id}")
        if status >= 300 and error_of(body).number == UNKNOWN_JOB:
            return None
        if status >= 300:
            raise self._error(status, body)
        jobs = self._http.decode(body, JobsReply).jobs
        return next((job for job in jobs if job.job_id == job_id), None)

    async def jobs_named(self, name: str) -> list[SlurmJob]:
        """Returns the jobs with a name."""
        return [job for job in await self._jobs() if job.name == name]

    async def _jobs(self) -> list[SlurmJob]:
        status, body = await self._call("GET", "/jobs", maximum=LIST_MAX_BYTES)
        if status >= 300:
            raise self._error(status, body)
        return (await asyncio.to_thread(self._http.decode, body, JobsReply)).jobs

    async def cancel(self, job_id: int) -> None:
        """Cancels a job: one that waits at once; one that runs by SIGTERM, and SIGKILL after Slurm's KillWait."""
        status, body = await self._call("DELETE", f"/job/{job_id}")
        if status >= 300 and error_of(body).number not in CONTROLLER_ERRORS:
            raise self._error(status, body)

    async def resources(self, partition: str = "") -> list[EngineResource]:
        """Returns the total resources of the nodes that start jobs, of those kinds that there are.

        Args:
            partition: the partition whose nodes are counted; empty for all nodes.
        """
        status, body = await self._call("GET", "/nodes", maximum=LIST_MAX_BYTES)
        if status >= 300:
            raise self._error(status, body)
        totals: Counter[str] = Counter()
        reply = await asyncio.to_thread(self._http.decode, body, NodesReply)
        for node in reply.nodes:
            if node.is_usable and (not partition or partition in node.partitions):
                totals.update(node.resources())
        return [EngineResource(name, float(totals[name])) for name in RESOURCES if totals[name]]

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def _call(
        self, method: str, path: str, content: Any = None, *, maximum: int = BODY_MAX_BYTES
    ) -> tuple[int, bytes]:
        """Returns the status and the body of a response of the API."""
        status, body = await self._send(method, f"/slurm/{await self.version()}{path}", content, maximum=maximum)
        if status == HTTP_NOT_FOUND and not error_of(body).number:
            self._version = self._wanted  # Slurm was replaced by another version
            raise Unavailable(f"{self._http.display_name} has no {path} of this version of its API.")
        return status, body

    async def _send(
        self, method: str, path: str, content: Any = None, *, maximum: int = BODY_MAX_BYTES
    ) -> tuple[int, bytes]:
        headers = await asyncio.to_thread(self._token.headers, self._http.display_name)
        return await self._http.request(method, path, headers, content, maximum)

    def _error(self, status: int, body: bytes) -> Unavailable:
        """Returns the error of a response."""
        if status in DENIED:
            return ClusterRefused(f"{self._http.display_name} does not accept the token.")
        error = error_of(body)
        refuses = status < HTTP_SERVER_ERROR or error.number in CONTROLLER_ERRORS
        reason = f": {clip(error.text, 300)}" if error.text else ""
        if refuses:
            return ClusterRefused(f"{self._http.display_name} answers with status {status}{reason}.")
        cause = "Its controller is unreachable, or does not accept the token."
        return Unavailable(f"{self._http.display_name} answers with status {status}{reason}. {cause}")
