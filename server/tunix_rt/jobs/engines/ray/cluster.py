"""A Ray cluster, as the engine uses it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.engines.clusters.base import ClusterJob, JobState
from tunix_rt.jobs.engines.clusters.submission import Submission, submission_id
from tunix_rt.jobs.engines.ray.client import RayClient
from tunix_rt.jobs.engines.ray.submission import submission_of
from tunix_rt.settings import Settings


class RayCluster:
    """See ``Cluster``. Ray has no second job with the id of another one."""

    def __init__(self, client: RayClient, settings: Settings) -> None:
        self.address = client.address
        self._client = client
        self._settings = settings

    async def submit(self, submission: Submission, *, again: bool) -> None:
        """See ``Cluster.submit``."""
        await self._client.submit(submission_of(self._settings, submission))

    async def find(self, hold: Hold) -> ClusterJob | None:
        """See ``Cluster.find``."""
        job = await self._client.find(submission_id(hold))
        if job is None:
            return None
        if job.has_ended:
            return ClusterJob(JobState.ENDED, job.driver_exit_code)
        return ClusterJob(JobState.WAITING if job.status == "PENDING" else JobState.RUNNING)

    async def stop(self, hold: Hold) -> None:
        """See ``Cluster.stop``. Ray leaves a job that waits as it is, though it answers otherwise."""
        await self._client.stop(submission_id(hold))

    async def resources(self) -> Sequence[EngineResource]:
        """See ``Cluster.resources``."""
        return await self._client.resources()

    async def close(self) -> None:
        """See ``Cluster.close``."""
        await self._client.close()


def ray_cluster(settings: Settings) -> RayCluster:
    """Returns the configured cluster."""
    token = settings.ray_token or Path(settings.ray_token_file).read_text().strip()
    return RayCluster(RayClient(settings.ray_address, token), settings)
