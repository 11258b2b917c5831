"""Prepares a run's folder: writes the manifest and the datasets for the trainer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Row, update

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.exports.dataset_file import write_dataset_file
from tunix_rt.domain.exports.pairs_file import pairs_text, require_pairs, write_pairs_file
from tunix_rt.domain.generations.rollouts import require_rewards
from tunix_rt.domain.generations.training_prompts import prompts_text, write_training_prompts
from tunix_rt.domain.jobs.queue import held
from tunix_rt.domain.preferences.pairs import PairRecipe
from tunix_rt.domain.replays.replays import copy_datasets, original_folder
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE, MANIFEST_FILE
from tunix_rt.domain.runs.run_manifest import run_manifest
from tunix_rt.domain.runs.stored_files.fetching import fetch_checkpoint, fetch_file, newest_step
from tunix_rt.domain.runs.stored_files.keys import stored_rows
from tunix_rt.domain.storage.base import Storage, StorageFailed
from tunix_rt.errors import ErrorCode, NotFound, TunixRtError, Unavailable
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.run_models import ModelProvider, wait_for_storage
from tunix_rt.jobs.supervision.attempt import AttemptState

RETRY_SECONDS = 600.0
"""The time limit of retries while the database is unreachable, before an attempt that has yet to train is given up."""


@contextmanager
def converting_errors() -> Iterator[None]:
    """Converts errors of the folder and of the datasets to ``JobFailed``."""
    try:
        yield
    except OSError as error:
        raise JobFailed(ErrorCode.UNAVAILABLE, f"The run's folder cannot be written: {error.strerror}.") from error
    except Unavailable:
        raise
    except TunixRtError as error:
        raise JobFailed(error.code, error.message) from error


async def prepare(attempt: AttemptState) -> list[str]:
    """Writes the trainer's inputs to the run's folder; returns warnings for the run's log.

    Files of an earlier attempt are kept: that attempt was trained on them.

    Raises:
        JobFailed: the folder cannot be written, or a source was deleted.
        Unavailable: the database was unreachable for too long.
    """
    config, folder, notes = attempt.config, attempt.folder, []
    with converting_errors():
        manifest = run_manifest(config, attempt.row.dataset_key, folder, attempt.settings.models_folder)
        await asyncio.to_thread(write_atomically, folder / MANIFEST_FILE, manifest.encode())
        await attempt.database.retrying(RETRY_SECONDS)(remember_manifest, attempt, manifest)
        if config.grpo is not None:
            await require_rewards(attempt.settings, config.grpo)
        await ModelProvider(attempt.database, attempt.settings).provide(config.model_id)
        notes += await restore(attempt)
        if config.replay_of is not None:
            await copy_original(attempt, config.replay_of)
        for dataset_id, name in ((config.dataset_id, DATASET_FILE), (config.eval_dataset_id, EVAL_FILE)):
            if dataset_id is not None and not (folder / name).exists():
                notes += await prepare_dataset(attempt.database, config, dataset_id, folder / name)
    return notes


async def restore(attempt: AttemptState) -> list[str]:
    """Copies what earlier attempts have stored and this machine does not have; returns warnings for the run's log.

    These are the datasets, and the newest checkpoint that can be read. Raises as ``prepare``.
    """
    notes: list[str] = []
    storage = attempt.storage
    if storage is None:
        return notes
    rows = await attempt.database.retrying(RETRY_SECONDS)(stored_rows, attempt.database, attempt.hold.id)
    await fetch_datasets(storage, rows, attempt.folder)
    here = await asyncio.to_thread(newest_step, attempt.folder)
    for row in sorted(rows, key=lambda row: row.step or 0, reverse=True):
        if (row.step or 0) <= here:
            break
        try:
            await wait_for_storage(RETRY_SECONDS, fetch_checkpoint, storage, row, attempt.folder)
            break
        except StorageFailed as error:
            notes.append(f"The checkpoint of step {row.step:,} is not used: {error.message}")
    return notes


async def copy_original(attempt: AttemptState, run_id: uuid.UUID) -> None:
    """Copies the datasets of the run that is replayed; they are made again if it was deleted or ran elsewhere."""
    original = await attempt.database.retrying(RETRY_SECONDS)(folder_of_original, attempt, run_id)
    if original is not None:
        await asyncio.to_thread(copy_datasets, original, attempt.folder)
    if attempt.storage is not None:
        rows = await attempt.database.retrying(RETRY_SECONDS)(stored_rows, attempt.database, run_id)
        await fetch_datasets(attempt.storage, rows, attempt.folder)


async def fetch_datasets(storage: Storage, rows: Sequence[Row[Any]], folder: Path) -> None:
    """Copies the datasets that are stored; those that cannot be read are made again. Raises as ``prepare``."""
    for row in rows:
        if row.name in {DATASET_FILE, EVAL_FILE}:
            with suppress(StorageFailed):
                await wait_for_storage(RETRY_SECONDS, fetch_file, storage, row, folder)


async def folder_of_original(attempt: AttemptState, run_id: uuid.UUID) -> Path | None:
    """Returns the folder of the run that is replayed; None if it was deleted."""
    async with attempt.database.read() as session:
        return await original_folder(session, run_id, attempt.settings.data_dir.absolute())


async def prepare_dataset(database: Database, config: RunConfig, dataset_id: uuid.UUID, path: Path) -> list[str]:
    """Writes one dataset; raises as ``prepare``, and NotFound if all of its traces were deleted."""
    if config.preference is not None:
        return await prepare_pairs(database, config, config.preference, dataset_id, path)
    if config.grpo is not None:
        prompts = await write_training_prompts(database, dataset_id, path, RETRY_SECONDS)
        return [f"{path.name} has {prompts_text(prompts)}."] if prompts.without_reference else []
    rendered = await write_dataset_file(database, dataset_id, path, config.template, RETRY_SECONDS)
    if not rendered.records:
        raise NotFound(f"The dataset is empty: all of its {rendered.missing:,} traces were deleted.", ["dataset_id"])
    if rendered.missing:
        return [
            f"{rendered.missing:,} traces of {path.name} were deleted since it was built; {rendered.records:,} remain."
        ]
    return []


async def prepare_pairs(
    database: Database, config: RunConfig, recipe: PairRecipe, dataset_id: uuid.UUID, path: Path
) -> list[str]:
    """Writes the pairs among a dataset's members; raises as ``prepare``, and BadUserInput if there are none."""
    rendered = await write_pairs_file(database, dataset_id, recipe, path, config.template, RETRY_SECONDS)
    require_pairs(rendered, recipe)
    return [f"{path.name} has {pairs_text(rendered)}."] if rendered.unscored else []


async def remember_manifest(attempt: AttemptState, manifest: str) -> None:
    """Stores the manifest with the run, if it is still held."""
    query = update(tunix_runs).where(held(tunix_runs, attempt.hold)).values(manifest=manifest, message="It trains.")
    async with attempt.database.write() as session:
        await session.execute(query)
