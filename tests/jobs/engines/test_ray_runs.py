"""Training runs on a real Ray cluster, with the stand-in as trainer; their processes have only a server and a token."""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.support.object_storage import proxying
from tests.support.postgres import free_port
from tests.support.ray_head import RayHead, ray_head
from tests.support.runs import StandIn, artifacts_of, enter_run, make_dataset, run_of, sequence_of, until_status
from tests.support.servers import serving
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.resources import Resources
from tunix_rt.jobs.engines.ray.client import RayClient
from tunix_rt.jobs.supervision.folder import processes_marked
from tunix_rt.settings import Settings

CANCEL = update(tunix_runs).values(cancel_requested=True)
PROCESS = "tunix_rt.jobs.remote.process"


@dataclass
class RayServer:
    """A server whose runs train on a Ray cluster.

    Args:
        settings: with its URL.
        head: the cluster.
    """

    settings: Settings
    database: Database
    head: RayHead

    async def start(self, **parameters: Any) -> uuid.UUID:
        """Returns a new run on the cluster."""
        given = {"engine": RunEngine.RAY} | parameters
        return await enter_run(self.database, self.settings, await make_dataset(self.database), **given)

    async def cancel(self, run_id: uuid.UUID) -> None:
        """Requests the cancellation of a run."""
        async with self.database.write() as session:
            await session.execute(CANCEL.where(tunix_runs.c.id == run_id))

    async def state_on_ray(self, run_id: uuid.UUID, attempt: int = 1) -> str | None:
        """Returns the status of an attempt as the cluster reports it."""
        client = RayClient(self.head.url, self.head.token)
        job = await client.find(f"tunix-rt-{run_id}-{attempt}")
        await client.close()
        return None if job is None else job.status

    async def reached_on_ray(self, run_id: uuid.UUID, status: str) -> bool:
        """Returns whether the first attempt has a status on the cluster."""
        return await self.state_on_ray(run_id) == status

    async def process_of(self) -> int:
        """Returns the process of the only attempt, once it has started."""

        async def found() -> int | None:
            marked = processes_marked(f"TUNIX_RT_SERVER={self.settings.public_url}")
            return next((pid for pid in marked if PROCESS in command_of(pid)), None)

        return await until(found)


def command_of(pid: int) -> str:
    """Returns the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode()


def settings_on(head: str, token: str, settings: Settings, stand_in: StandIn, folder: Path) -> Settings:
    """Returns the settings of a server for a cluster."""
    environment = folder / "environment.json"
    environment.write_text(json.dumps({"env_vars": stand_in.environment}))
    return replace(
        settings,
        ray_address=head,
        ray_token=token,
        ray_python=sys.executable,
        ray_runtime_env_file=str(environment),
        public_url=f"http://127.0.0.1:{free_port()}",
        job_lease_seconds=3.0,
        run_grace_seconds=10.0,
    )


@contextmanager
def served(settings: Settings, folder: Path) -> Iterator[None]:
    """A server process with these settings within the block."""
    command = [sys.executable, "-m", "tunix_rt"]
    with serving(command, folder, settings.environment(), int(settings.public_url.rpartition(":")[2])):
        yield


@pytest.fixture
async def server(
    ray: RayHead, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
) -> AsyncIterator[RayServer]:
    """A server of the tests' cluster."""
    configured = settings_on(ray.url, ray.token, settings, stand_in, tmp_path)
    with served(configured, tmp_path):
        yield RayServer(configured, database, ray)


async def steps_of(database: Database, run_id: uuid.UUID) -> int | None:
    """Returns the steps that a run has reported."""
    return (await run_of(database, run_id)).step


async def test_a_run_trains_and_all_its_output_is_kept(server: RayServer):
    run_id = await server.start(resources=Resources(cpus=1, memory_gib=1))

    row = await until_status(server.database, run_id)

    assert (row.status, row.engine, row.exit_code, row.attempt, row.step) == ("COMPLETED", "ray", 0, 1, 3)
    entries = await sequence_of(server.database, run_id)
    assert [entry.seq for entry in entries] == list(range(1, row.last_seq + 1))
    assert [entry.text for entry in entries if hasattr(entry, "text")] == ["the stand-in trains"]
    assert (await artifacts_of(server.database, run_id))["model/model.safetensors"] == "WEIGHTS"
    await until(lambda: server.reached_on_ray(run_id, "SUCCEEDED"))


async def test_a_run_that_is_cancelled_saves_and_stops(server: RayServer, stand_in: StandIn):
    stand_in.waits()
    run_id = await server.start()
    await until(lambda: steps_of(server.database, run_id))

    await server.cancel(run_id)

    row = await until_status(server.database, run_id)
    assert (row.status, row.attempt) == ("CANCELLED", 1)


async def test_a_run_whose_process_is_killed_goes_on_from_its_checkpoint(server: RayServer, stand_in: StandIn):
    stand_in.waits()
    run_id = await server.start()
    await until(lambda: steps_of(server.database, run_id))
    stand_in.open()
    stand_in.does()

    os.kill(await server.process_of(), signal.SIGKILL)

    row = await until_status(server.database, run_id, JobStatus.COMPLETED)
    assert (row.attempt, row.step) == (2, 3)
    reasons = [entry.reason for entry in await sequence_of(server.database, run_id) if hasattr(entry, "reason")]
    assert "Its process was killed by signal 9." in reasons


async def test_a_run_that_the_cluster_cannot_start_waits_until_it_is_cancelled(server: RayServer):
    run_id = await server.start(resources=Resources(gpus=1))

    async def expired() -> bool:
        row = await run_of(server.database, run_id)
        async with server.database.read() as session:
            return row.lease_expires_at is not None and row.lease_expires_at < await instant(session)

    await until(expired)
    row = await run_of(server.database, run_id)
    assert (row.status, row.attempt) == ("RUNNING", 1)
    await server.cancel(run_id)

    row = await until_status(server.database, run_id)
    assert (row.status, row.attempt) == ("CANCELLED", 1)
    assert await server.state_on_ray(run_id) == "PENDING"


@on_sqlite
async def test_a_run_is_submitted_once_the_cluster_can_be_reached(
    ray: RayHead, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
):
    async with proxying(ray.port) as proxy:
        proxy.refuses = True
        configured = settings_on(proxy.url, ray.token, settings, stand_in, tmp_path)
        with served(configured, tmp_path):
            server = RayServer(configured, database, ray)
            run_id = await server.start()
            await until_status(database, run_id, JobStatus.RUNNING)
            assert await server.state_on_ray(run_id) is None
            proxy.refuses = False

            row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1)


@on_sqlite
async def test_a_run_outlives_its_head_and_is_repeated_by_one_that_does_not_know_it(
    ray: RayHead, settings: Settings, database: Database, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    with ray_head(ray.token) as head:
        async with proxying(head.port) as proxy:
            configured = settings_on(proxy.url, ray.token, settings, stand_in, tmp_path)
            with served(configured, tmp_path):
                server = RayServer(configured, database, head)
                run_id = await server.start()
                await until(lambda: steps_of(database, run_id))
                head.kill()
                await until(lambda: is_renewed(database, run_id, 2 * configured.job_lease_seconds))
                stand_in.open()
                stand_in.does()
                os.kill(await server.process_of(), signal.SIGKILL)
                proxy.change(target=ray.port)

                row = await until_status(database, run_id)

    assert (row.status, row.attempt, row.step) == ("COMPLETED", 2, 3)


async def is_renewed(database: Database, run_id: uuid.UUID, seconds: float) -> bool:
    """Returns whether the first attempt of a run renews its lease that long after its start."""
    row = await run_of(database, run_id)
    return row.attempt == 1 and row.lease_expires_at > row.started_at + timedelta(seconds=seconds)
