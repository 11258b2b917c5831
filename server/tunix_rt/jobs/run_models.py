"""Models of runs that a job needs: copied from the storage if the run was trained on another machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.runs.config import run_manifest
from tunix_rt.domain.runs.files import DATASET_FILE, MANIFEST_FILE, adopt, folder_of, mark_stored
from tunix_rt.domain.runs.stored_files.fetching import fetch_checkpoint, fetch_file, fetch_model
from tunix_rt.domain.runs.stored_files.models import TrainedModel, trained_model
from tunix_rt.domain.storage.base import FileStore
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.stored_inputs import wait_for_storage
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import RUN_PREFIX, TINY_MODELS

RETRY_SECONDS = 600.0
"""The time limit of retries while the storage or the database is unreachable."""


class TrainedModels(Protocol):
    """Finds the models of runs."""

    async def find(self, model_id: str) -> TrainedModel:
        """Returns the run whose model it is, with its stored artifacts.

        Raises:
            NotFound: there is no such run.
            Unavailable: the ledger was unreachable for too long.
        """


@dataclass(frozen=True)
class DatabaseModels:
    """Finds models in the database."""

    database: Database
    seconds: float

    async def find(self, model_id: str) -> TrainedModel:
        """See ``TrainedModels.find``."""
        return await self.database.retrying(self.seconds)(self._find, model_id)

    async def _find(self, model_id: str) -> TrainedModel:
        async with self.database.read() as session:
            return await trained_model(session, model_id)


@dataclass(frozen=True)
class ModelCopies:
    """Copies what this machine lacks of models that runs have trained, to the folders of these runs.

    Args:
        seconds: the time limit of retries.
    """

    source: TrainedModels
    storage: FileStore
    settings: Settings
    seconds: float = RETRY_SECONDS

    async def provide(self, model_id: str, step: int | None = None) -> None:
        """Copies a run's model, ``run:NAME``; does nothing for other models, and if nothing is stored.

        Args:
            step: a checkpoint to copy in place of the exported model, 0 for the run's base model.

        Raises:
            NotFound: there is no such run.
            JobFailed: the storage could not be reached for too long.
            StorageFailed: it refuses, or lacks a file.
            Unavailable: the database was unreachable for too long.
            OSError: the folder cannot be written.
        """
        if not model_id.startswith(RUN_PREFIX):
            return
        run = await self.source.find(model_id)
        if not run.artifacts:
            return
        folder = folder_of(self.settings.data_dir.absolute(), run.name)
        await asyncio.to_thread(adopt, folder, run.id)
        await asyncio.to_thread(mark_stored, folder)
        if step is None:
            await wait_for_storage(self.seconds, fetch_model, self.storage, run.artifacts, folder)
        else:
            await self._provide_checkpoint(run, folder, step)
            await self._provide_base(run, folder)

    async def _provide_checkpoint(self, run: TrainedModel, folder: Path, step: int) -> None:
        for row in run.artifacts:
            if row.step == step and step:
                await wait_for_storage(self.seconds, fetch_checkpoint, self.storage, row, folder)

    async def _provide_base(self, run: TrainedModel, folder: Path) -> None:
        """Copies a run's base model if it is another run's, or the files from which the trainer makes a tiny one."""
        if run.config is None:
            return
        if not (folder / MANIFEST_FILE).exists():
            manifest = run_manifest(run.config, run.dataset_key, folder, self.settings.models_folder)
            await asyncio.to_thread(write_atomically, folder / MANIFEST_FILE, manifest.encode())
        if run.config.model_id in TINY_MODELS:
            for row in run.artifacts:
                if row.name == DATASET_FILE:
                    await wait_for_storage(self.seconds, fetch_file, self.storage, row, folder)
        await self.provide(run.config.model_id)


@dataclass(frozen=True)
class ModelProvider:
    """Copies models by the database and the storage of the settings; see ``ModelCopies``."""

    database: Database
    settings: Settings
    seconds: float = RETRY_SECONDS

    async def provide(self, model_id: str, step: int | None = None) -> None:
        """See ``ModelCopies.provide``."""
        if model_id.startswith(RUN_PREFIX):
            source = DatabaseModels(self.database, self.seconds)
            await ModelCopies(source, open_storage(self.settings), self.settings, self.seconds).provide(model_id, step)
