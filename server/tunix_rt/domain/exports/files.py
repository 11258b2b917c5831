"""Where exports' files lie: ``DATA/exports/EXPORT/ATTEMPT/NAME``, a folder for each attempt.

So a process that was taken for gone and the one that followed it never write, or take away, each other's file.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path


def exports_folder(data_dir: Path) -> Path:
    """The folder of all exports."""
    return data_dir / "exports"


def folder_of(data_dir: Path, export_id: uuid.UUID) -> Path:
    """The folder of an export, with those of its attempts."""
    return exports_folder(data_dir) / str(export_id)


def attempt_folder(data_dir: Path, export_id: uuid.UUID, attempt: int) -> Path:
    """The folder of one attempt at an export."""
    return folder_of(data_dir, export_id) / str(attempt)


def stored_path(export_id: uuid.UUID, attempt: int, file_name: str) -> str:
    """A file's path as the database keeps it: below the exports folder."""
    return f"{export_id}/{attempt}/{file_name}"


def make_folder(path: Path, attempt: int) -> None:
    """Makes the folder of an attempt's file, and takes away what earlier attempts left."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for other in path.parents[1].iterdir():
        if other.name.isdecimal() and int(other.name) < attempt:
            remove(other)


def remove(folder: Path) -> None:
    """Removes a folder, as far as it is there."""
    shutil.rmtree(folder, ignore_errors=True)


def stored_ids(data_dir: Path) -> Iterator[uuid.UUID]:
    """The exports that have a folder."""
    folder = exports_folder(data_dir)
    for found in folder.iterdir() if folder.is_dir() else ():
        try:
            yield uuid.UUID(found.name)
        except ValueError:
            continue
