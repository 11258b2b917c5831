"""Atomic file writes: a file is written under a temporary name, synced to disk, then renamed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART_SUFFIX = ".part"
"""Suffix of a file that is still being written."""


def part_of(path: Path) -> Path:
    """Returns the path under which a file is written until it is complete."""
    return path.with_name(path.name + PART_SUFFIX)


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file, or replaces it; raises as ``replacing`` does."""
    with replacing(path) as part:
        part.write_bytes(content)


def create_atomically(path: Path, content: bytes) -> None:
    """Creates a file that only its owner may read.

    Raises:
        FileExistsError: the file exists.
        OSError: the file cannot be written.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with open(part, "xb", opener=private) as file:
            file.write(content)
        sync(part)
        path.hardlink_to(part)  # a rename would replace the file of another process
    finally:
        part.unlink(missing_ok=True)


def private(path: str, flags: int) -> int:
    """Opens a file with no permissions for others."""
    return os.open(path, flags, 0o600)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields the temporary path to write to; renames the file at the end of the block, or removes it after an error.

    The file and its folder are synced to disk, so that the file survives a crash of the machine. Syncing may take
    long: coroutines run this in a thread, or call ``put_in_place`` there.

    Raises:
        OSError: the file cannot be written.
    """
    part = part_of(path)
    try:
        yield part
        put_in_place(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def put_in_place(part: Path, path: Path) -> None:
    """Syncs a complete file to disk and renames it."""
    sync(part)
    part.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Syncs a file or a folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
