"""The inputs of a dry run, read from the database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.inputs import NO_FINAL_ANSWERS, datasets_of, shared_prompt_warnings
from tunix_rt.domain.exports.dataset_file import TrainingFile, write_members
from tunix_rt.domain.exports.pairs_file import PairsFile, pairs_text, require_pairs, write_pairs
from tunix_rt.domain.generations.training_prompts import PromptsFile, prompts_text, write_prompt_lines
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.jobs.dry_runs.base import CheckedFile, DryRunFailed, unwritable
from tunix_rt.jobs.run_models import ModelProvider
from tunix_rt.settings import Settings


@dataclass(frozen=True)
class DatabaseInputs:
    """See ``CheckInputs``."""

    database: Database
    settings: Settings
    config: RunConfig

    async def provide_model(self) -> None:
        """See ``CheckInputs.provide_model``."""
        await ModelProvider(self.database, self.settings, 0.0).provide(self.config.model_id)

    async def write(self, folder: Path) -> Sequence[CheckedFile]:
        """See ``CheckInputs.write``."""
        return [
            await render_dataset(self.database, self.config, dataset_id, folder / name)
            for name, dataset_id in datasets_of(self.config)
        ]

    async def warnings(self) -> Sequence[str]:
        """See ``CheckInputs.warnings``."""
        return await shared_prompt_warnings(self.database, self.config)


async def render_dataset(database: Database, config: RunConfig, dataset_id: uuid.UUID, path: Path) -> CheckedFile:
    """Writes a dataset to a file, as training reads it.

    Raises:
        DryRunFailed: it does not exist, cannot be written, or is empty.
    """
    try:
        with path.open("wb") as file:
            found = await write_records(database, config, dataset_id, file)
    except TunixRtError as error:
        message = "Dataset not found." if error.code is ErrorCode.NOT_FOUND else "Export validation error."
        raise DryRunFailed(message, error.code, error.message) from error
    except OSError as error:
        raise unwritable(error) from error
    if not found.records:
        reason = f"None of the dataset's {found.missing:,} traces is left: all were deleted."
        if found.unanswered:
            reason = NO_FINAL_ANSWERS
        raise DryRunFailed("Empty dataset.", ErrorCode.BAD_USER_INPUT, reason)
    return CheckedFile(contents_of(found), found.records, found.byte_size, found.digest.hexdigest())


async def write_records(database: Database, config: RunConfig, dataset_id: uuid.UUID, file: BinaryIO) -> TrainingFile:
    """Writes the records that the method trains on; raises BadUserInput if it needs pairs and there are none."""
    if config.grpo is not None:
        return await write_prompt_lines(database, dataset_id, file)
    if config.preference is None:
        return await write_members(database, dataset_id, file, config.template)
    pairs = await write_pairs(database, dataset_id, config.preference, file, config.template)
    require_pairs(pairs, config.preference)
    return pairs


def contents_of(train: TrainingFile) -> str:
    """Returns the number of records as text, by the kind of record that the method trains on."""
    deleted = f", {train.missing:,} deleted since it was built" if train.missing else ""
    if train.unanswered:
        deleted += f", {train.unanswered:,} without a final answer left out"
    if isinstance(train, PairsFile):
        return f"{pairs_text(train)}{deleted}"
    return f"{prompts_text(train) if isinstance(train, PromptsFile) else f'{train.records:,} traces'}{deleted}"
