"""Protected sets: prompts that no training data may contain, stored as hashes, with signatures if they are known."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import delete, func, insert, select

from tunix_rt.db.bulk import chunks, insert_columns
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import dataset_traces, protected_comparisons, protected_prompts, protected_sets
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.contamination.protected_comparing import signature_blocks
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.global_ids import identity_errors
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput, NotFound

NAME_MAX_CHARS = 200
HASHES_MAX = 100_000
DATASET_PROMPTS_MAX = 200_000
"""The maximum number of distinct prompts of a protected dataset, whose signatures are in memory until stored."""
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
        for error in identity_errors(self.name, ["name"]):
            raise error
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
    """The numbers of distinct prompts of a dataset that are in a protected set, and of near duplicates of its prompts.

    Args:
        near: 0 if the dataset was not compared with the set's signatures.
    """

    name: str
    prompts: int
    near: int


async def signatures_to_store(database: Database, draft: ProtectedSetDraft, until: float) -> dict[bytes, bytes]:
    """Returns the signatures of a set by the hashes of their prompts; none for a set that is given as hashes.

    Args:
        until: the time, by the monotonic clock, at which reading stops.

    Raises:
        NotFound, Conflict: the dataset does not exist or is not completed.
        BadUserInput: the dataset has too many prompts.
        RequestTimeout: reading the prompts took too long.
    """
    if draft.dataset_id is None:
        return {}
    async with database.read() as session:
        await completed_dataset(session, draft.dataset_id, ["datasetId"])
        query = select(func.count(dataset_traces.c.prompt_hash.distinct()))
        count = (await session.execute(query.where(dataset_traces.c.dataset_id == draft.dataset_id))).scalar_one()
    if count > DATASET_PROMPTS_MAX:
        limit = f"at most {DATASET_PROMPTS_MAX:,} distinct prompts to be protected; it has {count:,}"
        raise BadUserInput(f"The dataset must have {limit}.", ["datasetId"])
    found: dict[bytes, bytes] = {}
    async for block in signature_blocks(database, draft.dataset_id, until):
        found |= {key: signature.stored for key, signature in block.items()}
    return found


async def add_protected_set(
    session: Session, draft: ProtectedSetDraft, signatures: Mapping[bytes, bytes]
) -> dict[str, Any]:
    """Stores a protected set and returns its row.

    Args:
        signatures: the signatures of its prompts, as far as they are known, by the prompts' hashes.

    Raises:
        BadUserInput: the set is invalid.
        NotFound, Conflict: the dataset does not exist or is not completed, or another set has this name.
    """
    draft.check()
    hashes = await hashes_of(session, draft)
    set_id, known = new_id(), sum(value in signatures for value in hashes)
    row = {
        "id": set_id,
        "name": draft.name,
        "prompt_count": len(hashes),
        "signature_count": known,
        "created_at": now(),
    }
    await session.execute(insert(protected_sets), [row])
    for part in chunks(hashes, 5000):
        columns: dict[str, Sequence[Any]] = {
            "set_id": [set_id.hex] * len(part),
            "prompt_hash": part,
            "signature": [signatures.get(value) for value in part],
        }
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
    """Returns the protected sets that have prompts of a dataset, or near duplicates of them, by name."""
    equal = await equal_prompts(session, dataset_id)
    near = await near_prompts(session, dataset_id)
    return [ProtectedOverlap(name, equal.get(name, 0), near.get(name, 0)) for name in sorted(equal | near)]


async def equal_prompts(session: Session, dataset_id: uuid.UUID) -> dict[str, int]:
    """Returns the number of distinct prompts of a dataset that are in a protected set, by the set's name."""
    count = func.count(dataset_traces.c.prompt_hash.distinct())
    query = (
        select(protected_sets.c.name, count)
        .join(protected_prompts, protected_prompts.c.set_id == protected_sets.c.id)
        .join(dataset_traces, dataset_traces.c.prompt_hash == protected_prompts.c.prompt_hash)
        .where(dataset_traces.c.dataset_id == dataset_id)
        .group_by(protected_sets.c.name)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def near_prompts(session: Session, dataset_id: uuid.UUID) -> dict[str, int]:
    """Returns the number of near duplicates in a dataset that comparisons have found, by the set's name."""
    query = (
        select(protected_sets.c.name, protected_comparisons.c.near_count)
        .join(protected_comparisons, protected_comparisons.c.set_id == protected_sets.c.id)
        .where(protected_comparisons.c.dataset_id == dataset_id, protected_comparisons.c.near_count > 0)
    )
    return {row[0]: row[1] for row in await session.execute(query)}
