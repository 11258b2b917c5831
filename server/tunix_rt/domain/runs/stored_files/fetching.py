"""Copies stored files of a run to its folder on this machine, each whole or not at all."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from tunix_rt.domain.atomic_files import sync
from tunix_rt.domain.runs.stored_files.index import INDEX_FILE, CheckpointIndex
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow, storage_key
from tunix_rt.domain.storage.base import FileStore, StorageFailed
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, MODEL_FOLDER

LOCK_FILE = ".fetching.lock"
FETCHED_FOLDER = ".fetched"
FILES_FOLDER = "files"
LOCK_SECONDS = 0.2


@asynccontextmanager
async def fetching_to(folder: Path) -> AsyncIterator[Path]:
    """Yields an empty folder for files that are to be moved to a run's folder, while no other process fetches any.

    Raises:
        OSError: the run's folder cannot be written.
    """
    handle = await lock(folder)
    fetched = folder / FETCHED_FOLDER
    try:
        await asyncio.to_thread(empty, fetched)
        yield fetched
    finally:
        await asyncio.to_thread(shutil.rmtree, fetched, ignore_errors=True)
        os.close(handle)


async def lock(folder: Path) -> int:
    """Locks a run's folder for fetching as soon as no other process has it locked."""
    while True:
        handle = await asyncio.to_thread(lock_of, folder)
        if handle is not None:
            return handle
        await asyncio.sleep(LOCK_SECONDS)


def lock_of(folder: Path) -> int | None:
    """Creates a run's folder and locks it for fetching; returns None while another process has it locked."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def empty(folder: Path) -> None:
    """Creates an empty folder, in place of what a killed process has left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


async def fetch_file(storage: FileStore, row: ArtifactRow, folder: Path) -> None:
    """Copies a stored artifact to a run's folder, unless a file of this name is there.

    Raises:
        StorageFailed: it was removed from the storage, or differs from what was recorded.
        Unavailable: the storage cannot be reached.
        OSError: the folder cannot be written.
    """
    async with fetching_to(folder) as fetched:
        if not (folder / row.name).exists():
            await copy_checked(storage, storage_key(row), fetched, row.name, row.sha256)
            move(fetched / row.name, folder / row.name)


async def fetch_checkpoint(storage: FileStore, row: ArtifactRow, folder: Path) -> None:
    """Copies a stored checkpoint to a run's folder, unless it is there; raises as ``fetch_file`` does."""
    async with fetching_to(folder) as fetched:
        if (folder / row.name).exists():
            return
        key = storage_key(row)
        for file in (await index_at(storage, key, fetched)).files:
            await copy_checked(storage, f"{key}/{file.name}", fetched / FILES_FOLDER, file.name, file.sha256)
        move(fetched / FILES_FOLDER, folder / row.name)


async def fetch_model(storage: FileStore, rows: Sequence[ArtifactRow], folder: Path) -> None:
    """Copies the exported model among a run's stored artifacts; raises as ``fetch_file`` does."""
    model = [row for row in rows if row.name.startswith(f"{MODEL_FOLDER}/")]
    await fetch_folder(storage, model, folder, MODEL_FOLDER)


async def fetch_folder(storage: FileStore, rows: Sequence[ArtifactRow], folder: Path, name: str) -> None:
    """Copies the stored artifacts of a folder such as ``model`` in place of the one that is there.

    Nothing is copied if all are there with their sizes. Raises as ``fetch_file`` does.
    """
    async with fetching_to(folder) as fetched:
        if await asyncio.to_thread(are_there, rows, folder):
            return
        for row in rows:
            await copy_checked(storage, storage_key(row), fetched, row.name, row.sha256)
        await asyncio.to_thread(shutil.rmtree, folder / name, ignore_errors=True)
        move(fetched / name, folder / name)


def newest_step(folder: Path) -> int:
    """Returns the step of the newest checkpoint in a run's folder; 0 if there is none. Blocks."""
    names = (path.name for path in (folder / CHECKPOINTS_FOLDER).glob("*") if path.is_dir())
    return max((int(name) for name in names if name.isdecimal()), default=0)


def are_there(rows: Sequence[ArtifactRow], folder: Path) -> bool:
    """Returns whether a run's folder has all artifacts with their sizes; blocks."""
    try:
        return all((folder / row.name).stat().st_size == row.byte_size for row in rows)
    except (FileNotFoundError, NotADirectoryError):
        return False


async def index_at(storage: FileStore, key: str, fetched: Path) -> CheckpointIndex:
    """Reads the index of a stored checkpoint; raises as ``fetch_file`` does."""
    await copy_checked(storage, f"{key}/{INDEX_FILE}", fetched, INDEX_FILE, None)
    try:
        return msgspec.json.decode((fetched / INDEX_FILE).read_bytes(), type=CheckpointIndex)
    except msgspec.DecodeError as error:
        raise StorageFailed(f"The index of {key} in the storage cannot be read.") from error


async def copy_checked(storage: FileStore, key: str, folder: Path, name: str, sha256: str | None) -> None:
    """Copies a stored file and compares its hash, if that is known; raises as ``fetch_file`` does.

    Args:
        name: its path in the folder, which it must not lead out of.
    """
    found, path = await storage.find(key), folder / name
    if found is None:
        raise StorageFailed(f"{key} was removed from the storage.")
    await asyncio.to_thread(make_parent, path, folder)
    await found.copy_to(path)
    if await asyncio.to_thread(synced_hash, path) != sha256 and sha256 is not None:
        raise StorageFailed(f"{key} in the storage differs from what was recorded.")


def make_parent(path: Path, folder: Path) -> None:
    """Creates the folder of a file.

    Raises:
        StorageFailed: it would be outside of the given folder.
    """
    if not path.resolve().is_relative_to(folder.resolve()):
        raise StorageFailed("A name in the storage points outside the run's folder.")
    path.parent.mkdir(parents=True, exist_ok=True)


def synced_hash(path: Path) -> str:
    """Syncs a file to disk and returns its SHA-256 in hexadecimal; blocks."""
    sync(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move(source: Path, target: Path) -> None:
    """Moves a complete file or folder within a run's folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)
