"""Adds the files of a run's folder to the storage, where they stay in the folder, too."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

import msgspec

from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.runs.stored_files.index import INDEX_FILE, index_of
from tunix_rt.domain.storage.base import AttemptFolder, FileStore, Upload
from tunix_rt.errors import Unavailable

OCTETS = "application/octet-stream"
UPLOADED_INDEX = ".uploaded-index.json"
"""The index of the checkpoint that is being stored, in the run's folder."""


def media_type_of(name: str) -> str:
    """Returns the media type of an artifact."""
    return guess_type(name)[0] or OCTETS


@contextmanager
def converting_errors() -> Iterator[None]:
    """Converts errors of the file system to Unavailable, unless a file is missing."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable(f"A file cannot be stored: {error.strerror}.") from error


@dataclass(frozen=True)
class ArtifactStore:
    """The folder in the storage for the files of one attempt at a run.

    Args:
        folder: the run's folder on this machine.
        target: the attempt's folder in the storage.
        owner: the worker that holds the attempt.
    """

    storage: FileStore
    folder: Path
    target: AttemptFolder
    owner: str

    async def add_file(self, name: str) -> None:
        """Adds a file of the run's folder.

        Raises:
            FileNotFoundError: it was removed.
            Conflict, StorageFailed, Unavailable: as ``Storage.add`` does.
        """
        await self._add(self.folder / name, name)

    async def add_checkpoint(self, name: str) -> None:
        """Adds the files of a checkpoint, then its index; raises as ``add_file`` does."""
        with converting_errors():
            found = await asyncio.to_thread(index_of, self.folder / name)
        for file in found.files:
            await self._add(self.folder / name / file.name, f"{name}/{file.name}")
        path = self.folder / UPLOADED_INDEX
        with converting_errors():
            await asyncio.to_thread(write_atomically, path, msgspec.json.encode(found))
        await self._add(path, f"{name}/{INDEX_FILE}", keep=False)

    async def remove(self, name: str) -> None:
        """Removes the stored files of a checkpoint."""
        await self.storage.remove(self.target.key(name))

    async def _add(self, path: Path, name: str, *, keep: bool = True) -> None:
        with converting_errors():
            await self.storage.add(Upload(path, self.target, name, self.owner, media_type_of(name), keep))
