"""The generation folder: ``DATA/generations/ID``, shared by all attempts at a generation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path


def generations_folder(data_dir: Path) -> Path:
    """Returns the folder of all generations."""
    return data_dir / "generations"


def generation_folder(data_dir: Path, generation_id: uuid.UUID) -> Path:
    """Returns the folder of a generation."""
    return generations_folder(data_dir) / str(generation_id)


def generations_on_disk(data_dir: Path) -> Iterator[uuid.UUID]:
    """Yields the generations that have a folder."""
    folder = generations_folder(data_dir)
    for found in folder.iterdir() if folder.is_dir() else ():
        try:
            yield uuid.UUID(found.name)
        except ValueError:
            continue
