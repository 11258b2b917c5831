"""Orphans: files of the storage that belong to no job, such as those of a process that was killed early."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

from tunix_rt.db.session import Database, Session
from tunix_rt.domain.exports import lifecycle as exports
from tunix_rt.domain.exports.files import KIND as EXPORTS
from tunix_rt.domain.generations import stored_prompts
from tunix_rt.domain.runs.stored_files.keys import KIND as ARTIFACTS
from tunix_rt.domain.runs.stored_files.keys import keys_in_use
from tunix_rt.domain.storage.base import AttemptFolder, Storage, StoredObject

KEYS_AT_ONCE = 1000

InUse = Callable[[Session, Sequence[str]], Awaitable[set[str]]]
"""Returns the keys whose file belongs to a job, or under which a running attempt may store one."""

OWNERS: Mapping[str, InUse] = MappingProxyType(
    {ARTIFACTS: keys_in_use, EXPORTS: exports.keys_in_use, stored_prompts.KIND: stored_prompts.keys_in_use}
)
"""The check of each kind of file."""


async def find_orphans(database: Database, storage: Storage) -> dict[AttemptFolder, list[StoredObject]]:
    """Returns the orphans by the folder of their attempt.

    The storage is listed before the database is read: a file that is stored in the meantime is not listed, and one that
    was listed is recorded or its attempt still runs.

    Raises:
        Unavailable, StorageFailed: the storage cannot be listed.
    """
    found = {stored.key: stored async for stored in storage.objects()}
    for kind, in_use in OWNERS.items():
        keys = [key for key in found if key.startswith(f"{kind}/")]
        for start in range(0, len(keys), KEYS_AT_ONCE):
            async with database.read() as session:
                for key in await in_use(session, keys[start : start + KEYS_AT_ONCE]):
                    del found[key]
    orphans: dict[AttemptFolder, list[StoredObject]] = {}
    for key, stored in found.items():
        if (folder := AttemptFolder.of(key)) is not None:
            orphans.setdefault(folder, []).append(stored)
    return orphans
