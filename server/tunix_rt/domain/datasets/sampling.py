"""Sampling: yields the traces of a recipe in the order in which they become members."""

from __future__ import annotations

import random
import struct
from array import array
from collections.abc import AsyncGenerator, Callable, Sequence
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

FACT_COUNT = 1 + len(FACTS)
PACKED = struct.Struct("<32s32sIII")
"""The packed facts of a trace: SHA-256 of content and prompt, steps, characters, and the number of its source."""

SLACK = 20_000
RANK_BYTES, ID_BYTES = 8, 16
HELD_TRACES = 50_000
"""The maximum number of chosen traces whose facts are held in memory, within a request."""
READ_WHOLE_WITHIN = 4
"""Traces per chosen one up to which the facts of all are read at once instead of those of the chosen afterwards."""


def sample_traces(
    database: Database, recipe: Sampling, rows: int = PAGE_ROWS, held: int = HELD_TRACES
) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the facts of the selected traces, page by page, in the members' order.

    Args:
        rows: the maximum of a page.
        held: the maximum number of traces of a RANDOM sampling whose facts are held in memory.

    Raises:
        Conflict: traces were deleted between two reads of a RANDOM_SAMPLE.
    """
    if recipe.strategy is Strategy.RANDOM:
        return random_traces(database, recipe, rows, held)
    sample = latest_traces if recipe.strategy is Strategy.LATEST else random_sample
    return sample(database, recipe, rows)


async def latest_traces(database: Database, recipe: Sampling, rows: int) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the first ``limit`` traces in the selection's order."""
    left = recipe.limit
    async for page in pages(database, recipe.selection, FACTS, min(left, rows)):
        yield page[:left]
        left -= len(page)
        if left <= 0:
            return


async def random_traces(
    database: Database, recipe: Sampling, rows: int, held: int
) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the ``limit`` traces of the lowest ranks, by rank; a rank depends only on the trace's id and the seed.

    So the choice between two traces does not depend on others, and a larger limit only adds traces. Holds about 65
    bytes of memory for each chosen trace, or 150 if their facts are held: then no trace is read a second time, which
    takes longer than everything else, since their order has nothing to do with their order in the table.
    """
    maximum = READ_WHOLE_WITHIN * recipe.limit
    total = await count_selected(database, recipe.selection, maximum + 1)
    if total <= maximum and min(total, recipe.limit) <= held:
        packing = FactsPacking()
        best = await lowest_ranks(database, recipe, rows, FACTS, packing.pack)
        for start in range(0, len(best), rows):
            yield [packing.unpack(found) for found in best[start : start + rows]]
        return
    best = await lowest_ranks(database, recipe, rows, (), lambda _: b"")
    for start in range(0, len(best), rows):
        yield await facts_of(database, [found[RANK_BYTES:].hex() for found in best[start : start + rows]])


async def lowest_ranks(
    database: Database, recipe: Sampling, rows: int, columns: Sequence[Any], pack: Callable[[Any], bytes]
) -> list[bytes]:
    """Returns rank, id and packed columns of the ``limit`` traces of the lowest ranks, by rank."""
    best: list[bytes] = []
    key = str(recipe.seed).encode()
    async for page in pages(database, recipe.selection, columns, rows):
        best.extend([rank_and_id(row[0], key) + pack(row) for row in page])
        if len(best) > recipe.limit + SLACK:
            best = sorted(best)[: recipe.limit]
    best.sort()
    del best[recipe.limit :]
    return best


class FactsPacking:
    """Packs the facts of traces to 76 bytes each; a source, which many traces share, is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {}
        self._sources: list[str | None] = []

    def pack(self, facts: Facts) -> bytes:
        """Returns the facts after the id as bytes."""
        _, content, prompt, steps, chars, source = facts[:FACT_COUNT]
        number = self._numbers.setdefault(source, len(self._sources))
        if number == len(self._sources):
            self._sources.append(source)
        return PACKED.pack(bytes.fromhex(content), bytes.fromhex(prompt), steps, chars, number)

    def unpack(self, record: bytes) -> Facts:
        """Returns the facts of a rank, an id and packed facts."""
        content, prompt, steps, chars, number = PACKED.unpack_from(record, RANK_BYTES + ID_BYTES)
        identity = record[RANK_BYTES : RANK_BYTES + ID_BYTES].hex()
        return identity, content.hex(), prompt.hex(), steps, chars, self._sources[number]


def rank_and_id(trace_id: str, key: bytes) -> bytes:
    """Returns a trace's rank (BLAKE2b of its 16 id bytes, 64 bits, keyed by the seed's decimal digits), then its id."""
    identity = bytes.fromhex(trace_id)
    return blake2b(identity, digest_size=RANK_BYTES, key=key).digest() + identity


async def random_sample(database: Database, recipe: Sampling, rows: int) -> AsyncGenerator[Sequence[Facts], None]:
    """Yields the traces that ``random.Random(seed).sample`` picks from the newest-first list, in its order.

    Raises:
        Conflict: as ``sample_traces`` does.
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
