"""The status of the configured engines."""

from __future__ import annotations

import os
from collections.abc import Sequence

from tunix_rt.db.clock import instant
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.models.runs import RunEngine
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.engines import EngineResource, EngineStatus
from tunix_rt.domain.jobs.workers import count_live_workers_by_kind
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.base import Cluster
from tunix_rt.jobs.engines.ray.cluster import ray_cluster
from tunix_rt.jobs.engines.slurm.cluster import slurm_cluster
from tunix_rt.settings import Settings

NO_WORKER = "No live worker takes training runs; start one with `tunix-rt worker`."


async def engine_statuses(database: Database, settings: Settings) -> list[EngineStatus]:
    """Returns the configured engines, the local one first.

    Raises:
        Unavailable: the database is unreachable.
    """
    statuses = [await local_status(database, settings)]
    if settings.ray_address:
        statuses.append(await cluster_status(RunEngine.RAY, ray_cluster(settings)))
    if settings.slurm_address:
        statuses.append(await cluster_status(RunEngine.SLURM, slurm_cluster(database, settings)))
    return statuses


async def local_status(database: Database, settings: Settings) -> EngineStatus:
    """Returns the status of the local engine, which is reachable while a live worker takes runs."""
    async with database.read() as session:
        workers = await count_live_workers_by_kind(session, await instant(session))
    resources = machine_resources() if settings.worker and settings.run_slots else ()
    return EngineStatus(RunEngine.LOCAL, None if workers[JobKindName.RUN] else NO_WORKER, resources)


async def cluster_status(kind: RunEngine, cluster: Cluster) -> EngineStatus:
    """Returns the status of a cluster, and closes its connections."""
    reason: str | None = None
    resources: Sequence[EngineResource] = ()
    try:
        resources = await cluster.resources()
    except Unavailable as error:
        reason = error.message
    finally:
        await cluster.close()
    return EngineStatus(kind, reason, resources, cluster.address)


def machine_resources() -> Sequence[EngineResource]:
    """Returns the CPUs that this process may use, and the memory of its machine."""
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return EngineResource("CPU", float(cpus)), EngineResource("memory", float(memory))
