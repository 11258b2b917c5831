"""Paths of export files: ``exports/EXPORT/ATTEMPT/NAME``, in the storage and while they are written in the data folder.

Each attempt has its own folder, so that a process that lost its lease and its successor never write or remove each
other's file.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tunix_rt.domain.storage.base import AttemptFolder, Storage

KIND = "exports"


def exports_folder(data_dir: Path) -> Path:
    """Returns the folder of all exports."""
    return data_dir / KIND


def folder_of(data_dir: Path, export_id: uuid.UUID) -> Path:
    """Returns the folder of an export, which holds the folders of its attempts."""
    return exports_folder(data_dir) / str(export_id)


def attempt_folder(data_dir: Path, export_id: uuid.UUID, attempt: int) -> Path:
    """Returns the folder of one attempt at an export."""
    return folder_of(data_dir, export_id) / str(attempt)


def storage_folder(export_id: uuid.UUID, attempt: int = 0) -> AttemptFolder:
    """Returns the folder of an attempt in the storage."""
    return AttemptFolder(KIND, export_id, attempt)


def stored_path(export_id: uuid.UUID, attempt: int, file_name: str) -> str:
    """Returns a file's path relative to the exports folder, as the database stores it."""
    return f"{export_id}/{attempt}/{file_name}"


def storage_key(path: str) -> str:
    """Returns the key in the storage of a path that the database stores."""
    return f"{KIND}/{path}"


async def remove_earlier(storage: Storage, export_id: uuid.UUID, attempt: int) -> None:
    """Removes the files that the attempts before one have stored."""
    for earlier in range(1, attempt):
        await storage.remove(storage_folder(export_id, earlier).path)


def make_folder(path: Path, attempt: int) -> None:
    """Creates the folder of an attempt's file and removes the files of earlier attempts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for other in path.parents[1].iterdir():
        if other.name.isdecimal() and int(other.name) < attempt:
            remove(other)


def remove(folder: Path) -> None:
    """Removes a folder if it exists."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_attempt(folder: Path) -> None:
    """Removes the folder of an attempt, and that of its export if no other attempt has one."""
    remove(folder)
    with suppress(OSError):
        folder.parent.rmdir()


def stored_ids(data_dir: Path) -> Iterator[uuid.UUID]:
    """Yields the exports that have a folder."""
    folder = exports_folder(data_dir)
    for found in folder.iterdir() if folder.is_dir() else ():
        try:
            yield uuid.UUID(found.name)
        except ValueError:
            continue
