"""The prompts of a dataset as the training file of a GRPO run."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunix_rt.db.session import Database
from tunix_rt.domain.exports.dataset_file import TrainingFile, written_whole
from tunix_rt.domain.exports.formats import FormatOptions
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import Prompt, distinct_prompts
from tunix_rt.errors import BadUserInput

CHUNK_PROMPTS = 500


@dataclass
class PromptsFile(TrainingFile):
    """Counts of a file of prompts: ``records`` are distinct prompts.

    Args:
        without_reference: the number of prompts without a reference answer.
    """

    without_reference: int = 0

    def write(self, file: BinaryIO, prompts: list[Prompt]) -> None:
        """Counts prompts and writes their lines."""
        lines = b"".join(msgspec.json.encode(prompt) + b"\n" for prompt in prompts)
        self.digest.update(lines)
        self.records += len(prompts)
        self.byte_size += len(lines)
        self.without_reference += sum(prompt.reference_answer is None for prompt in prompts)
        file.write(lines)


def prompts_text(counts: PromptsFile) -> str:
    """Returns the counts for people."""
    prompts = f"{counts.records:,} prompt{'' if counts.records == 1 else 's'}"
    lacking = f", {counts.without_reference:,} without a reference answer" if counts.without_reference else ""
    return f"{prompts}{lacking}"


async def write_training_prompts(
    database: Database, dataset_id: uuid.UUID, path: Path, wait_limit: float = 0.0
) -> PromptsFile:
    """Writes the distinct prompts of a dataset's members atomically to a file in the format ``prompt_only``.

    Args:
        wait_limit: the seconds to retry while the database is unavailable.

    Raises:
        NotFound: the dataset was deleted.
        TooCostly: there are too many prompts.
        BadUserInput: there are none: all members were deleted.
        Unavailable: the database was unavailable for longer than that.
        OSError: the file cannot be written.
    """
    async with written_whole(path) as file:
        return await write_prompt_lines(database, dataset_id, file, wait_limit)


async def write_prompt_lines(
    database: Database, dataset_id: uuid.UUID, file: BinaryIO, wait_limit: float = 0.0
) -> PromptsFile:
    """Writes the prompts to an open file; raises as ``write_training_prompts`` does."""
    counts, chunk = PromptsFile(FormatOptions()), []
    async for prompt in distinct_prompts(database, OfDataset(dataset_id), GenerationOptions(), wait_limit):
        chunk.append(prompt)
        if len(chunk) == CHUNK_PROMPTS:
            await asyncio.to_thread(counts.write, file, chunk)
            chunk = []
    await asyncio.to_thread(counts.write, file, chunk)
    if not counts.records:
        raise BadUserInput("The dataset has no prompts: all of its traces were deleted.", ["dataset_id"])
    return counts
