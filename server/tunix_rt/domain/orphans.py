"""Orphans: files of the storage that no job has, such as those of a process that was killed before it recorded them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from tunix_rt.db.session import Database, Session
from tunix_rt.domain.exports import lifecycle as exports
from tunix_rt.domain.exports.files import KIND as EXPORTS
from tunix_rt.domain.storage.base import AttemptFolder, Storage, StoredObject

FOLDERS_AT_ONCE = 1000

InUse = Callable[[Session, Sequence[AttemptFolder]], Awaitable[set[AttemptFolder]]]
"""Returns those of the given folders that a job has, or in which a running attempt may store a file."""

OWNERS: Mapping[str, InUse] = MappingProxyType({EXPORTS: exports.folders_in_use})
"""The check of each kind of folder."""


async def find_orphans(database: Database, storage: Storage) -> dict[AttemptFolder, list[StoredObject]]:
    """Returns the orphans by the folder of their attempt.

    The storage is listed before the database is read: a file that is stored meanwhile is not listed, and one that was
    listed is recorded or its attempt still runs.

    Raises:
        Unavailable, StorageFailed: the storage cannot be listed.
    """
    found: dict[AttemptFolder, list[StoredObject]] = {}
    async for stored in storage.objects():
        folder = AttemptFolder.of(stored.key)
        if folder is not None:
            found.setdefault(folder, []).append(stored)
    for kind, in_use in OWNERS.items():
        folders = [folder for folder in found if folder.kind == kind]
        for start in range(0, len(folders), FOLDERS_AT_ONCE):
            async with database.read() as session:
                for folder in await in_use(session, folders[start : start + FOLDERS_AT_ONCE]):
                    del found[folder]
    return found
