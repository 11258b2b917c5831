"""Compares the prompts of two datasets."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence

import msgspec
from sqlalchemy import func, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.matching import PromptIndex
from tunix_rt.domain.contamination.storage import (
    ContaminationReport,
    Prompts,
    store_contamination,
    stored_contamination,
)
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.members import stored_members
from tunix_rt.errors import BadUserInput, RequestTimeout

EVAL_MAX = 200_000
"""The maximum number of distinct evaluation prompts, which are held in memory."""
BATCH = 500
PAYLOAD_CHARS = 8_000_000


class StoredPrompt(msgspec.Struct):
    """The prompt of a stored trace; the rest is skipped during decoding."""

    prompt: str


decode_prompt = msgspec.json.Decoder(StoredPrompt).decode


class ContaminationChecks:
    """Compares datasets in turn; a comparison that was made before is not repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    async def find(self, train_id: uuid.UUID, eval_id: uuid.UUID, until: float | None = None) -> uuid.UUID:
        """Returns the id of the comparison of two datasets, which is made if there is none yet.

        Args:
            until: the time, by the monotonic clock, at which the comparison stops.

        Raises:
            NotFound, Conflict: a dataset does not exist or is not completed; the path names its argument.
            BadUserInput: the evaluation dataset has too many prompts.
            RequestTimeout: the comparison took too long.
        """
        async with self._turn:
            async with self._database.read() as session:
                await completed_dataset(session, train_id, ["trainDatasetId"])
                await completed_dataset(session, eval_id, ["evalDatasetId"])
                known = await stored_contamination(session, train_id, eval_id)
            if known is not None:
                return known
            report = await self._compared(train_id, eval_id, until)
            async with self._database.write() as session:
                return await store_contamination(session, train_id, eval_id, report)

    async def _compared(self, train_id: uuid.UUID, eval_id: uuid.UUID, until: float | None) -> ContaminationReport:
        """Returns a new report; raises as ``find`` does."""
        index, report = PromptIndex(), ContaminationReport()
        async for prompts in distinct_prompts(self._database, eval_id, until):
            if len(index.prompts) + len(prompts) > EVAL_MAX:
                raise BadUserInput(
                    f"The evaluation dataset must have at most {EVAL_MAX:,} distinct prompts to be compared.",
                    ["evalDatasetId"],
                )
            await asyncio.to_thread(add_all, index, prompts)
        await asyncio.to_thread(index.finish)
        async for prompts in distinct_prompts(self._database, train_id, until):
            await asyncio.to_thread(report.add, index, prompts)
        await asyncio.to_thread(report.sort)
        return report


def add_all(index: PromptIndex, prompts: Prompts) -> None:
    """Adds prompts to an index."""
    for trace_id, prompt in prompts:
        index.add(trace_id, prompt)


async def distinct_prompts(database: Database, dataset_id: uuid.UUID, until: float | None) -> AsyncIterator[Prompts]:
    """Yields the distinct prompts of a dataset's stored members with the first trace of each, in batches.

    Raises:
        RequestTimeout: the time ``until`` has passed.
    """
    seen: set[bytes] = set()
    async for members in stored_members(database, dataset_id, BATCH):
        if until is not None and time.monotonic() > until:
            raise RequestTimeout("The comparison of the datasets took too long; use smaller datasets.")
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
