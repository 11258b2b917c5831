"""Sampling: yields the traces of a recipe in the order in which they become members."""

from __future__ import annotations

import random
from array import array
from collections.abc import AsyncGenerator, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias

from sqlalchemy import select

from tunix_rt.db.columns import id_text
from tunix_rt.db.membership import among_id_texts
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.recipes import Sampling, Strategy
from tunix_rt.domain.traces.selection import PAGE_ROWS, count_selected, pages
from tunix_rt.errors import Conflict

FACTS = (
    traces.c.content_hash,
    traces.c.prompt_hash,
    traces.c.step_count,
    traces.c.char_count,
    traces.c.source,
)
"""The columns that a dataset reads of each trace after its id, in this order; the payload is not read."""

Facts: TypeAlias = Sequence[Any]
"""The facts of one trace, by position; the id as 32 hex digits."""

SLACK = 20_000
ID_BYTES = 16


def sample_traces(database: Database, recipe: Sampling, rows: int = PAGE_ROWS) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the facts of the selected traces, page by page, in the members' order.

    Args:
        rows: the maximum of a page.

    Raises:
        Conflict: traces were deleted between two reads of a RANDOM_SAMPLE.
    """
    return STRATEGIES[recipe.strategy](database, recipe, rows)


async def latest_traces(database: Database, recipe: Sampling, rows: int) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the first ``limit`` traces in the selection's order."""
    left = recipe.limit
    async for page in pages(database, recipe.selection, FACTS, min(left, rows)):
        yield page[:left]
        left -= len(page)
        if left <= 0:
            return


async def random_traces(database: Database, recipe: Sampling, rows: int) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the ``limit`` traces of the lowest ranks, by rank; a rank depends only on the trace's id and the seed.

    So the choice between two traces does not depend on others, and a larger limit only adds traces. Holds about 65
    bytes of memory for each chosen trace.
    """
    best: list[bytes] = []
    key = str(recipe.seed).encode()
    async for page in pages(database, recipe.selection, rows=rows):
        best.extend(rank_and_id(row[0], key) for row in page)
        if len(best) > recipe.limit + SLACK:
            best = sorted(best)[: recipe.limit]
    best.sort()
    del best[recipe.limit :]
    for start in range(0, len(best), rows):
        yield await facts_of(database, [found[-ID_BYTES:].hex() for found in best[start : start + rows]])


def rank_and_id(trace_id: str, key: bytes) -> bytes:
    """Returns a trace's rank (BLAKE2b of its 16 id bytes, 64 bits, keyed by the seed's decimal digits), then its id."""
    identity = bytes.fromhex(trace_id)
    return blake2b(identity, digest_size=8, key=key).digest() + identity


async def random_sample(database: Database, recipe: Sampling, rows: int) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the traces that ``random.Random(seed).sample`` picks from the newest-first list, in its order.

    Raises:
        Conflict: as ``sample_traces``.
    """
    total = await count_selected(database, recipe.selection)
    chance = random.Random(recipe.seed)  # noqa: S311 - the original application's generator
    positions = array("q", chance.sample(range(total), min(total, recipe.limit)))
    chosen = await ids_at(database, recipe, positions, rows)
    for start in range(0, len(chosen), rows):
        yield await facts_of(database, chosen[start : start + rows])


async def ids_at(database: Database, recipe: Sampling, positions: Sequence[int], rows: int) -> list[str]:
    """Returns the ids at the given positions of the newest-first list; raises as ``sample_traces`` does."""
    wanted = sorted((position, index) for index, position in enumerate(positions))
    found: list[str | None] = [None] * len(positions)
    start = cursor = 0
    async for page in pages(database, recipe.selection, rows=rows):
        while cursor < len(wanted) and wanted[cursor][0] < start + len(page):
            position, index = wanted[cursor]
            found[index] = page[position - start][0]
            cursor += 1
        start += len(page)
        if cursor == len(wanted):
            break
    chosen = [trace_id for trace_id in found if trace_id is not None]
    if len(chosen) < len(positions):
        raise Conflict("Traces were deleted during sampling; try again.")
    return chosen


async def facts_of(database: Database, ids: Sequence[str]) -> Sequence[Facts]:
    """Returns the facts of traces in the order of ``ids``, without traces that were deleted in the meantime."""
    query = select(id_text(traces.c.id, database.kind), *FACTS).where(among_id_texts(traces.c.id, ids, database.kind))
    async with database.read() as session:
        found = {row[0]: row for row in (await session.execute(query)).all()}
    return [found[trace_id] for trace_id in ids if trace_id in found]


STRATEGIES = {Strategy.LATEST: latest_traces, Strategy.RANDOM: random_traces, Strategy.RANDOM_SAMPLE: random_sample}
