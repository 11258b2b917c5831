"""The prompts of a generation in the storage, where its attempts on all machines find the same ones."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from tunix_rt.db.membership import among
from tunix_rt.db.models import generations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.storage.base import AttemptFolder, Storage, StoredFile, Upload

KIND = "prompts"
PROMPTS_NAME = "prompts.jsonl"
MEDIA_TYPE = "application/x-ndjson"


def prompts_folder(generation_id: uuid.UUID, attempt: int) -> AttemptFolder:
    """Returns the folder of an attempt in the storage."""
    return AttemptFolder(KIND, generation_id, attempt)


async def find_prompts(storage: Storage, generation_id: uuid.UUID, attempt: int) -> StoredFile | None:
    """Returns the prompts that an attempt, or the first one before, has stored; None if there are none.

    Raises:
        Unavailable, StorageFailed: as ``Storage.find`` does.
    """
    for number in range(1, attempt + 1):
        found = await storage.find(prompts_folder(generation_id, number).key(PROMPTS_NAME))
        if found is not None:
            return found
    return None


async def store_prompts(storage: Storage, path: Path, generation_id: uuid.UUID, attempt: int, owner: str) -> None:
    """Stores the file of the prompts; raises as ``Storage.add`` does.

    Args:
        owner: the worker that holds the attempt.
    """
    await storage.add(Upload(path, prompts_folder(generation_id, attempt), PROMPTS_NAME, owner, MEDIA_TYPE))


async def remove_prompts(storage: Storage, generation_id: uuid.UUID) -> None:
    """Removes the prompts of a generation that needs them no more."""
    await storage.remove(prompts_folder(generation_id, 1).job_folder)


async def keys_in_use(session: Session, keys: Sequence[str]) -> set[str]:
    """Returns the keys whose generation is not completed, and may still need them."""
    owners = {key: folder.job_id for key in keys if (folder := AttemptFolder.of(key)) is not None}
    query = select(generations.c.id).where(
        among(generations.c.id, list(set(owners.values())), session.dialect.name),
        generations.c.status != JobStatus.COMPLETED.value,
    )
    needed = set((await session.execute(query)).scalars())
    return {key for key, owner in owners.items() if owner in needed}
