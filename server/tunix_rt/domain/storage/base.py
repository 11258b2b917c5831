"""The interface of a storage: finished files by key, each written once and never changed.

A key is ``KIND/JOB/ATTEMPT/NAME``. Each attempt at a job has its own folder, so that a process whose lease has expired
and its successor never write or remove each other's files.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, Self
from urllib.parse import quote

from tunix_rt.errors import ErrorCode, TunixRtError

KINDS = frozenset({"artifacts", "exports", "prompts"})
"""The first parts of all keys."""

CLAIM = ".claim"
"""The name of the object that names the owner of an attempt's folder, in an object storage."""


class StorageFailed(TunixRtError):
    """The storage refuses a request or lacks a file, and repeating the request would not help."""

    code = ErrorCode.UNAVAILABLE


@dataclass(frozen=True)
class AttemptFolder:
    """The folder of one attempt at a job.

    Args:
        kind: the kind of files, such as ``exports``.
    """

    kind: str
    job_id: uuid.UUID
    attempt: int

    @property
    def job_folder(self) -> str:
        """The folder of all attempts at the job."""
        return f"{self.kind}/{self.job_id}"

    @property
    def path(self) -> str:
        """The path of the folder, which is the beginning of its keys."""
        return f"{self.job_folder}/{self.attempt}"

    def key(self, name: str) -> str:
        """Returns the key of a file."""
        return f"{self.path}/{name}"

    @classmethod
    def of(cls, key: str) -> Self | None:
        """Returns the folder that holds a key; None if the key is not of this form."""
        kind, *parts = key.split("/", 3)
        try:
            job_id, attempt, _ = parts
            found = cls(kind, uuid.UUID(job_id), int(attempt))
        except ValueError:
            return None
        return found if kind in KINDS and key.startswith(f"{found.path}/") else None


@dataclass(frozen=True)
class Upload:
    """A finished file to be added to the storage.

    Args:
        part: the file, which is removed once it is stored unless ``keep`` is set.
        owner: the worker that holds the attempt.
        media_type: its media type.
        keep: whether the file stays where it is.
    """

    part: Path
    folder: AttemptFolder
    name: str
    owner: str
    media_type: str
    keep: bool = False

    @property
    def key(self) -> str:
        """The key to store the file under."""
        return self.folder.key(self.name)


@dataclass(frozen=True)
class StoredObject:
    """A file in a listing.

    Args:
        size: in bytes.
    """

    key: str
    size: int


class FileReader(Protocol):
    """An open file of the storage."""

    async def read(self, size: int) -> bytes:
        """Returns the next bytes: fewer than ``size`` only at the end of the file."""

    async def seek(self, position: int) -> int:
        """Sets the position of the next read."""


class CopiedFile(Protocol):
    """A file of the storage that can be copied to this machine."""

    async def copy_to(self, target: Path) -> None:
        """Writes the content to a file of this machine."""


class StoredFile(CopiedFile, Protocol):
    """A file of the storage."""

    @property
    def size(self) -> int:
        """The size in bytes."""

    @property
    def modified(self) -> datetime:
        """The time when the file was stored."""

    def open(self) -> AbstractAsyncContextManager[FileReader]:
        """Opens the file for reading."""

    async def signed_url(self, lifetime: timedelta) -> str | None:
        """Returns a URL of the storage that needs no credentials; None if clients get the content from the server."""


class FileStore(Protocol):
    """The part of a storage that an attempt at a run needs.

    Every method raises Unavailable if the storage cannot be reached, and StorageFailed if it refuses; ``remove`` raises
    nothing.
    """

    async def add(self, upload: Upload) -> None:
        """Stores a file as a whole: until then, its key does not exist. Adding the same file again does nothing.

        Raises:
            FileNotFoundError: the file was removed.
            Conflict: the attempt's folder or the key belongs to another process.
        """

    async def find(self, key: str) -> CopiedFile | None:
        """Returns a file; None if there is none."""

    async def remove(self, folder: str) -> None:
        """Removes the files in a folder. A file that cannot be removed now is left, and becomes an orphan."""


class Storage(FileStore, Protocol):
    """A store of finished files; its methods raise as the methods of ``FileStore`` do."""

    @property
    def location(self) -> str:
        """The storage's location, for people; without credentials."""

    async def find(self, key: str) -> StoredFile | None:
        """Returns a file; None if there is none."""

    async def path_of(self, key: str) -> Path | None:
        """Returns the path of a file on this machine, where it may have to be copied; None if there is none."""

    async def remove_files(self, keys: Sequence[str]) -> None:
        """Removes files; raises nothing, as ``remove`` does."""

    def objects(self, folder: str = "") -> AsyncIterator[StoredObject]:
        """Yields all files that have the key of an attempt.

        Args:
            folder: only those below it, such as the folder of a job.
        """


def attachment(name: str) -> str:
    """Returns the value of ``Content-Disposition`` that saves a file under any Unicode name (RFC 6266, RFC 8187)."""
    plain = re.sub(r"[^ -~]|[\"\\/%]", "_", name)
    return f'attachment; filename="{plain}"' + ("" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}")
