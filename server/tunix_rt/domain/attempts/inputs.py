"""The inputs of an attempt: the datasets of its run as training files, and the files of other runs that it needs."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.attempts.artifacts import Artifact, store_held_artifacts
from tunix_rt.domain.attempts.assignment import AssignedRun
from tunix_rt.domain.attempts.scratch import scratch_folder
from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.domain.datasets.storage import overlap
from tunix_rt.domain.exports.dataset_file import write_dataset_file
from tunix_rt.domain.exports.pairs_file import pairs_text, require_pairs, write_pairs_file
from tunix_rt.domain.generations.training_prompts import prompts_text, write_training_prompts
from tunix_rt.domain.preferences.pairs import PairRecipe
from tunix_rt.domain.replays.replays import original_folder
from tunix_rt.domain.runs.artifacts import named_run
from tunix_rt.domain.runs.config import RunConfig, folder_name
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE
from tunix_rt.domain.runs.stored_files.index import index_file
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, artifact_rows, storage_folder, storage_key, stored_rows
from tunix_rt.domain.runs.stored_files.storing import media_type_of
from tunix_rt.domain.storage.base import Storage, Upload
from tunix_rt.errors import BadUserInput, NotFound
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import RUN_PREFIX, ArtifactKind

NO_FINAL_ANSWERS = "None of the traces that are left in the dataset has a final answer."


def datasets_of(config: RunConfig) -> Iterator[tuple[str, uuid.UUID]]:
    """Yields the name of each training file of a run, and its dataset."""
    yield DATASET_FILE, config.dataset_id
    if config.eval_dataset_id is not None:
        yield EVAL_FILE, config.eval_dataset_id


async def shared_prompt_warnings(database: Database, config: RunConfig) -> list[str]:
    """Returns a warning if the training and the evaluation dataset share prompts."""
    if config.eval_dataset_id is None:
        return []
    async with database.read() as session:
        shared = (await overlap(session, config.dataset_id, config.eval_dataset_id)).prompts
    if not shared:
        return []
    prompts = "1 prompt is" if shared == 1 else f"{shared:,} prompts are"
    return [f"{prompts} in both the training and the evaluation dataset"]


async def write_training_file(
    database: Database, config: RunConfig, dataset_id: uuid.UUID, path: Path, wait_limit: float
) -> list[str]:
    """Writes a dataset as a run's method needs it, atomically; returns warnings for the run's log.

    Args:
        wait_limit: the seconds to retry while the database is unavailable.

    Raises:
        NotFound: the dataset was deleted, or all of its traces were.
        BadUserInput: there are no pairs, no prompts, or no final answers.
        Unavailable: the database was unavailable for longer than that.
        OSError: the file cannot be written.
    """
    if config.preference is not None:
        return await write_pairs(database, config, config.preference, dataset_id, path, wait_limit)
    if config.grpo is not None:
        prompts = await write_training_prompts(database, dataset_id, path, wait_limit)
        return [f"{path.name} has {prompts_text(prompts)}."] if prompts.without_reference else []
    rendered = await write_dataset_file(database, dataset_id, path, config.template, wait_limit)
    if not rendered.records and rendered.unanswered:
        raise BadUserInput(NO_FINAL_ANSWERS, ["dataset_id"])
    if not rendered.records:
        raise NotFound(f"The dataset is empty: all of its {rendered.missing:,} traces were deleted.", ["dataset_id"])
    reasons = (
        (rendered.missing, "were deleted since it was built"),
        (rendered.unanswered, "have no final answer and are left out"),
    )
    return [
        f"{count:,} traces of {path.name} {reason}; {rendered.records:,} remain." for count, reason in reasons if count
    ]


async def write_pairs(
    database: Database, config: RunConfig, recipe: PairRecipe, dataset_id: uuid.UUID, path: Path, wait_limit: float
) -> list[str]:
    """Writes the pairs among a dataset's members; raises as ``write_training_file`` does."""
    rendered = await write_pairs_file(database, dataset_id, recipe, path, config.template, wait_limit)
    require_pairs(rendered, recipe)
    return [f"{path.name} has {pairs_text(rendered)}."] if rendered.unscored else []


@dataclass(frozen=True)
class InputStore:
    """Stores the training files of a run where its attempts find them, for workers without the database."""

    database: Database
    storage: Storage
    settings: Settings

    async def store(self, run: AssignedRun) -> list[str]:
        """Stores the training files that no attempt has stored; returns warnings for the run's log.

        Raises:
            NotFound, BadUserInput, Unavailable: as ``write_training_file`` does.
            Conflict, StorageFailed: as ``Storage.add`` does.
        """
        known = {row.name for row in await stored_rows(self.database, run.id)}
        notes: list[str] = []
        for name, dataset_id in datasets_of(run.config):
            if name not in known:
                async with scratch_folder(self.settings.data_dir) as folder:
                    notes += await self._write(run, dataset_id, folder / name)
                    await self._add(run, folder / name)
        if run.config.mode is RunMode.DRY_RUN:
            notes += await shared_prompt_warnings(self.database, run.config)
        return notes

    async def _write(self, run: AssignedRun, dataset_id: uuid.UUID, path: Path) -> list[str]:
        """Writes a training file, as the replayed run had it if that is known."""
        with explain_write_errors(path.name):
            if run.config.replay_of is not None and await self._copy_original(run.config.replay_of, path):
                return []
            return await write_training_file(self.database, run.config, dataset_id, path, 0.0)

    async def _copy_original(self, run_id: uuid.UUID, path: Path) -> bool:
        """Copies a training file of the run that is replayed; returns whether it is here or in the storage."""
        for row in await stored_rows(self.database, run_id):
            if row.name == path.name and (found := await self.storage.find(storage_key(row))) is not None:
                await found.copy_to(path)
                return True
        async with self.database.read() as session:
            folder = await original_folder(session, run_id, self.settings.data_dir)
        if folder is None or not (folder / path.name).exists():
            return False
        await asyncio.to_thread(shutil.copyfile, folder / path.name, path)
        return True

    async def _add(self, run: AssignedRun, path: Path) -> None:
        entry = await asyncio.to_thread(index_file, path, path.name)
        target = storage_folder(run.id, run.attempt)
        with explain_write_errors(path.name):
            await self.storage.add(Upload(path, target, path.name, run.owner, media_type_of(path.name)))
        artifact = Artifact(path.name, ArtifactKind.OTHER, entry.byte_size, entry.sha256, None, run.attempt)
        async with self.database.write() as session:
            await store_held_artifacts(session, run.hold, [artifact])


async def model_files(session: Session, run: AssignedRun) -> tuple[str, list[ArtifactRow]] | None:
    """Returns the name and the stored artifacts of the run whose model an attempt trains; None for other models.

    Raises:
        NotFound: there is no such run.
    """
    if not run.config.model_id.startswith(RUN_PREFIX):
        return None
    row = await named_run(session, run.config.model_id, ["model_id"])
    rows = [found for found in await artifact_rows(session, row.id) if found.attempt is not None]
    return folder_name(row.id, row.output_name), rows


async def may_read(session: Session, run: AssignedRun, run_id: uuid.UUID) -> bool:
    """Returns whether an attempt may read the stored files of a run: its own, or that whose model it trains."""
    if run_id == run.id:
        return True
    if not run.config.model_id.startswith(RUN_PREFIX):
        return False
    return bool((await named_run(session, run.config.model_id, ["model_id"])).id == run_id)
