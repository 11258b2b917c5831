"""A Slurm cluster, as the engine uses it."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import job_of_attempt, store_job
from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.engines.clusters.base import ClusterJob, JobState
from tunix_rt.jobs.engines.clusters.submission import Submission, submission_id
from tunix_rt.jobs.engines.slurm.client import SlurmClient
from tunix_rt.jobs.engines.slurm.replies import SlurmJob
from tunix_rt.jobs.engines.slurm.submission import submission_of
from tunix_rt.jobs.engines.slurm.token import token_of_settings
from tunix_rt.settings import Settings


class SlurmCluster:
    """See ``Cluster``. Slurm numbers jobs itself; the number of an attempt's job is stored with its token.

    A job is found by its name only if its number is unknown, since that needs the list of all jobs.
    """

    def __init__(self, database: Database, client: SlurmClient, settings: Settings) -> None:
        self.address = client.address
        self._database = database
        self._client = client
        self._settings = settings

    async def submit(self, submission: Submission, *, again: bool) -> None:
        """See ``Cluster.submit``."""
        known = await self._find_by_name(submission.name) if again else None
        if known is None:
            request = submission_of(self._settings, submission, await self._client.version())
            job_id = await self._client.submit(request)
        else:
            job_id = known.job_id
        async with self._database.write() as session:
            await store_job(session, submission.hold, str(job_id))

    async def find(self, hold: Hold) -> ClusterJob | None:
        """See ``Cluster.find``."""
        job = await self._job(hold)
        return None if job is None else ClusterJob(job.state, job.exit_status)

    async def stop(self, hold: Hold) -> None:
        """See ``Cluster.stop``."""
        job = await self._job(hold)
        if job is not None and job.state is not JobState.ENDED:
            await self._client.cancel(job.job_id)

    async def _job(self, hold: Hold) -> SlurmJob | None:
        """Returns the job of an attempt; None if the cluster does not know it, or has given its number to another."""
        async with self._database.read() as session:
            number = await job_of_attempt(session, hold)
        name = submission_id(hold)
        if number is None:
            return await self._find_by_name(name)
        job = await self._client.find(int(number))
        return job if job is not None and job.name == name else None

    async def _find_by_name(self, name: str) -> SlurmJob | None:
        """Returns the job with a name; of several, one that has not ended."""
        return min(await self._client.jobs_named(name), key=lambda job: job.state is JobState.ENDED, default=None)

    async def resources(self) -> Sequence[EngineResource]:
        """See ``Cluster.resources``: those of the configured partition, if there is one."""
        return await self._client.resources(self._settings.slurm_partition)

    async def close(self) -> None:
        """See ``Cluster.close``."""
        await self._client.close()


def slurm_cluster(database: Database, settings: Settings) -> SlurmCluster:
    """Returns the configured cluster."""
    client = SlurmClient(settings.slurm_address, token_of_settings(settings), settings.slurm_api_version)
    return SlurmCluster(database, client, settings)
