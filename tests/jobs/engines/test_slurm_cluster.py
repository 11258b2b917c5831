"""An attempt and its job on a real Slurm cluster: one that is submitted, found, lost, started twice and stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.support.clusters import TrainingServer, served, slurm_settings
from tests.support.object_storage import proxying
from tests.support.runs import StandIn, enter_run, let_lapse, make_dataset, run_of, until_status
from tests.support.slurm_daemons import CLOSED, SlurmDaemons
from tests.support.supervised_runs import check_sequence, losses
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import issue_attempt_token, job_of_attempt, store_job
from tunix_rt.domain.jobs.ledger import request_cancel
from tunix_rt.domain.jobs.queue import Hold, claim, heartbeat, hold_of
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.engines.clusters.base import JobState
from tunix_rt.jobs.engines.clusters.engine import ClusterEngine
from tunix_rt.jobs.engines.clusters.submission import Submission
from tunix_rt.jobs.engines.slurm.client import SlurmClient
from tunix_rt.jobs.engines.slurm.cluster import SlurmCluster, slurm_cluster
from tunix_rt.jobs.engines.slurm.submission import submission_of
from tunix_rt.jobs.engines.slurm.token import SlurmToken
from tunix_rt.settings import Settings

pytestmark = on_sqlite


@dataclass
class Case:
    """An attempt whose lease has expired, on a cluster that does not start its job."""

    settings: Settings
    database: Database
    cluster: SlurmCluster
    client: SlurmClient
    submission: Submission

    @property
    def hold(self) -> Hold:
        """The attempt's hold on its run."""
        return self.submission.hold

    async def number(self) -> str | None:
        """Returns the stored number of the job."""
        async with self.database.read() as session:
            return await job_of_attempt(session, self.hold)

    async def inspect(self) -> Leftovers:
        """Returns what the engine finds."""
        engine = ClusterEngine(self.database, self.settings, self.cluster, 60.0)
        return await engine.inspect(self.database, self.hold)


@pytest.fixture
async def case(
    slurm: SlurmDaemons, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
) -> AsyncIterator[Case]:
    """An attempt that is not submitted yet."""
    token = slurm.token()
    configured = replace(slurm_settings(slurm.url, token, settings, stand_in, tmp_path), slurm_partition=CLOSED)
    run_id = await enter_run(database, configured, await make_dataset(database), engine=RunEngine.SLURM)
    async with database.write() as session:
        row = await claim(session, tunix_runs, "owner", await instant(session))
        assert row is not None
        hold = hold_of(row)
        submission = Submission(hold, Resources(), await issue_attempt_token(session, tunix_runs, hold), 60.0)
    await let_lapse(database, run_id)
    client = SlurmClient(slurm.url, SlurmToken(slurm.token))
    cluster = SlurmCluster(database, client, configured)
    yield Case(configured, database, cluster, client, submission)
    await cluster.stop(hold)
    await client.close()


async def test_an_attempt_that_waits_is_alive_until_it_is_to_be_cancelled(case: Case):
    assert await case.inspect() is Leftovers.NOTHING
    await case.cluster.submit(case.submission, again=False)
    assert await case.inspect() is Leftovers.ALIVE

    async with case.database.write() as session:
        await heartbeat(session, tunix_runs, case.hold, await instant(session))
        await request_cancel(session, tunix_runs, case.hold.id, await instant(session))

    assert await case.inspect() is Leftovers.NOTHING


async def test_a_submission_whose_response_was_lost_is_found_by_its_name(case: Case, slurm: SlurmDaemons):
    async with proxying(slurm.port) as proxy:
        client = SlurmClient(proxy.url, SlurmToken(slurm.token), "v0.0.38")
        proxy.cut_after = 0
        with pytest.raises(Unavailable, match="cannot be reached"):
            await SlurmCluster(case.database, client, case.settings).submit(case.submission, again=False)
        await client.close()

    async def arrived() -> bool:
        return bool(await case.client.jobs_named(case.submission.name))

    await until(arrived)
    assert await case.number() is None
    assert await case.inspect() is Leftovers.ALIVE
    await case.cluster.submit(case.submission, again=True)

    (job,) = await case.client.jobs_named(case.submission.name)
    assert await case.number() == str(job.job_id)


async def test_a_submission_that_did_not_arrive_is_repeated(case: Case):
    await case.cluster.submit(case.submission, again=True)

    (job,) = await case.client.jobs_named(case.submission.name)
    assert await case.number() == str(job.job_id)


async def test_a_job_that_slurm_has_forgotten_and_one_with_its_number(case: Case):
    await case.cluster.submit(case.submission, again=False)
    own = await case.number()
    request = submission_of(case.settings, case.submission, await case.client.version())
    other = await case.client.submit(request | {"job": request["job"] | {"name": "other"}})

    for number in (str(other), "9999999"):
        async with case.database.write() as session:
            await store_job(session, case.hold, number)
        assert await case.cluster.find(case.hold) is None
        assert await case.inspect() is Leftovers.NOTHING

    await case.client.cancel(other)
    async with case.database.write() as session:
        await store_job(session, case.hold, str(own))


async def test_stop_ends_a_job(case: Case):
    await case.cluster.submit(case.submission, again=False)

    await case.cluster.stop(case.hold)

    job = await case.cluster.find(case.hold)
    assert job is not None
    assert (job.state, job.exit_status) == (JobState.ENDED, None)


def token_of(process: int) -> str:
    """Returns the token of an attempt, from the environment of its process."""
    environment = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    (token,) = [text.partition("=")[2] for text in environment if text.startswith("TUNIX_RT_ATTEMPT_TOKEN=")]
    return token


async def test_a_job_that_slurm_starts_twice_stores_everything_once(
    slurm: SlurmDaemons, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    configured = slurm_settings(slurm.url, slurm.token(), settings, stand_in, tmp_path)
    with served(configured):
        server = TrainingServer(RunEngine.SLURM, configured, database)
        run_id = await server.start()
        await server.until_it_trains(run_id)
        token = token_of(await server.process(run_id))
        row = await run_of(database, run_id)
        twin = Submission(Hold(run_id, row.owner, 1), Resources(), token, 60.0)
        cluster = slurm_cluster(database, configured)
        await cluster.submit(twin, again=False)

        async def refused() -> bool:
            job = await cluster.find(twin.hold)
            return job is not None and (job.state, job.exit_status) == (JobState.ENDED, 0)

        await until(refused)
        assert (await run_of(database, run_id)).status == "RUNNING"
        stand_in.open()
        row = await until_status(database, run_id)
        await cluster.close()

    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(await check_sequence(database, row)) == [(1, 1), (1, 2), (1, 3)]
