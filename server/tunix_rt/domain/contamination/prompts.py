"""Reads the distinct prompts of a dataset, in bounded memory."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Sequence

import msgspec
from sqlalchemy import func, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.storage import Prompts
from tunix_rt.domain.datasets.members import stored_members
from tunix_rt.errors import RequestTimeout

BATCH = 500
PAYLOAD_CHARS = 8_000_000


class StoredPrompt(msgspec.Struct):
    """The prompt of a stored trace; the rest is skipped during decoding."""

    prompt: str


decode_prompt = msgspec.json.Decoder(StoredPrompt).decode


def require_time(until: float | None) -> None:
    """Checks that there is time left for a comparison.

    Raises:
        RequestTimeout: the time ``until`` has passed.
    """
    if until is not None and time.monotonic() > until:
        raise RequestTimeout("Comparing the prompts took too long; use smaller datasets.")


async def distinct_prompts(database: Database, dataset_id: uuid.UUID, until: float | None) -> AsyncIterator[Prompts]:
    """Yields the distinct prompts of a dataset's stored members with the first trace of each, in batches.

    Raises:
        NotFound: the dataset was deleted.
        RequestTimeout: the time ``until`` has passed.
    """
    seen: set[bytes] = set()
    async for members in stored_members(database, dataset_id, BATCH):
        require_time(until)
        fresh = {row.prompt_hash: uuid.UUID(row.trace_id) for row in reversed(members) if row.prompt_hash not in seen}
        seen.update(fresh)
        ids = list(reversed(fresh.values()))
        for part in await parts_of(database, ids):
            yield await prompts_of(database, part)


async def parts_of(database: Database, ids: Sequence[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Splits ids into parts with at most ``PAYLOAD_CHARS`` of payloads each, without those of deleted traces."""
    query = select(traces.c.id, func.length(traces.c.payload)).where(among(traces.c.id, ids, database.kind))
    async with database.read() as session:
        sizes = {row[0]: row[1] for row in await session.execute(query)}
    parts: list[list[uuid.UUID]] = []
    left = 0
    for trace_id in (value for value in ids if value in sizes):
        if not parts or sizes[trace_id] > left:
            parts.append([])
            left = PAYLOAD_CHARS
        parts[-1].append(trace_id)
        left -= sizes[trace_id]
    return parts


async def prompts_of(database: Database, ids: Sequence[uuid.UUID]) -> Prompts:
    """Returns the prompts of traces, in the order of their ids."""
    query = select(traces.c.id, traces.c.payload).where(among(traces.c.id, ids, database.kind))
    async with database.read() as session:
        payloads = {row.id: row.payload for row in await session.execute(query)}
    return [(value, decode_prompt(payloads[value]).prompt) for value in ids if value in payloads]
