"""The data folder: how much room its disk has, and whether it can be written. Each is work for a thread."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tunix_rt.errors import Unavailable


@dataclass(frozen=True)
class DiskSpace:
    """The bytes of a disk: what is free for this process, and all there are."""

    free: int
    total: int


def disk_space(folder: Path) -> DiskSpace:
    """The room on the disk where a folder is or will be.

    Raises:
        Unavailable: the disk does not say.
    """
    try:
        usage = shutil.disk_usage(nearest_existing(folder))
    except OSError as error:
        raise Unavailable(f"The data folder's disk cannot be looked at: {error.strerror}.") from error
    return DiskSpace(free=usage.free, total=usage.total)


def nearest_existing(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.is_dir()), folder)


@contextmanager
def explain_write_errors(what: str) -> Iterator[None]:
    """Says of something that a temporary file in the data folder holds for a while that it cannot.

    Raises:
        Unavailable: the folder cannot be written, or its disk is full.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{what} cannot be kept in the data folder meanwhile: {error.strerror}.") from error


def require_writable(folder: Path) -> None:
    """Makes the folder if it is not there, and writes a byte in it to a file without a name.

    Permissions alone would not tell: the disk may be full, or mounted to be read only.

    Raises:
        Unavailable: if that fails, with the reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.write(file.fileno(), b"\0")
    except OSError as error:
        raise Unavailable(f"The data folder cannot be written: {error.strerror}.") from error
