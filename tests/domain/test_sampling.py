"""RANDOM samplings: the same traces in the same order, whether their facts are held in memory or read afterwards."""

from __future__ import annotations

from collections.abc import Sequence

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

TRACES, SEED = 60, 7


@pytest.fixture
async def filled(database: Database) -> Database:
    """A database of traces, some without a source."""
    async with database.write() as session:
        await insert_rows(session, *population(5, TRACES))
    return database


async def sampled(database: Database, limit: int, held: int) -> list[Facts]:
    """Returns the traces of a sampling, read in small pages."""
    recipe = Sampling(TraceSelection(), Strategy.RANDOM, SEED, limit)
    return [tuple(row) async for page in sample_traces(database, recipe, 7, held) for row in page]


async def by_rank(database: Database) -> Sequence[Facts]:
    """Returns all traces by the rank that the documentation defines."""
    async with database.read() as session:
        found = (await session.execute(select(id_text(traces.c.id, database.kind), *FACTS))).all()
    return [tuple(row) for row in sorted(found, key=lambda row: rank_and_id(row[0], str(SEED).encode()))]


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
