"""A dataset's members as a training file."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import part_of, put_in_place
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, get_export_format
from tunix_rt.domain.exports.formats.base import lacks_answer
from tunix_rt.domain.exports.reading import read_ahead
from tunix_rt.domain.exports.sources import Members, TracePage

RENDER = get_export_format(ExportFormat.TUNIX_SFT).line


@dataclass
class TrainingFile:
    """Counts of a dataset's training file.

    Args:
        options: the options by which its records are written.
        unanswered: the number of traces without a final answer, which are left out: there is nothing to learn of them.
    """

    options: FormatOptions
    records: int = 0
    byte_size: int = 0
    missing: int = 0
    unanswered: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, page: TracePage) -> bytes:
        """Counts a page and returns its lines."""
        answered = [trace for trace in page.traces if not lacks_answer(trace.payload)]
        lines = b"".join(RENDER(trace, self.options) + b"\n" for trace in answered)
        self.digest.update(lines)
        self.records += len(answered)
        self.unanswered += len(page.traces) - len(answered)
        self.byte_size += len(lines)
        self.missing += page.missing
        return lines


async def write_dataset_file(
    database: Database, dataset_id: uuid.UUID, path: Path, template: str, wait_limit: float = 0.0
) -> TrainingFile:
    """Writes the members of a dataset that have a final answer atomically to a file in the format ``tunix_sft``.

    Args:
        template: the reasoning template, by its name in lower case or as a text.
        wait_limit: the seconds to retry while the database is unavailable.

    Raises:
        NotFound: the dataset was deleted.
        Unavailable: the database was unavailable for longer than that.
        OSError: the file cannot be written.
    """
    async with written_whole(path) as file:
        return await write_members(database, dataset_id, file, template, wait_limit)


@asynccontextmanager
async def written_whole(path: Path) -> AsyncIterator[BinaryIO]:
    """Yields an open file that replaces ``path`` at the end of the block, unless the block fails."""
    part = part_of(path)
    try:
        with part.open("wb") as file:
            yield file
        await asyncio.to_thread(put_in_place, part, path)
    finally:
        part.unlink(missing_ok=True)


async def write_members(
    database: Database, dataset_id: uuid.UUID, file: BinaryIO, template: str, wait_limit: float = 0.0
) -> TrainingFile:
    """Writes the members to an open file; raises as ``write_dataset_file`` does."""
    training_file = TrainingFile(FormatOptions(template=template))
    async with read_ahead(database, Members(dataset_id), wait_limit) as pages:
        async for page in pages:
            await asyncio.to_thread(write_page, file, training_file, page)
    return training_file


def write_page(file: BinaryIO, training_file: TrainingFile, page: TracePage) -> None:
    """Appends the lines of a page."""
    file.write(training_file.add(page))
