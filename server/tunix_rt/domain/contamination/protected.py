"""Protected sets: prompts that no training data may contain, registered by their hashes alone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select

from tunix_rt.db.bulk import chunks, insert_columns
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import dataset_traces, protected_prompts, protected_sets
from tunix_rt.db.session import Session
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput, NotFound

NAME_MAX_CHARS = 200
HASHES_MAX = 100_000
HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


class ProtectedSetDraft(msgspec.Struct, frozen=True):
    """A protected set to be stored: hashes given by the caller, or those of a dataset's prompts."""

    name: str
    hashes: tuple[str, ...] | None
    dataset_id: uuid.UUID | None

    def check(self) -> None:
        """Checks everything that does not need the database.

        Raises:
            BadUserInput: a field is invalid; the message names it and its limit.
        """
        require_text(self.name, 1, NAME_MAX_CHARS, ["name"])
        if (self.hashes is None) == (self.dataset_id is None):
            raise BadUserInput("Give either hashes or datasetId.", ["hashes"])
        if self.hashes is None:
            return
        if not 1 <= len(self.hashes) <= HASHES_MAX:
            raise BadUserInput(f"hashes must have 1 to {HASHES_MAX} elements; it has {len(self.hashes)}.", ["hashes"])
        for position, text in enumerate(self.hashes):
            if not HASH.fullmatch(text):
                raise BadUserInput("A hash must be a SHA-256 of 64 hexadecimal digits.", ["hashes", position])


@dataclass(frozen=True)
class ProtectedOverlap:
    """The number of distinct prompts of a dataset that are in a protected set."""

    name: str
    prompts: int


async def add_protected_set(session: Session, draft: ProtectedSetDraft) -> dict[str, Any]:
    """Stores a protected set and returns its row.

    Raises:
        BadUserInput: the set is invalid.
        NotFound, Conflict: the dataset does not exist or is not completed, or another set has this name.
    """
    draft.check()
    hashes = await hashes_of(session, draft)
    set_id = new_id()
    row = {"id": set_id, "name": draft.name, "prompt_count": len(hashes), "created_at": now()}
    await session.execute(insert(protected_sets), [row])
    for part in chunks(hashes, 5000):
        columns: dict[str, Sequence[Any]] = {"set_id": [set_id.hex] * len(part), "prompt_hash": part}
        await insert_columns(session, protected_prompts, columns)
    return row


async def hashes_of(session: Session, draft: ProtectedSetDraft) -> list[bytes]:
    """Returns the distinct hashes of a set; raises as ``add_protected_set`` does."""
    if draft.dataset_id is None:
        return sorted({bytes.fromhex(text) for text in draft.hashes or ()})
    await completed_dataset(session, draft.dataset_id, ["datasetId"])
    column = dataset_traces.c.prompt_hash
    query = select(column).where(dataset_traces.c.dataset_id == draft.dataset_id).distinct().order_by(column)
    return list((await session.execute(query)).scalars())


async def delete_protected_set(session: Session, set_id: uuid.UUID) -> None:
    """Deletes a protected set.

    Raises:
        NotFound: there is no such set.
    """
    await session.execute(delete(protected_prompts).where(protected_prompts.c.set_id == set_id))
    deleted = await session.execute(delete(protected_sets).where(protected_sets.c.id == set_id))
    if not deleted.rowcount:
        raise NotFound(f"There is no protected set {set_id}.", ["id"])


async def protected_overlaps(session: Session, dataset_id: uuid.UUID) -> list[ProtectedOverlap]:
    """Returns the protected sets that have prompts of a dataset, by name."""
    count = func.count(dataset_traces.c.prompt_hash.distinct())
    query = (
        select(protected_sets.c.name, count)
        .join(protected_prompts, protected_prompts.c.set_id == protected_sets.c.id)
        .join(dataset_traces, dataset_traces.c.prompt_hash == protected_prompts.c.prompt_hash)
        .where(dataset_traces.c.dataset_id == dataset_id)
        .group_by(protected_sets.c.name)
        .order_by(protected_sets.c.name)
    )
    return [ProtectedOverlap(*row) for row in await session.execute(query)]
