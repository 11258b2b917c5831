"""A storage in a folder: the data folder, or one that several machines share."""

from __future__ import annotations

import asyncio
import filecmp
import os
import shutil
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from tunix_rt.domain.atomic_files import part_of, sync
from tunix_rt.domain.storage.base import KINDS, AttemptFolder, FileReader, StoredFile, StoredObject, Upload
from tunix_rt.errors import Conflict, Unavailable


@dataclass(frozen=True)
class FolderFile:
    """A file of a folder; see ``StoredFile``."""

    path: Path
    size: int
    modified: datetime

    def open(self) -> AbstractAsyncContextManager[FileReader]:
        """See ``StoredFile.open``."""
        return open_file(self.path)

    async def copy_to(self, target: Path) -> None:
        """See ``StoredFile.copy_to``."""
        await asyncio.to_thread(shutil.copyfile, self.path, target)

    async def signed_url(self, lifetime: timedelta) -> str | None:
        """See ``StoredFile.signed_url``: a folder has no URLs."""
        return None


@asynccontextmanager
async def open_file(path: Path) -> AsyncIterator[FileReader]:
    """Opens a file for reading in threads.

    Raises:
        Unavailable: the file cannot be read.
    """
    try:
        file = await anyio.open_file(path, "rb")
    except OSError as error:
        raise Unavailable(f"The file {path.name} cannot be read: {error.strerror}.") from error
    try:
        yield file
    finally:
        with anyio.CancelScope(shield=True):  # a client that disconnects cancels the download
            await file.aclose()


class FolderStorage:
    """A storage in a folder; see ``Storage``.

    Args:
        root: the folder, which is created when it is needed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def location(self) -> str:
        """See ``Storage.location``."""
        return str(self.root)

    async def add(self, upload: Upload) -> None:
        """See ``Storage.add``. An error of the file system is raised as it is: another attempt may meet it, too.

        Raises:
            OSError: the folder cannot be written.
        """
        await asyncio.to_thread(add_file, upload.part, self.root / upload.key, keep=upload.keep)

    async def find(self, key: str) -> StoredFile | None:
        """See ``Storage.find``."""
        path = self.root / key
        with converting_errors(self.root):
            try:
                found = await asyncio.to_thread(path.stat)
            except (FileNotFoundError, NotADirectoryError):
                return None
        return FolderFile(path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    async def path_of(self, key: str) -> Path | None:
        """See ``Storage.path_of``."""
        return None if await self.find(key) is None else self.root / key

    async def remove(self, folder: str) -> None:
        """See ``Storage.remove``."""
        await asyncio.to_thread(shutil.rmtree, self.root / folder, ignore_errors=True)

    async def remove_files(self, keys: Sequence[str]) -> None:
        """See ``Storage.remove_files``."""
        await asyncio.to_thread(remove_files, self.root, keys)

    async def objects(self, folder: str = "") -> AsyncIterator[StoredObject]:
        """See ``Storage.objects``. A partial file is listed, too, as its process may be gone."""
        with converting_errors(self.root):
            for found in await asyncio.to_thread(lambda: list(files_in(self.root, folder))):
                yield found


def add_file(part: Path, path: Path, *, keep: bool) -> None:
    """Moves or copies a complete file to its final path, which no other file may have.

    Args:
        keep: whether to copy it.

    Raises:
        Conflict: the path has another file.
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    near = part
    try:
        if keep or part.stat().st_dev != path.parent.stat().st_dev:
            near = part_of(path)
            shutil.copyfile(part, near)
        sync(near)
        link(near, path)
        sync(path.parent)
    finally:
        if near is not part:
            near.unlink(missing_ok=True)
    if not keep:
        part.unlink(missing_ok=True)


def link(near: Path, path: Path) -> None:
    """Gives a complete file of the same disk its final path; raises as ``add_file`` does."""
    try:
        path.hardlink_to(near)  # a rename would replace the file of another process
    except FileExistsError:
        if not filecmp.cmp(near, path, shallow=False):
            raise Conflict(f"Another process has stored {path.name}.") from None


def remove_files(root: Path, keys: Sequence[str]) -> None:
    """Removes files, and the folders of attempts that are empty then, as far as possible; blocks."""
    for key in keys:
        path = root / key
        with suppress(OSError):
            path.unlink(missing_ok=True)
            for folder in path.parents[: key.count("/") - 2]:
                folder.rmdir()


def files_in(root: Path, folder: str) -> Iterator[StoredObject]:
    """Yields the files of attempts below a folder, all if its name is empty; blocks.

    What is removed meanwhile is left out.

    Raises:
        OSError: a folder cannot be read.
    """
    for place in [folder] if folder else sorted(KINDS):
        for parent, _, names in os.walk(root / place, onerror=require_removed):
            for path in sorted(Path(parent, name) for name in names):
                key = path.relative_to(root).as_posix()
                size = size_of_file(path) if AttemptFolder.of(key) is not None else None
                if size is not None:
                    yield StoredObject(key, size)


def require_removed(error: OSError) -> None:
    """Raises an error unless it is that of a folder that was removed, or is none any more."""
    if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
        raise error


def size_of_file(path: Path) -> int | None:
    """Returns the size of a file in bytes; None if it was removed, or is no file."""
    try:
        found = path.stat()
    except OSError as error:
        require_removed(error)
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


@contextmanager
def converting_errors(root: Path) -> Iterator[None]:
    """Converts errors of the file system to Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The folder of stored files cannot be read: {error.strerror}.") from error
