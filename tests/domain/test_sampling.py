"""Samplings: each strategy gives the traces that the documentation defines, in its order, in pages of any number."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from hashlib import blake2b

import pytest
from sqlalchemy import select

from tests.support.factories import insert_rows, population
from tunix_rt.db.columns import id_text
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets import sampling
from tunix_rt.domain.datasets.recipes import Sampling, Strategy
from tunix_rt.domain.datasets.sampling import FACTS, Facts, rank_and_id, sample_traces
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import Conflict

TRACES, SEED = 60, 7
RANKS = ["000c3dc7929af664", "c88fc0f755ba589c", "9c0417cd91dc930b"]
"""Of the ids 0, 1 and 2 with this seed."""


@pytest.fixture
async def filled(database: Database) -> Database:
    """A database of traces, some without a source."""
    async with database.write() as session:
        await insert_rows(session, *population(5, TRACES))
    return database


async def sampled(
    database: Database, limit: int, held: int = TRACES, strategy: Strategy = Strategy.RANDOM
) -> list[Facts]:
    """Returns the traces of a sampling, read in small pages."""
    recipe = Sampling(TraceSelection(), strategy, None if strategy is Strategy.LATEST else SEED, limit)
    return [tuple(row)[: 1 + len(FACTS)] async for page in sample_traces(database, recipe, 7, held) for row in page]


async def by_rank(database: Database) -> Sequence[Facts]:
    """Returns all traces by the rank that the documentation defines."""
    async with database.read() as session:
        found = (await session.execute(select(id_text(traces.c.id, database.kind), *FACTS))).all()
    return [tuple(row) for row in sorted(found, key=lambda row: rank_and_id(row[0], str(SEED).encode()))]


async def newest_first(database: Database) -> Sequence[Facts]:
    """Returns all traces, the newest first."""
    query = select(id_text(traces.c.id, database.kind), *FACTS).order_by(traces.c.created_at.desc(), traces.c.id.desc())
    async with database.read() as session:
        return [tuple(row) for row in (await session.execute(query)).all()]


async def test_the_latest_are_the_first_of_the_selection(filled: Database):
    expected = await newest_first(filled)

    for limit in (1, 6, 7, 8, 14, TRACES - 1, TRACES, 1000):
        assert await sampled(filled, limit, strategy=Strategy.LATEST) == expected[:limit]


async def test_a_random_sample_is_that_of_pythons_generator(filled: Database):
    expected = await newest_first(filled)

    for limit in (1, 8, TRACES, 1000):
        chosen = random.Random(SEED).sample(range(TRACES), min(limit, TRACES))  # noqa: S311
        assert await sampled(filled, limit, strategy=Strategy.RANDOM_SAMPLE) == [expected[place] for place in chosen]


async def test_a_random_sample_of_traces_that_were_deleted_meanwhile_is_refused(
    filled: Database, monkeypatch: pytest.MonkeyPatch
):
    async def counted_before(*_: object) -> int:
        return TRACES + 1

    monkeypatch.setattr(sampling, "count_selected", counted_before)

    with pytest.raises(Conflict, match="Traces were deleted during sampling"):
        await sampled(filled, TRACES + 1, strategy=Strategy.RANDOM_SAMPLE)


def test_a_rank_is_the_keyed_hash_of_the_id():
    """The documentation defines it, so that others can compute a selection, and later versions have the same one."""
    found = [rank_and_id(uuid.UUID(int=number).hex, str(SEED).encode()) for number in range(3)]

    for number, record in enumerate(found):
        identity = number.to_bytes(16, "big")
        assert record == blake2b(identity, digest_size=8, key=b"7").digest() + identity
    assert [record[:8].hex() for record in found] == RANKS


@pytest.mark.parametrize("limit", [1, 20, TRACES, 1000])
async def test_held_facts_are_those_that_would_be_read(filled: Database, limit: int):
    expected = (await by_rank(filled))[:limit]

    assert await sampled(filled, limit, held=TRACES) == expected
    assert await sampled(filled, limit, held=0) == expected
    assert None in {row[-1] for row in await by_rank(filled)}


@pytest.mark.parametrize("limit", [1, 10, 50])
async def test_what_is_dropped_while_traces_are_read_is_never_among_the_lowest_ranks(
    filled: Database, monkeypatch: pytest.MonkeyPatch, limit: int
):
    kept: list[int] = []

    def counted(best: Sequence[bytes]) -> list[bytes]:
        kept.append(len(best))
        return sorted(best)

    monkeypatch.setattr(sampling, "SLACK", 2)
    monkeypatch.setattr(sampling, "sorted", counted, raising=False)

    assert await sampled(filled, limit, held=TRACES) == (await by_rank(filled))[:limit]
    assert kept
    assert max(kept) <= limit + 2 + 7


@pytest.mark.parametrize(
    ("limit", "held", "again"),
    [(TRACES, TRACES, False), (TRACES, TRACES - 1, True), (15, 15, False), (14, 60, True), (1000, TRACES, False)],
)
async def test_traces_are_read_twice_if_they_are_too_many_or_few_of_all(
    filled: Database, monkeypatch: pytest.MonkeyPatch, limit: int, held: int, again: bool
):
    read: list[str] = []
    facts_of = sampling.facts_of

    async def observed(database: Database, ids: Sequence[str]) -> Sequence[Facts]:
        read.extend(ids)
        return await facts_of(database, ids)

    monkeypatch.setattr(sampling, "facts_of", observed)

    assert len(await sampled(filled, limit, held)) == min(limit, TRACES)
    assert bool(read) is again
