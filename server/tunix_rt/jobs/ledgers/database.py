"""The ledger of an attempt that reaches the database and the storage itself."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.artifacts import Artifact, record_upload, store_held_artifacts
from tunix_rt.domain.attempts.assignment import AssignedRun, assigned_run, store_manifest
from tunix_rt.domain.attempts.batches import Batch, renew, store_batch
from tunix_rt.domain.attempts.inputs import datasets_of, write_training_file
from tunix_rt.domain.attempts.outcomes import AttemptReport, record_outcome
from tunix_rt.domain.attempts.rollouts import GradingResult, RolloutBatch, grade_rollouts, store_rollouts
from tunix_rt.domain.generations.rollouts import GradedRollouts, require_rewards
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState, hold_condition
from tunix_rt.domain.replays.replays import copy_datasets, original_folder
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, artifact_rows, remove_unused, stored_rows
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.storage.base import Storage
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.run_models import ModelProvider
from tunix_rt.jobs.stored_inputs import fetch_datasets
from tunix_rt.settings import Settings

RETRY_SECONDS = 600.0
RELAY_SECONDS = 0.2
POLL_SECONDS = 0.5


class DatabaseLedger:
    """See ``AttemptLedger``."""

    def __init__(self, settings: Settings, hold: Hold, database: Database | None = None) -> None:
        self.retry_seconds = RETRY_SECONDS
        self.relay_seconds = RELAY_SECONDS
        self.poll_seconds = POLL_SECONDS
        self.storage: Storage = open_storage(settings)
        self.uploads = bool(settings.storage_url)
        self._settings = settings
        self._hold = hold
        self._lease = lease_of(settings)
        self._database = database or Database(settings)
        self._scoring = ScorerService(settings)

    async def assigned_run(self) -> AssignedRun | None:
        """See ``AttemptLedger.assigned_run``."""
        async with self._database.read() as session:
            return await assigned_run(session, self._hold, self._settings)

    async def state(self) -> HoldState:
        """See ``AttemptLedger.state``."""
        query = select(tunix_runs.c.cancel_requested).where(hold_condition(tunix_runs, self._hold))
        async with self._database.read() as session:
            cancelled = (await session.execute(query)).scalar()
        return HoldState.LOST if cancelled is None else HoldState.CANCELLING if cancelled else HoldState.HELD

    async def renew(self, process: str) -> HoldState:
        """See ``AttemptLedger.renew``."""
        async with self._database.write() as session:
            return await renew(session, self._hold, self._lease, process)

    async def store_batch(self, batch: Batch) -> HoldState:
        """See ``AttemptLedger.store_batch``."""
        digest = await asyncio.to_thread(batch.hash)
        async with self._database.write() as session:
            return await store_batch(session, self._hold, batch, digest, self._lease)

    async def store_manifest(self, manifest: str) -> None:
        """See ``AttemptLedger.store_manifest``."""
        async with self._database.write() as session:
            await store_manifest(session, self._hold, manifest)

    async def require_rewards(self, run: AssignedRun) -> None:
        """See ``AttemptLedger.require_rewards``."""
        if run.config.grpo is not None:
            await require_rewards(self._settings, run.config.grpo)

    async def write_inputs(self, run: AssignedRun, folder: Path) -> list[str]:
        """See ``AttemptLedger.write_inputs``; files in the run's folder stay as they are."""
        await self._fetch_datasets(run.id, folder)
        if run.config.replay_of is not None:
            await self._copy_original(run.config.replay_of, folder)
        notes = []
        for name, dataset_id in datasets_of(run.config):
            if not (folder / name).exists():
                notes += await write_training_file(
                    self._database, run.config, dataset_id, folder / name, self.retry_seconds
                )
        return notes

    async def provide_model(self, run: AssignedRun) -> None:
        """See ``AttemptLedger.provide_model``."""
        await ModelProvider(self._database, self._settings, self.retry_seconds).provide(run.config.model_id)

    async def artifacts(self) -> Sequence[ArtifactRow]:
        """See ``AttemptLedger.artifacts``."""
        async with self._database.read() as session:
            return await artifact_rows(session, self._hold.id)

    async def add_artifacts(self, files: Sequence[Artifact]) -> None:
        """See ``AttemptLedger.add_artifacts``."""
        async with self._database.write() as session:
            await store_held_artifacts(session, self._hold, files)

    async def record_upload(self, artifact_id: uuid.UUID) -> bool:
        """See ``AttemptLedger.record_upload``."""
        async with self._database.write() as session:
            return await record_upload(session, self._hold, artifact_id)

    async def grade(self, run: AssignedRun, batch: RolloutBatch) -> GradingResult:
        """See ``AttemptLedger.grade``."""
        return await grade_rollouts(run, batch, self._scoring)

    async def store_rollouts(self, run: AssignedRun, batch: RolloutBatch, graded: GradedRollouts) -> HoldState:
        """See ``AttemptLedger.store_rollouts``."""
        async with self._database.write() as session:
            return await store_rollouts(session, self._hold, run, batch, graded, self._lease)

    async def record(self, report: AttemptReport) -> None:
        """See ``AttemptLedger.record``."""
        async with self._database.write() as session:
            await record_outcome(session, self._hold, report, report.outcome.ended_at)

    async def clear(self) -> None:
        """See ``AttemptLedger.clear``."""
        await remove_unused(self._database, self.storage, self._hold.id)

    async def close(self) -> None:
        """See ``AttemptLedger.close``."""
        await self._scoring.close()
        await self._database.close()

    async def _fetch_datasets(self, run_id: uuid.UUID, folder: Path) -> None:
        rows = await self._database.retrying(self.retry_seconds)(stored_rows, self._database, run_id)
        await fetch_datasets(self.storage, rows, folder, self.retry_seconds)

    async def _copy_original(self, run_id: uuid.UUID, folder: Path) -> None:
        """Copies the datasets of the run that is replayed; they are made again if it was deleted or ran elsewhere."""
        original = await self._database.retrying(self.retry_seconds)(self._folder_of, run_id)
        if original is not None:
            await asyncio.to_thread(copy_datasets, original, folder)
        await self._fetch_datasets(run_id, folder)

    async def _folder_of(self, run_id: uuid.UUID) -> Path | None:
        async with self._database.read() as session:
            return await original_folder(session, run_id, self._settings.data_dir.absolute())
