"""The database's own integrity: constraints, cascades, and indexes that agree with the traces."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.factories import (
    delete_all,
    insert_rows,
    json_values,
    native_traces,
    population,
    score_row,
    texts,
    trace,
    trace_row,
)
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.filtering.predicates import Predicate, Search
from tunix_rt.domain.traces.storage import count_traces, delete_traces
from tunix_rt.errors import Conflict

TRACE_ROWS, SCORE_ROWS = population(seed=4)


async def execute(database: Database, statement: Any) -> Any:
    """Returns a statement's rows, from a separate transaction."""
    async with database.write() as session:
        result = await session.execute(text(statement) if isinstance(statement, str) else statement)
        return result.all() if result.returns_rows else None


async def size(database: Database, table: Any) -> int:
    """Returns the number of rows of a table."""
    rows = await execute(database, select(func.count()).select_from(table))
    number: int = rows[0][0]
    return number


async def fill(database: Database) -> None:
    """Stores the population."""
    async with database.write() as session:
        await insert_rows(session, TRACE_ROWS, SCORE_ROWS)


async def test_scores_go_with_their_trace(database: Database):
    await fill(database)
    gone = SCORE_ROWS[0]["trace_id"]
    theirs = [row for row in SCORE_ROWS if row["trace_id"] == gone]

    await execute(database, delete(traces).where(traces.c.id == gone))

    assert await size(database, scores) == len(SCORE_ROWS) - len(theirs)
    await execute(database, "DELETE FROM traces")
    assert await size(database, scores) == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"trace_id": uuid.UUID(int=7)},
        {"kind": "ROBOT"},
        {"step_index": -1},
        {"scorer": None},
        {"id": TRACE_ROWS[0]["id"]},
    ],
    ids=["an unknown trace", "an unknown kind", "a negative step", "no scorer", "an id twice"],
)
async def test_a_score_that_contradicts_the_constraints_is_a_conflict(database: Database, columns: dict[str, Any]):
    trace_id = TRACE_ROWS[0]["id"]
    async with database.write() as session:
        await insert_rows(session, TRACE_ROWS[:1], [score_row(trace_id, id=trace_id)])

    with pytest.raises(Conflict) as caught:
        await execute(database, insert(scores).values(score_row(trace_id) | columns))

    assert "INSERT" not in caught.value.message
    assert await size(database, scores) == 1


@pytest.mark.parametrize("columns", [{"step_count": 0}, {"step_count": 10_001}, {"char_count": 2}, {"payload": None}])
async def test_a_trace_that_contradicts_the_constraints_is_a_conflict(database: Database, columns: dict[str, Any]):
    with pytest.raises(Conflict):
        await execute(database, insert(traces).values(trace_row() | columns))

    assert await size(database, traces) == 0


async def test_the_place_of_a_deleted_trace_is_never_given_again(database: Database):
    await execute(database, insert(traces).values(trace_row()))
    [(first,)] = await execute(database, select(traces.c.seq))
    await execute(database, "DELETE FROM traces")
    await execute(database, insert(traces).values(trace_row()))

    [(second,)] = await execute(database, select(traces.c.seq))
    assert second > first


# The indexes.


async def found(database: Database, predicate: Predicate) -> int:
    """Returns the number of traces that satisfy a predicate."""
    async with database.read() as session:
        return await count_traces(session, predicate)


async def check_sqlite_indexes(database: Database) -> None:
    """Holds SQLite's indexes of words and metadata against the traces themselves."""
    await execute(database, "INSERT INTO trace_search(trace_search) VALUES ('integrity-check')")
    indexed = await execute(database, "SELECT id FROM trace_search_docsize ORDER BY id")
    rows = await execute(database, select(traces.c.seq, traces.c.meta).order_by(traces.c.seq))
    assert [row.id for row in indexed] == [row.seq for row in rows]

    kinds = {str: "string", int: "number", float: "number", bool: "boolean"}
    expected = {
        (key, kinds[type(value)], value[:200] if isinstance(value, str) else value, row.seq)
        for row in rows
        for key, value in (row.meta or {}).items()
        if type(value) in kinds
    }
    entries = await execute(database, "SELECT key, kind, value, trace_seq FROM trace_meta")
    assert len(entries) == len(expected)
    assert {tuple(entry) for entry in entries} == expected


@property_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.builds(trace_row, native_traces()), max_size=6), keep=st.lists(st.booleans(), min_size=6))
async def test_the_indexes_follow_every_insert_and_delete(database: Database, rows: list[Any], keep: list[bool]):
    for position, row in enumerate(rows):
        row["payload"] = json.dumps(trace(f"shared word{position}", meta=row["meta"]))
    async with database.write() as session:
        await delete_all(session)
        await insert_rows(session, rows)
        await delete_traces(session, [row["id"] for row, kept in zip(rows, keep, strict=False) if not kept])

    left = [position for position, _ in enumerate(rows) if keep[position]]
    assert await found(database, Search("shared")) == len(left)
    for position, _ in enumerate(rows):
        assert await found(database, Search(f"word{position}")) == (position in left)
    if database.kind == "sqlite":
        await check_sqlite_indexes(database)


META = st.dictionaries(texts(0, 4), json_values(4), max_size=4)


@property_settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(metas=st.lists(META, min_size=1, max_size=3))
async def test_the_index_of_metadata_holds_its_texts_numbers_and_booleans(sqlite_database: Database, metas: list[Any]):
    rows = [trace_row(trace(meta={key: value for key, value in meta.items() if key != "source"})) for meta in metas]
    async with sqlite_database.write() as session:
        await delete_all(session)
        await insert_rows(session, rows)

    await check_sqlite_indexes(sqlite_database)
    async with sqlite_database.write() as session:
        await delete_all(session)
    assert await execute(sqlite_database, "SELECT count(*) FROM trace_meta") == [(0,)]
    assert await execute(sqlite_database, "SELECT count(*) FROM trace_search_docsize") == [(0,)]


async def test_searches_outlive_a_vacuum(database: Database, database_url: str):
    await fill(database)
    async with database.write() as session:
        await delete_traces(session, [row["id"] for row in TRACE_ROWS[::2]])
    before = [await found(database, Search(word)) for word in ("add", "two", "résumé")]

    engine = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("VACUUM"))
    await engine.dispose()

    assert [await found(database, Search(word)) for word in ("add", "two", "résumé")] == before
    assert any(before)
    if database.kind == "sqlite":
        await check_sqlite_indexes(database)


async def test_a_long_trace_is_searched_in_its_first_100000_characters(database: Database):
    step = {"type": "t", "content": "x" * 19_999}
    steps = [step | {"i": index} for index in range(5)]
    value = trace("early " + "漢" * 30_000, steps=steps, final_answer="late")
    async with database.write() as session:
        await insert_rows(session, [trace_row(value)])

    assert await found(database, Search("early")) == 1
    assert await found(database, Search("late")) == 0
