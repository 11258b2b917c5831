"""Models of runs that a job needs: copied from the storage if the run was trained on another machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.runs.artifacts import named_run
from tunix_rt.domain.runs.config import config_of, folder_name
from tunix_rt.domain.runs.files import DATASET_FILE, MANIFEST_FILE, adopt, folder_of, mark_stored
from tunix_rt.domain.runs.run_manifest import run_manifest
from tunix_rt.domain.runs.stored_files.fetching import fetch_checkpoint, fetch_file, fetch_model
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, stored_rows
from tunix_rt.domain.storage.base import FileStore
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.stored_inputs import wait_for_storage
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import RUN_PREFIX, TINY_MODELS

RETRY_SECONDS = 600.0
"""The time limit of retries while the storage or the database is unreachable."""


@dataclass(frozen=True)
class ModelProvider:
    """Copies what this machine lacks of models that runs have trained, to the folders of these runs.

    Args:
        seconds: the time limit of retries.
    """

    database: Database
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
        run = await self.database.retrying(self.seconds)(self._run_named, model_id)
        rows = await self.database.retrying(self.seconds)(stored_rows, self.database, run.id)
        if not rows:
            return
        storage = open_storage(self.settings)
        folder = folder_of(self.settings.data_dir.absolute(), folder_name(run.id, run.output_name))
        await asyncio.to_thread(adopt, folder, run.id)
        await asyncio.to_thread(mark_stored, folder)
        if step is None:
            await wait_for_storage(self.seconds, fetch_model, storage, rows, folder)
        else:
            await self._provide_checkpoint(storage, rows, folder, step)
            await self._provide_base(run, storage, rows, folder)

    async def _run_named(self, model_id: str) -> Row[Any]:
        async with self.database.read() as session:
            return await named_run(session, model_id, ["model_id"])

    async def _provide_checkpoint(
        self, storage: FileStore, rows: Sequence[ArtifactRow], folder: Path, step: int
    ) -> None:
        for row in rows:
            if row.step == step and step:
                await wait_for_storage(self.seconds, fetch_checkpoint, storage, row, folder)

    async def _provide_base(self, run: Row[Any], storage: FileStore, rows: Sequence[ArtifactRow], folder: Path) -> None:
        """Copies a run's base model if it is another run's, or the files from which the trainer makes a tiny one."""
        config = config_of(run.config)
        if not (folder / MANIFEST_FILE).exists():
            manifest = run_manifest(config, run.dataset_key, folder, self.settings.models_folder)
            await asyncio.to_thread(write_atomically, folder / MANIFEST_FILE, manifest.encode())
        if config.model_id in TINY_MODELS:
            for row in rows:
                if row.name == DATASET_FILE:
                    await wait_for_storage(self.seconds, fetch_file, storage, row, folder)
        await self.provide(config.model_id)
