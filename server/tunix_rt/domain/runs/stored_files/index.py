"""The index of a stored checkpoint: its files with their sizes and hashes."""

from __future__ import annotations

import hashlib
from os import SEEK_END
from pathlib import Path

import msgspec

INDEX_FILE = ".index.json"


class IndexedFile(msgspec.Struct, frozen=True, rename="camel"):
    """A file of a checkpoint.

    Args:
        name: its path in the checkpoint's folder.
        byte_size: its size in bytes.
        sha256: in hexadecimal.
    """

    name: str
    byte_size: int
    sha256: str


class CheckpointIndex(msgspec.Struct, frozen=True):
    """The files of a checkpoint."""

    files: list[IndexedFile]


def index_of(folder: Path) -> CheckpointIndex:
    """Returns the index of a checkpoint's folder; blocks.

    Raises:
        OSError: a file was removed in the meantime, or cannot be read.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return CheckpointIndex([index_file(path, path.relative_to(folder).as_posix()) for path in files])


def index_file(path: Path, name: str) -> IndexedFile:
    """Returns the entry of a file; blocks."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return IndexedFile(name, file.seek(0, SEEK_END), digest)
