"""Training runs as a kind of job: starts their supervisors, and removes the folders of deleted runs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.models.runs import RunEngine, RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.labels import TRAINING, fits_labels, knows_remote_workers
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.files import marked_folders, remove, stored_folders, unmark_deleted
from tunix_rt.domain.runs.lifecycle import record_state
from tunix_rt.jobs.engines.base import Engine
from tunix_rt.jobs.engines.clusters.engine import ClusterEngine
from tunix_rt.jobs.engines.local import LocalEngine
from tunix_rt.jobs.engines.ray.cluster import ray_cluster
from tunix_rt.jobs.engines.slurm.cluster import slurm_cluster
from tunix_rt.jobs.runs.runner import Probe
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings


class Runs:
    """The kind of job that trains.

    Args:
        settings: the number of slots, and the data folder.
        tunix: reports whether this machine can train; None if it can.
    """

    name = JobKindName.RUN
    table = tunix_runs
    conditions: Sequence[ColumnElement[bool]] = TRAINING

    def __init__(self, settings: Settings, tunix: Probe | None = None) -> None:
        self.slots = settings.run_slots
        self._tunix = tunix
        self.lease = lease_of(settings)
        self._data_dir = settings.data_dir
        self.engine: Engine = LocalEngine(settings)
        self.claimable: Sequence[ColumnElement[bool]] = (fits_labels(comma_separated(settings.worker_labels)),)

    async def may_start(self, database: Database) -> bool:
        """See ``JobKind.may_start``: a machine that cannot train leaves runs to workers elsewhere, if any are known."""
        if self._tunix is None or (await self._tunix.status()).available:
            return True
        async with database.read() as session:
            return not await knows_remote_workers(session)

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``."""
        await record_state(session, job_id, message, "A worker has picked it up.")

    async def sweep(self, database: Database) -> None:
        """Removes the folders of runs whose deletion was interrupted, and stored ones of runs deleted elsewhere."""
        for folder in await asyncio.to_thread(lambda: list(marked_folders(self._data_dir))):
            async with database.read() as session:
                known = await is_known(session, folder.name)
            await asyncio.to_thread(unmark_deleted if known else remove, folder)
        stored = await asyncio.to_thread(stored_folders, self._data_dir)
        if not stored:
            return
        async with database.read() as session:
            kept = await existing_runs(session, list(stored))
        for run_id in stored.keys() - kept:
            await asyncio.to_thread(remove, stored[run_id])


class ClusterRuns(Runs):
    """The kind of job that trains on a cluster.

    Args:
        kind: the engine of its runs.
        slots: the number of concurrent runs of one worker, those that wait there included.
    """

    def __init__(self, kind: RunEngine, engine: Engine, slots: int, settings: Settings) -> None:
        super().__init__(settings)
        self.conditions = (tunix_runs.c.mode == RunMode.TRAIN.value, tunix_runs.c.engine == kind.value)
        self.slots = slots
        self.engine = engine

    async def sweep(self, database: Database) -> None:
        """Does nothing: its attempts leave no folders on this machine."""


def cluster_runs(database: Database, settings: Settings) -> Iterator[ClusterRuns]:
    """Yields a kind of job for each configured cluster."""
    if settings.ray_address:
        engine = ClusterEngine(database, settings, ray_cluster(settings), settings.ray_silence_seconds)
        yield ClusterRuns(RunEngine.RAY, engine, settings.ray_slots, settings)
    if settings.slurm_address:
        slurm = slurm_cluster(database, settings)
        engine = ClusterEngine(database, settings, slurm, settings.slurm_silence_seconds)
        yield ClusterRuns(RunEngine.SLURM, engine, settings.slurm_slots, settings)


async def existing_runs(session: Session, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Returns the ids that belong to a run."""
    query = select(tunix_runs.c.id).where(among(tunix_runs.c.id, ids, session.dialect.name))
    return set((await session.execute(query)).scalars())


async def is_known(session: Session, name: str) -> bool:
    """Returns whether a run has the folder with this name."""
    try:
        named = tunix_runs.c.id == uuid.UUID(name)
    except ValueError:
        named = tunix_runs.c.output_name == name
    return (await session.execute(select(tunix_runs.c.id).where(named))).scalar() is not None
