"""Clusters for the runs of tests, with the stand-in as trainer; and servers whose runs train on them."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import update

from tests.support.background import background_server
from tests.support.postgres import free_port
from tests.support.runs import StandIn, enter_run, folder_of_run, make_dataset, run_of, with_stand_in
from tests.support.waiting import until
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.engines.clusters.base import Cluster, ClusterJob
from tunix_rt.jobs.engines.ray.cluster import ray_cluster
from tunix_rt.jobs.engines.slurm.cluster import slurm_cluster
from tunix_rt.jobs.supervision.folder import known_processes
from tunix_rt.settings import Settings

CANCEL = update(tunix_runs).values(cancel_requested=True)


@dataclass
class TrainingServer:
    """A server whose runs train with an engine.

    Args:
        settings: with its URL.
    """

    engine: RunEngine
    settings: Settings
    database: Database

    async def start(self, **parameters: Any) -> uuid.UUID:
        """Returns a new run."""
        given = {"engine": self.engine} | parameters
        return await enter_run(self.database, self.settings, await make_dataset(self.database), **given)

    async def cancel(self, run_id: uuid.UUID) -> None:
        """Requests the cancellation of a run."""
        async with self.database.write() as session:
            await session.execute(CANCEL.where(tunix_runs.c.id == run_id))

    async def job(self, run_id: uuid.UUID, attempt: int = 1) -> ClusterJob | None:
        """Returns the job of an attempt as the cluster reports it."""
        cluster = self.cluster()
        try:
            return await cluster.find(Hold(run_id, "", attempt))
        finally:
            await cluster.close()

    def cluster(self) -> Cluster:
        """Returns the cluster of the server."""
        if self.engine is RunEngine.RAY:
            return ray_cluster(self.settings)
        return slurm_cluster(self.database, self.settings)

    async def steps(self, run_id: uuid.UUID) -> int | None:
        """Returns the steps that a run has reported."""
        return (await run_of(self.database, run_id)).step

    async def until_it_trains(self, run_id: uuid.UUID) -> None:
        """Returns once a run has reported its first step."""
        await until(lambda: self.steps(run_id))

    async def process(self, run_id: uuid.UUID) -> int:
        """Returns the process of the attempt at a run that trains, by its own report."""
        row = await run_of(self.database, run_id)
        if self.engine is not RunEngine.LOCAL:
            return int(row.engine_ref.rpartition(":")[2])
        processes = known_processes(folder_of_run(self.settings, row))  # the row has the parent of all forks
        assert processes is not None
        return processes.supervisor


@contextmanager
def started_again(pid: int) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the program of a process once more within the block, as a cluster does that starts its job twice."""
    process = Path(f"/proc/{pid}")
    words, variables = [(process / name).read_bytes().decode().split("\0") for name in ("cmdline", "environ")]
    environment = dict(variable.split("=", 1) for variable in variables if "=" in variable)
    command = [word for word in words if word]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as twin:
        try:
            yield twin
        finally:
            twin.kill()


def common_settings(settings: Settings) -> Settings:
    """Returns the settings of a server that is reached at a free port."""
    return replace(settings, public_url=f"http://127.0.0.1:{free_port()}", run_grace_seconds=10.0)


def cluster_settings(settings: Settings) -> Settings:
    """Returns the settings of a server whose leases expire soon, since it learns of lost processes by them."""
    return replace(common_settings(settings), job_lease_seconds=3.0)


def local_settings(settings: Settings, stand_in: StandIn) -> Settings:
    """Returns the settings of a server that trains on its own machine.

    Its leases are long: a process that has not locked its folder when its lease expires is taken for lost.
    """
    return with_stand_in(common_settings(settings), stand_in)


def ray_settings(url: str, token: str, settings: Settings, stand_in: StandIn, folder: Path) -> Settings:
    """Returns the settings of a server for a Ray cluster."""
    file = folder / "environment.json"
    file.write_text(json.dumps({"env_vars": stand_in.environment}))
    given: dict[str, Any] = {"ray_python": sys.executable, "ray_runtime_env_file": str(file)}
    return replace(cluster_settings(settings), ray_address=url, ray_token=token, **given)


def slurm_settings(url: str, token: str, settings: Settings, stand_in: StandIn, folder: Path) -> Settings:
    """Returns the settings of a server for a Slurm cluster."""
    file = folder / "script"
    variables = stand_in.environment.items()
    file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables))
    given: dict[str, Any] = {"slurm_python": sys.executable, "slurm_script_file": str(file)}
    return replace(cluster_settings(settings), slurm_address=url, slurm_token=token, slurm_folder=str(folder), **given)


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """A server with these settings within the block, in a thread: its jobs are processes."""
    with background_server(settings, int(settings.public_url.rpartition(":")[2])):
        yield
