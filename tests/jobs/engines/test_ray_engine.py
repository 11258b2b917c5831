"""The Ray engine's view of an attempt whose lease has expired, and what it cannot start."""

from __future__ import annotations

import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.object_storage import proxying
from tests.support.postgres import free_port
from tests.support.ray_head import RayHead
from tests.support.runs import enter_run, let_lapse, make_dataset, run_of
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import WorkerClaim, claim_attempt
from tunix_rt.domain.attempts.tokens import issue_attempt_token
from tunix_rt.domain.jobs.ledger import request_cancel
from tunix_rt.domain.jobs.queue import Hold, claim, finish, heartbeat, hold_of
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.engines.clusters import execution
from tunix_rt.jobs.engines.clusters.engine import ClusterEngine
from tunix_rt.jobs.engines.clusters.submission import submission_id
from tunix_rt.jobs.engines.ray.client import RayClient
from tunix_rt.jobs.engines.ray.cluster import RayCluster
from tunix_rt.jobs.runs.kind import cluster_runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings


@dataclass
class Attempt:
    """An attempt whose lease has expired, and the engine that inspects it.

    Args:
        at: the seconds of the engine's clock.
    """

    settings: Settings
    database: Database
    client: RayClient
    hold: Hold
    at: list[float] = field(default_factory=lambda: [100.0])

    def __post_init__(self) -> None:
        self.engine = self.engine_of(self.client)

    def engine_of(self, client: RayClient) -> ClusterEngine:
        """Returns the engine that speaks to the cluster through a client."""
        cluster = RayCluster(client, self.settings)
        return ClusterEngine(
            self.database, self.settings, cluster, self.settings.ray_silence_seconds, lambda: self.at[0]
        )

    def settings_at(self, url: str) -> Settings:
        """Returns the settings of a server that reaches the cluster at another address."""
        return replace(self.settings, ray_address=url)

    async def submit(self, code: str, **values: object) -> None:
        """Submits a Python program as the job of this attempt."""
        command = f"exec {sys.executable} -c '{code}'"
        await self.client.submit({"submission_id": submission_id(self.hold), "entrypoint": command, **values})

    async def reached(self, *statuses: str) -> bool:
        """Returns whether the job has one of these statuses."""
        job = await self.client.find(submission_id(self.hold))
        return job is not None and job.status in statuses

    async def inspect(self) -> Leftovers:
        """Returns what the engine finds."""
        return await self.engine.inspect(self.database, self.hold)


@pytest.fixture
async def attempt(ray: RayHead, settings: Settings, database: Database) -> AsyncIterator[Attempt]:
    """An attempt at a run, which is not submitted yet."""
    configured = replace(
        settings, ray_address=ray.url, ray_token=ray.token, public_url="http://s.example", ray_silence_seconds=60.0
    )
    run_id = await enter_run(database, configured, await make_dataset(database), engine=RunEngine.RAY)
    async with database.write() as session:
        row = await claim(session, tunix_runs, "owner", await instant(session))
    assert row is not None
    await let_lapse(database, run_id)
    client = RayClient(ray.url, ray.token)
    yield Attempt(configured, database, client, hold_of(row))
    await client.stop(submission_id(hold_of(row)))
    await client.close()


async def test_an_attempt_that_the_cluster_calls_running_gets_time_to_reach_the_server(attempt: Attempt):
    await attempt.submit("import time; time.sleep(600)")
    await until(lambda: attempt.reached("RUNNING"))

    assert await attempt.inspect() is Leftovers.ALIVE
    attempt.at[0] += 59
    assert await attempt.inspect() is Leftovers.ALIVE
    attempt.at[0] += 2
    assert await attempt.inspect() is Leftovers.NOTHING


@on_sqlite
async def test_the_time_counts_from_the_last_heartbeat(attempt: Attempt):
    await attempt.submit("import time; time.sleep(600)")
    await until(lambda: attempt.reached("RUNNING"))
    assert await attempt.inspect() is Leftovers.ALIVE
    attempt.at[0] += 59
    async with attempt.database.write() as session:
        await heartbeat(session, tunix_runs, attempt.hold, await instant(session))
    await let_lapse(attempt.database, attempt.hold.id)
    assert await attempt.inspect() is Leftovers.ALIVE

    attempt.at[0] += 59
    assert await attempt.inspect() is Leftovers.ALIVE


@on_sqlite
async def test_an_attempt_that_waits_for_resources_is_alive_until_it_is_to_be_cancelled(attempt: Attempt):
    await attempt.submit("", entrypoint_num_gpus=1.0)
    attempt.at[0] += 3600
    assert await attempt.inspect() is Leftovers.ALIVE

    async with attempt.database.write() as session:
        await heartbeat(session, tunix_runs, attempt.hold, await instant(session))
        await request_cancel(session, tunix_runs, attempt.hold.id, await instant(session))

    assert await attempt.inspect() is Leftovers.NOTHING


@on_sqlite
async def test_nothing_is_left_of_an_attempt_that_has_ended_or_that_the_cluster_does_not_know(attempt: Attempt):
    assert await attempt.inspect() is Leftovers.NOTHING

    await attempt.submit("")
    await until(lambda: attempt.reached("SUCCEEDED"))

    assert await attempt.inspect() is Leftovers.NOTHING


@on_sqlite
async def test_an_attempt_is_not_given_up_while_the_cluster_cannot_be_reached(attempt: Attempt):
    away = RayClient(f"http://127.0.0.1:{free_port()}", "token")
    engine = attempt.engine_of(away)

    assert await engine.inspect(attempt.database, attempt.hold) is Leftovers.ALIVE
    await engine.stop(attempt.hold)
    await away.close()


@on_sqlite
async def test_an_attempt_that_still_has_to_be_submitted_is_alive_until_it_is_to_be_cancelled(
    attempt: Attempt, ray: RayHead, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(execution, "POLL_SECONDS", 600.0)
    async with proxying(ray.port) as proxy:
        proxy.refuses = True
        engine = attempt.engine_of(client := RayClient(proxy.url, ray.token))
        started = await engine.start(attempt.hold, lambda: None)
        proxy.refuses = False

        assert await engine.inspect(attempt.database, attempt.hold) is Leftovers.ALIVE
        async with attempt.database.write() as session:
            await request_cancel(session, tunix_runs, attempt.hold.id, await instant(session))
        assert await engine.inspect(attempt.database, attempt.hold) is Leftovers.NOTHING

        await started.detach()
        await client.close()


@on_sqlite
async def test_the_reason_of_a_cluster_that_refuses_an_attempt_later_is_that_of_its_end(
    attempt: Attempt, ray: RayHead, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(execution, "POLL_SECONDS", 0.05)
    async with attempt.database.write() as session:
        waiting = {"status": "PENDING", "owner": None, "lease_expires_at": None, "max_attempts": 2}
        await session.execute(tunix_runs.update().values(waiting))
    async with proxying(ray.port) as proxy:
        proxy.refuses = True
        settings = replace(attempt.settings_at(proxy.url), ray_token="of-others")
        worker = Worker(attempt.database, list(cluster_runs(attempt.database, settings)))
        await worker.step()
        (job,) = worker._running
        proxy.refuses = False

        async def is_refused() -> bool:
            return job.execution.exit_status() is not None

        await until(is_refused)
        await worker.step()
        row = await run_of(attempt.database, attempt.hold.id)
        await worker.stop()

    reason = f"Its process could not be started: Ray at {proxy.url} does not accept the token"
    assert job.execution.failure == reason
    assert (row.status, row.message) == ("FAILED", f"{reason}.")


@on_sqlite
async def test_an_attempt_that_is_to_be_cancelled_does_not_wait_for_a_cluster_that_cannot_be_reached(attempt: Attempt):
    away = RayClient(f"http://127.0.0.1:{free_port()}", "token")
    async with attempt.database.write() as session:
        await request_cancel(session, tunix_runs, attempt.hold.id, await instant(session))

    assert await attempt.engine_of(away).inspect(attempt.database, attempt.hold) is Leftovers.NOTHING
    await away.close()


@on_sqlite
async def test_stop_ends_a_job_that_runs(attempt: Attempt):
    await attempt.submit("import time; time.sleep(600)")
    await until(lambda: attempt.reached("RUNNING"))

    await attempt.engine.stop(attempt.hold)

    await until(lambda: attempt.reached("STOPPED"))


@on_sqlite
async def test_what_the_cluster_refuses_cannot_be_started(attempt: Attempt, ray: RayHead):
    engine = attempt.engine_of(refused := RayClient(ray.url, "of-others"))

    with pytest.raises(OSError, match="does not accept the token") as error:
        await engine.start(attempt.hold, lambda: None)

    assert error.value.strerror == f"Ray at {ray.url} does not accept the token"
    await refused.close()


@on_sqlite
async def test_an_attempt_that_is_over_is_not_submitted(attempt: Attempt):
    async with attempt.database.write() as session:
        await finish(session, tunix_runs, attempt.hold, JobStatus.COMPLETED, await instant(session))

    with pytest.raises(OSError, match="The attempt is over"):
        await attempt.engine.start(attempt.hold, lambda: None)

    assert await attempt.client.find(submission_id(attempt.hold)) is None


@on_sqlite
async def test_a_worker_elsewhere_leaves_the_attempts_of_the_cluster_alone(attempt: Attempt):
    async with attempt.database.write() as session:
        await issue_attempt_token(session, tunix_runs, attempt.hold)
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1"}
    claim_of_worker = WorkerClaim(**given, kinds=[JobKindName.RUN], owner="w:1:a")

    async with attempt.database.write() as session:
        claimed = await claim_attempt(session, claim_of_worker, timedelta(seconds=60), timedelta())

    assert claimed is None
    row = await run_of(attempt.database, attempt.hold.id)
    assert (row.status, row.attempt) == ("RUNNING", 1)


@on_sqlite
async def test_a_worker_that_stops_closes_its_connections_to_the_cluster(attempt: Attempt, ray: RayHead):
    await attempt.submit("", entrypoint_num_gpus=1.0)
    async with proxying(ray.port) as proxy:
        worker = Worker(attempt.database, list(cluster_runs(attempt.database, attempt.settings_at(proxy.url))))
        await worker.step()
        assert proxy.connections == 1

        await worker.stop()

        async def are_closed() -> bool:
            return proxy.connections == 0

        await until(are_closed)
