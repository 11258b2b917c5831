"""Compares the prompts of a dataset with the signatures of protected sets."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, delete, insert, literal, select

from tunix_rt.db.models import datasets, protected_comparisons, protected_prompts, protected_sets
from tunix_rt.db.session import Database, Session, lock_until_end
from tunix_rt.domain.contamination.prompts import distinct_prompts, require_time
from tunix_rt.domain.contamination.signatures import PromptSignature, SignatureIndex, read_signature, stored_signature
from tunix_rt.domain.contamination.storage import Prompts

BLOCK = 50_000
"""The number of training prompts whose signatures are in memory at a time, some 15 MB."""
PAGE = 10_000
"""The number of protected prompts that are in an index at a time, some 40 MB."""

Signatures: TypeAlias = dict[bytes, PromptSignature]
"""Signatures of prompts of at least eight words, by the SHA-256 of the prompt."""


async def pending_sets(session: Session, dataset_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Returns the number of signatures of each protected set that a dataset was not compared with yet."""
    made = select(protected_comparisons.c.set_id).where(protected_comparisons.c.dataset_id == dataset_id)
    query = select(protected_sets.c.id, protected_sets.c.signature_count).where(
        protected_sets.c.signature_count > 0, protected_sets.c.id.not_in(made)
    )
    return {row.id: row.signature_count for row in await session.execute(query)}


async def store_comparisons(session: Session, dataset_id: uuid.UUID, counts: Mapping[uuid.UUID, int]) -> None:
    """Stores the number of near duplicates in a dataset for each protected set that still exists."""
    await lock_until_end(session, "protected_comparisons")
    table = protected_comparisons
    for set_id, count in counts.items():
        await session.execute(delete(table).where(table.c.set_id == set_id, table.c.dataset_id == dataset_id))
        row = (
            select(protected_sets.c.id, datasets.c.id, literal(count, BigInteger))
            .join(datasets, datasets.c.id == dataset_id)
            .where(protected_sets.c.id == set_id)
        )
        await session.execute(insert(table).from_select(["set_id", "dataset_id", "near_count"], row))


async def near_duplicate_counts(
    database: Database, dataset_id: uuid.UUID, set_ids: Sequence[uuid.UUID], until: float | None
) -> dict[uuid.UUID, int]:
    """Returns the number of distinct prompts of a dataset that are near duplicates of prompts of each protected set.

    Prompts that are equal to a protected one do not count.

    Raises:
        RequestTimeout: the time ``until`` has passed.
    """
    counts: Counter[uuid.UUID] = Counter(dict.fromkeys(set_ids, 0))
    async for block in signature_blocks(database, dataset_id, until):
        for set_id in set_ids:
            counts[set_id] += await near_duplicates_in(database, block, set_id, until)
    return dict(counts)


async def signature_blocks(database: Database, dataset_id: uuid.UUID, until: float | None) -> AsyncIterator[Signatures]:
    """Yields the signatures of a dataset's distinct prompts in blocks; raises as ``distinct_prompts`` does."""
    block: Signatures = {}
    async for prompts in distinct_prompts(database, dataset_id, until):
        block |= await asyncio.to_thread(signatures_of, prompts)
        if len(block) >= BLOCK:
            yield block
            block = {}
    if block:
        yield block


def signatures_of(prompts: Prompts) -> Signatures:
    """Returns the signatures of prompts of at least eight words."""
    stored = ((prompt, stored_signature(prompt)) for _, prompt in prompts)
    return {sha256(prompt.encode()).digest(): read_signature(value) for prompt, value in stored if value is not None}


async def near_duplicates_in(database: Database, block: Signatures, set_id: uuid.UUID, until: float | None) -> int:
    """Returns the number of prompts of a block that are near duplicates of protected ones, without equal ones.

    Raises:
        RequestTimeout: the time ``until`` has passed.
    """
    remaining = dict(block)
    near: set[bytes] = set()
    async for page in protected_pages(database, set_id):
        require_time(until)
        for row in page:
            remaining.pop(row.prompt_hash, None)
            near.discard(row.prompt_hash)
        found = await asyncio.to_thread(near_among, remaining, page)
        near |= found
        for key in found:
            del remaining[key]
    return len(near)


def near_among(block: Signatures, page: Sequence[Any]) -> set[bytes]:
    """Returns the keys of a block's prompts that are near duplicates of the protected prompts of a page."""
    index = SignatureIndex(row.signature for row in page if row.signature is not None)
    return {key for key, signature in block.items() if index.has_near(signature)}


async def protected_pages(database: Database, set_id: uuid.UUID) -> AsyncIterator[Sequence[Any]]:
    """Yields the rows of a protected set's prompts in the order of their hashes, at most ``PAGE`` at a time."""
    last = b""
    columns = protected_prompts.c
    while True:
        query = (
            select(columns.prompt_hash, columns.signature)
            .where(columns.set_id == set_id, columns.prompt_hash > last)
            .order_by(columns.prompt_hash)
            .limit(PAGE)
        )
        async with database.read() as session:
            page = (await session.execute(query)).all()
        if page:
            yield page
        if len(page) < PAGE:
            return
        last = page[-1].prompt_hash
