"""Training runs with every engine, on real clusters, with the stand-in as trainer.

The processes of clusters have only a server and a token, so that it does not matter to them which database the server
has: each cluster has another one. A local process opens the database itself, and trains with both.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.clusters import (
    TrainingServer,
    local_settings,
    ray_settings,
    served,
    slurm_settings,
    started_again,
)
from tests.support.object_storage import proxying
from tests.support.ray_head import RayHead, ray_head
from tests.support.runs import StandIn, artifacts_of, run_of, sequence_of, until_status
from tests.support.slurm_daemons import CLOSED, SlurmDaemons, slurm_daemons
from tests.support.supervised_runs import check_sequence, losses
from tests.support.traces import on_sqlite
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.clock import instant
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.domain.replays.receipts import Receipt, WeightsHash, receipts_of
from tunix_rt.jobs.engines.clusters.base import JobState
from tunix_rt.settings import Settings

LOCAL = [("local", "sqlite"), ("local", "postgresql")]
ON_CLUSTERS = [("ray", "postgresql"), ("slurm", "sqlite")]
ALL = pytest.mark.parametrize(("engine", "database_url"), LOCAL + ON_CLUSTERS, indirect=["database_url"])
CLUSTERS = pytest.mark.parametrize(("engine", "database_url"), ON_CLUSTERS, indirect=["database_url"])
TWICE = pytest.mark.parametrize(
    ("engine", "database_url"), [("local", "sqlite"), ("ray", "postgresql")], indirect=["database_url"]
)
"""For Slurm, which can start a job twice itself, see ``test_slurm_cluster``."""
SUBMISSION = re.compile("POST /(api/jobs/|slurm/.*/job/submit) ")
WAITING: dict[str, tuple[dict[str, Any], Resources | None]] = {
    "ray": ({}, Resources(gpus=1)),
    "slurm": ({"slurm_partition": CLOSED}, None),
}
"""The settings and the resources of a run that its cluster cannot start."""


@pytest.fixture
def configured(
    engine: str, request: pytest.FixtureRequest, settings: Settings, stand_in: StandIn, tmp_path: Path
) -> Settings:
    """The settings of a server for the tests' cluster of an engine."""
    if engine == "local":
        return local_settings(settings, stand_in)
    if engine == "ray":
        head: RayHead = request.getfixturevalue("ray")
        return ray_settings(head.url, head.token, settings, stand_in, tmp_path)
    daemons: SlurmDaemons = request.getfixturevalue("slurm")
    return slurm_settings(daemons.url, daemons.token(), settings, stand_in, tmp_path)


@pytest.fixture
async def server(
    engine: str, configured: Settings, database: Database, tmp_path: Path
) -> AsyncIterator[TrainingServer]:
    """A server whose runs train with an engine."""
    with served(configured):
        yield TrainingServer(RunEngine(engine), configured, database)


@pytest.fixture
def receipts(stand_in: StandIn) -> dict[str, Any]:
    """What the stand-in reports for receipts: its environment, and the hash of its weights after each step."""
    reported = {"receipt": {"python": "3.12"}, "hashes": [str(step) * 64 for step in range(4)]}
    stand_in.does(**reported)
    return reported


async def receipts_in(database: Database, run_id: uuid.UUID) -> list[Receipt]:
    """Returns the receipts of a run by attempt."""
    async with database.read() as session:
        return list((await receipts_of(session, [run_id]))[run_id])


def weights(attempt: int, *steps: int) -> list[WeightsHash]:
    """Returns the hashes that an attempt reports."""
    return [WeightsHash(attempt, step, str(step) * 64) for step in steps]


def proxied(configured: Settings, url: str) -> Settings:
    """Returns settings with another address of the cluster."""
    names = [name for name in ("ray_address", "slurm_address") if getattr(configured, name)]
    changed: dict[str, Any] = dict.fromkeys(names, url)
    return replace(configured, **changed)


def port_of(configured: Settings) -> int:
    """Returns the port of the cluster."""
    return int((configured.ray_address or configured.slurm_address).rpartition(":")[2])


@ALL
async def test_a_run_trains_and_all_its_output_is_kept(server: TrainingServer, engine: str, receipts: dict[str, Any]):
    resources = None if engine == "local" else Resources(cpus=1, memory_gib=1)
    run_id = await server.start(resources=resources)

    row = await until_status(server.database, run_id)

    assert (row.status, row.engine, row.exit_code, row.attempt, row.step) == ("COMPLETED", engine, 0, 1, 3)
    entries = await sequence_of(server.database, run_id)
    assert [entry.seq for entry in entries] == list(range(1, row.last_seq + 1))
    assert [entry.text for entry in entries if hasattr(entry, "text")] == ["the stand-in trains"]
    assert (await artifacts_of(server.database, run_id))["model/model.safetensors"] == "WEIGHTS"
    content = receipts["receipt"] | {"dataset": {"records": 2, "used": 2, "tokens": 20}}
    assert await receipts_in(server.database, run_id) == [Receipt(1, content, weights(1, 0, 1, 2, 3))]
    if engine != "local":

        async def reported() -> bool:
            job = await server.job(run_id)
            return job is not None and (job.state, job.exit_status) == (JobState.ENDED, 0)

        await until(reported)


@ALL
async def test_a_run_that_is_cancelled_saves_and_stops(server: TrainingServer, stand_in: StandIn):
    stand_in.waits()
    run_id = await server.start()
    await server.until_it_trains(run_id)

    await server.cancel(run_id)

    row = await until_status(server.database, run_id)
    assert (row.status, row.attempt) == ("CANCELLED", 1)
    assert row.message == "It was cancelled; a checkpoint of step 1 was saved."


@ALL
async def test_a_run_whose_process_is_killed_goes_on_from_its_checkpoint(
    server: TrainingServer, stand_in: StandIn, receipts: dict[str, Any]
):
    stand_in.waits(**receipts)
    run_id = await server.start()

    async def is_saved() -> bool:
        return "checkpoints/1" in await artifacts_of(server.database, run_id)

    await until(is_saved)
    stand_in.does(**receipts)

    os.kill(await server.process(run_id), signal.SIGKILL)

    row = await until_status(server.database, run_id, JobStatus.COMPLETED)
    assert (row.attempt, row.step) == (2, 3)
    reasons = [entry.reason for entry in await sequence_of(server.database, run_id) if hasattr(entry, "reason")]
    assert "Its process was killed by signal 9." in reasons
    found = await receipts_in(server.database, run_id)
    steps = [[hashed.step for hashed in receipt.weights] for receipt in found]
    assert [receipt.weights for receipt in found] == [weights(1, *sorted(steps[0])), weights(2, *sorted(steps[1]))]
    assert {*steps[0], *steps[1]} == {0, 1, 2, 3}


@TWICE
async def test_a_process_that_is_started_twice_stores_everything_once(
    server: TrainingServer, engine: str, stand_in: StandIn
):
    stand_in.waits()
    run_id = await server.start()
    await server.until_it_trains(run_id)

    with started_again(await server.process(run_id)) as twin:

        async def is_known() -> bool:
            if engine == "local":  # it waits for the folder, and renews the lease meanwhile
                return str((await run_of(server.database, run_id)).engine_ref).endswith(f":{twin.pid}")
            return twin.poll() == 0

        try:
            await until(is_known)
            assert (await run_of(server.database, run_id)).status == "RUNNING"
        finally:
            stand_in.open()
        row = await until_status(server.database, run_id)
        assert await asyncio.to_thread(twin.wait, WAIT_SECONDS) == 0

    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(await check_sequence(server.database, row)) == [(1, 1), (1, 2), (1, 3)]


@CLUSTERS
async def test_a_run_that_the_cluster_cannot_start_waits_until_it_is_cancelled(
    engine: str, configured: Settings, database: Database, tmp_path: Path
):
    changed, resources = WAITING[engine]
    with served(waiting := replace(configured, **changed)):
        server = TrainingServer(RunEngine(engine), waiting, database)
        run_id = await server.start(resources=resources)

        async def expired() -> bool:
            row = await run_of(database, run_id)
            async with database.read() as session:
                return row.lease_expires_at is not None and row.lease_expires_at < await instant(session)

        await until(expired)
        row = await run_of(database, run_id)
        assert (row.status, row.attempt) == ("RUNNING", 1)
        await server.cancel(run_id)

        row = await until_status(database, run_id)
        assert (row.status, row.attempt) == ("CANCELLED", 1)
        job = await server.job(run_id)
    assert job is not None
    assert job.state is (JobState.WAITING if engine == "ray" else JobState.ENDED)


@CLUSTERS
async def test_a_run_is_submitted_once_though_the_cluster_is_away_and_then_a_response_is_lost(
    engine: str, configured: Settings, database: Database, tmp_path: Path
):
    async with proxying(port_of(configured)) as proxy:
        proxy.refuses = True
        with served(replace(proxied(configured, proxy.url), job_lease_seconds=30.0)):
            server = TrainingServer(RunEngine(engine), configured, database)
            run_id = await server.start()
            await until_status(database, run_id, JobStatus.RUNNING)
            assert await server.job(run_id) is None
            lost: list[str] = []

            def is_first_submission(line: str) -> bool:
                if SUBMISSION.match(line):
                    lost.append(line)
                return lost == [line]

            proxy.loses = is_first_submission
            proxy.refuses = False

            row = await until_status(database, run_id)

    assert len(lost) in ({1, 2} if engine == "ray" else {1})  # Ray has no second job of an id, and Slurm would have one
    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(await check_sequence(database, row)) == [(1, 1), (1, 2), (1, 3)]


@on_sqlite
async def test_a_run_outlives_its_head_and_is_repeated_by_one_that_does_not_know_it(
    ray: RayHead, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    with ray_head(ray.token) as head:
        async with proxying(head.port) as proxy:
            configured = ray_settings(proxy.url, ray.token, settings, stand_in, tmp_path)
            with served(configured):
                server = TrainingServer(RunEngine.RAY, configured, database)
                run_id = await server.start()
                await server.until_it_trains(run_id)
                head.kill()
                await until(lambda: is_renewed(database, run_id, 2 * configured.job_lease_seconds))
                stand_in.does()
                os.kill(await server.process(run_id), signal.SIGKILL)
                proxy.change(target=ray.port)

                row = await until_status(database, run_id)

    assert (row.status, row.attempt, row.step) == ("COMPLETED", 2, 3)


@on_sqlite
async def test_a_run_outlives_the_controller_of_slurm(
    settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    with slurm_daemons() as daemons:
        configured = slurm_settings(daemons.url, daemons.token(), settings, stand_in, tmp_path)
        with served(configured):
            server = TrainingServer(RunEngine.SLURM, configured, database)
            run_id = await server.start()
            await server.until_it_trains(run_id)
            daemons.kill_controller()
            await until(lambda: is_renewed(database, run_id, 2 * configured.job_lease_seconds))
            daemons.start_controller()
            stand_in.open()
            stand_in.does()

            row = await until_status(database, run_id)

    # Slurm may have lost what it knew of the job; then it ends the process, and another attempt goes on.
    assert (row.status, row.step) == ("COMPLETED", 3)
    steps = [step for _, step in losses(await check_sequence(database, row))]
    assert steps == [1, 2, 3]


async def is_renewed(database: Database, run_id: uuid.UUID, seconds: float) -> bool:
    """Returns whether the first attempt of a run renews its lease that long after its start."""
    row = await run_of(database, run_id)
    return row.attempt == 1 and row.lease_expires_at > row.started_at + timedelta(seconds=seconds)
