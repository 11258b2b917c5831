"""The files of an SQLite database: their folder, their modes, and whether they can be written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

from tunix_rt.errors import SettingsError

PRIVATE, OTHERS = 0o600, 0o077
"""The mode of a new database file, and the permission bits that no database file may have."""
BESIDE = ("-wal", "-shm")
"""What SQLite appends to a database's name for the write-ahead log and its shared memory."""


def files_of(file: Path) -> Iterator[Path]:
    """Yields a database's file, and those that SQLite keeps beside it."""
    yield file
    yield from (file.with_name(file.name + suffix) for suffix in BESIDE)


def make_parent(url: URL) -> None:
    """Creates the folder of an SQLite file.

    Raises:
        SettingsError: the folder cannot be created.
    """
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The data folder {folder} cannot be created: {error.strerror}.") from error


def make_private(file: Path) -> None:
    """Restricts a database's files to their owner; SQLite creates the WAL and the shared memory with the file's mode.

    A file that belongs to another user or cannot be created is skipped, since opening the database reports a better
    error. An existing file is never opened here: closing it would release all locks that this process holds on it
    (POSIX), and with them SQLite's protection.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    for position in files_of(file):
        with suppress(OSError):
            mode = position.stat().st_mode
            if mode & OTHERS:
                position.chmod(stat.S_IMODE(mode) & ~OTHERS)


def unwritable_place(file: Path) -> Path | None:
    """Returns a database's folder or file that this user cannot write; None if all that exist can be written.

    SQLite creates and removes files in the folder, so it needs that, too.
    """
    if file.parent.exists() and not os.access(file.parent, os.W_OK | os.X_OK):
        return file.parent
    return next((place for place in files_of(file) if place.exists() and not os.access(place, os.R_OK | os.W_OK)), None)


def require_writable(file: Path) -> None:
    """Checks that this user can write a database's files and their folder.

    Raises:
        SettingsError: one of them cannot be written; the message has its path.
    """
    file = file.absolute()
    place = unwritable_place(file)
    if place is not None:
        raise SettingsError(
            f"The database {file} cannot be written: this user may not write {place}. Allow writing to the folder "
            f"{file.parent} and to the files in it that begin with {file.name}, or use --data-dir for another folder."
        )
