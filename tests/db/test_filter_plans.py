"""The indexes that filters use, by the plans of both databases."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Select, select, text

from tests.benchmarks.explain import plan_of
from tunix_rt.db.models import dataset_traces, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.filtering.predicates import All, AnyOf, Compare, MetaTest, Op, Predicate, Search
from tunix_rt.domain.filtering.sql import Filterable, compile_predicate
from tunix_rt.domain.filtering.traces import TRACES

INDEXES: dict[str, tuple[Predicate, str, str]] = {
    "metadata eq": (MetaTest(("k",), Op.EQ, "a"), "SEARCH trace_meta USING PRIMARY KEY", "ix_traces_meta"),
    "metadata in": (MetaTest(("k",), Op.IN, ("a", 1, 2**60)), "SEARCH trace_meta USING PRIMARY KEY", "ix_traces_meta"),
    "source in": (
        Compare("source", Op.IN, ("a", "b")),
        "SEARCH traces USING COVERING INDEX ix_traces_source",
        "ix_traces_source",
    ),
    "search": (Search("word"), "SCAN trace_search VIRTUAL TABLE INDEX", "ix_traces_search"),
}


async def explained(database: Database, statement: Select[tuple[uuid.UUID]]) -> str:
    """The plan of a statement, on PostgreSQL that of a table which is too large to be read whole."""
    async with database.write() as session:
        if database.kind == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(await plan_of(session, statement))


@pytest.mark.parametrize("name", INDEXES)
async def test_an_index_serves_a_filter(database: Database, name: str):
    predicate, sqlite, postgresql = INDEXES[name]
    query = select(traces.c.id).where(compile_predicate(predicate, TRACES, database.kind))

    assert (sqlite if database.kind == "sqlite" else postgresql) in await explained(database, query)


@pytest.mark.parametrize("predicate", [MetaTest(("k",), Op.EQ, 1), Search("word")], ids=["metadata", "search"])
async def test_members_of_a_dataset_are_looked_up_by_their_ids(database: Database, predicate: Predicate):
    assert TRACES.joined is not None
    condition = compile_predicate(predicate, TRACES.joined, database.kind)
    mine = dataset_traces.c.dataset_id == uuid.UUID(int=1)
    query = select(traces.c.id).where(mine, dataset_traces.c.trace_id == traces.c.id, condition)

    plan = await explained(database, query)

    if database.kind == "sqlite":
        assert "SEARCH traces USING INTEGER PRIMARY KEY" not in plan, "each member would be compared with each match"
        assert "sqlite_autoindex_traces_1 (id=?)" in plan


FEW, MANY = MetaTest(("k",), Op.IN, ("a", "b")), MetaTest(("l",), Op.IN, ("c", "d", "e"))
OTHER = MetaTest(("m",), Op.EQ, 2**60)
CONJUNCTIONS = {
    "flat": All((MANY, FEW, MANY)),
    "nested": All((All((MANY, MANY)), All((FEW,)))),
    "beside a choice": All((FEW, AnyOf((MANY, OTHER)))),
}


@pytest.mark.parametrize("noun", [TRACES, TRACES.joined], ids=["traces", "members"])
@pytest.mark.parametrize("name", CONJUNCTIONS)
async def test_an_index_looks_up_no_combinations_of_lists(database: Database, name: str, noun: Filterable):
    query = select(traces.c.id).where(compile_predicate(CONJUNCTIONS[name], noun, database.kind))

    plan = await explained(database, query)

    if database.kind == "postgresql":
        conditions = [line for line in plan.splitlines() if "Index Cond" in line]
        assert ["ANY" in line and line.count("@>") == 1 for line in conditions] == [True], plan
