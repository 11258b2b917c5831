"""Rows are read within a budget: no more of them than one beyond it, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import JSON, Integer, bindparam, select

from tests.support.factories import insert_rows, trace, trace_row
from tunix_rt.db.models import METADATA, traces
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Database, Session
from tunix_rt.db.weighing import LARGE, ReadBudget, rows_up_to, rows_within
from tunix_rt.errors import AnswerTooLarge

PAGE = select(traces.c.id, traces.c.payload, traces.c.step_count).order_by(traces.c.seq)
PREPARED = Prepared(PAGE.limit(bindparam("rows", type_=Integer())))


async def store(database: Database, number: int = 20) -> None:
    """Stores traces of 10 KB each."""
    rows = [trace_row(trace(f"{place} ".ljust(10_000, "x"))) for place in range(number)]
    async with database.write() as session:
        await insert_rows(session, rows)


async def read(session: Session, budget: ReadBudget, *, prepared: bool) -> Sequence[Any]:
    """All traces, by the prepared statement or by SQLAlchemy."""
    return await PREPARED.rows(session, budget, rows=20) if prepared else await rows_within(session, PAGE, budget)


@pytest.mark.parametrize("prepared", [True, False])
async def test_reading_ends_one_row_beyond_the_budget(database: Database, prepared: bool):
    await store(database)
    budget = ReadBudget(35_000)

    async with database.read() as session:
        with pytest.raises(AnswerTooLarge, match="at most 35000 bytes"):
            await read(session, budget, prepared=prepared)

    assert 35_000 < budget.taken < 46_000


@pytest.mark.parametrize("prepared", [True, False])
async def test_rows_within_the_budget_are_those_of_the_statement(database: Database, prepared: bool):
    await store(database, 4)
    budget = ReadBudget(50_000)

    async with database.read() as session:
        plain = (await session.execute(PAGE)).all()
        found = await read(session, budget, prepared=prepared)
        again = await rows_within(session, select(traces.c.id).order_by(traces.c.seq), budget)

    assert [tuple(row)[:3] for row in found] == [tuple(row) for row in plain]
    assert [row[0] for row in again] == [row.id for row in plain]
    assert 40_000 < budget.taken < 42_000


async def test_budgets_are_used_up_by_several_statements(database: Database):
    await store(database, 3)
    budget = ReadBudget(35_000)

    async with database.read() as session:
        assert len(await rows_within(session, PAGE, budget)) == 3
        with pytest.raises(AnswerTooLarge):
            await rows_within(session, PAGE, budget)

    assert budget.taken < 52_000
    async with database.read() as session:
        assert len((await session.execute(PAGE)).all()) == 3


async def test_texts_weigh_their_bytes(database: Database):
    async with database.write() as session:
        await insert_rows(session, [trace_row(trace("é" * 10_000))])
    budget = ReadBudget(50_000)

    async with database.read() as session:
        await rows_within(session, PAGE, budget)

    assert 20_000 < budget.taken < 21_000


async def test_reference_answers_are_weighed(database: Database):
    rows = [trace_row(trace(str(number))) | {"reference_answer": "x" * 10_000} for number in range(20)]
    async with database.write() as session:
        await insert_rows(session, rows)
    budget = ReadBudget(35_000)

    async with database.read() as session:
        with pytest.raises(AnswerTooLarge):
            await rows_within(session, select(traces.c.id, traces.c.reference_answer), budget)

    assert budget.taken < 46_000


def test_every_column_of_json_is_weighed_or_known_to_be_short():
    short = {"idempotency_keys.result_ids", "run_receipts.content", "tunix_runs.read_to", "tunix_runs.tags"}
    found = {column for table in METADATA.tables.values() for column in table.c if isinstance(column.type, JSON)}

    assert {str(column) for column in found - LARGE} == short


async def test_rows_are_read_up_to_the_one_that_exceeds_a_size(database: Database):
    await store(database, 5)

    async with database.read() as session:
        expected = [row.id for row in (await session.execute(PAGE)).all()]
        for limit, size, number, more in [
            (10, 100_000, 5, False),
            (10, 25_000, 3, True),
            (10, 1, 1, True),
            (2, 100_000, 2, True),
            (5, 100_000, 5, True),
        ]:
            rows, found_more = await rows_up_to(session, PAGE, limit, size)
            assert ([row.id for row in rows], found_more) == (expected[:number], more), (limit, size)
        rows, found_more = await rows_up_to(session, select(traces.c.id).order_by(traces.c.seq), 3, 1)
        assert ([row.id for row in rows], found_more) == (expected[:3], True)
