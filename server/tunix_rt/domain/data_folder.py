"""The data folder: its disk space, and checks that it is writable. All functions block; call them in a thread."""

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
    """The space of a disk in bytes: free for this process, and in total."""

    free: int
    total: int


def disk_space(folder: Path) -> DiskSpace:
    """Returns the space of the disk that holds a folder, which need not exist yet.

    Raises:
        Unavailable: the space cannot be determined.
    """
    try:
        usage = shutil.disk_usage(nearest_existing(folder))
    except OSError as error:
        raise Unavailable(f"The data folder's disk space cannot be read: {error.strerror}.") from error
    return DiskSpace(free=usage.free, total=usage.total)


def nearest_existing(folder: Path) -> Path:
    """Returns the folder itself, or its nearest existing ancestor."""
    folder = folder.absolute()
    return next((position for position in (folder, *folder.parents) if position.is_dir()), folder)


@contextmanager
def explain_write_errors(what: str) -> Iterator[None]:
    """Translates an error of writing a temporary file in the data folder to Unavailable.

    Raises:
        Unavailable: the folder cannot be written, or its disk is full.
    """
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"{what} cannot be written to a temporary file in the data folder: {error.strerror}."
        ) from error


def require_writable(folder: Path) -> None:
    """Creates the folder if it does not exist, and writes a byte to an unnamed file in it.

    A check of permissions is not enough: the disk may be full, or mounted read-only.

    Raises:
        Unavailable: the folder cannot be created or written; the message has the reason.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.write(file.fileno(), b"\0")
    except OSError as error:
        raise Unavailable(f"The data folder cannot be written: {error.strerror}.") from error
