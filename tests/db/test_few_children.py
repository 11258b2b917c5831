"""Pages of few children are read without ranking, those of many with it, and both have the same rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.factories import insert_rows, score_row, trace_row
from tests.support.traces import on_sqlite
from tunix_rt.db import pages
from tunix_rt.db.children import few
from tunix_rt.db.models import scores
from tunix_rt.db.pages import PageBounds, plain_child_pages
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Database
from tunix_rt.db.weighing import ReadBudget

pytestmark = on_sqlite
BY_SCORE = SortOrder.of([Term(scores.c.score, descending=True)], scores.c.id)


@pytest.fixture
async def parents(database: Database) -> list[Any]:
    """Traces with 0 to 4 scores, of which some are equal."""
    traces = [trace_row(seconds=float(second)) for second in range(5)]
    given = [score_row(trace["id"], score=number // 2) for place, trace in enumerate(traces) for number in range(place)]
    async with database.write() as session:
        await insert_rows(session, traces, given)
    return [trace["id"] for trace in traces]


async def read(database: Database, parents: list[Any], column: Any, rows: int, *, backward: bool, after: Any) -> Any:
    """The pages of all parents."""
    bounds = PageBounds(rows, ReadBudget(100_000), after)
    async with database.read() as session:
        return await plain_child_pages(
            session, scores.c.trace_id, parents, [column, scores.c.id], BY_SCORE, backward=backward, bounds=bounds
        )


@pytest.mark.parametrize("rows", [1, 2, 10])
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("starts", [False, True])
async def test_few_children_are_those_of_ranked_pages(
    database: Database, parents: list[Any], monkeypatch: pytest.MonkeyPatch, rows: int, backward: bool, starts: bool
):
    found = {}
    first = await read(database, parents, scores.c.score, 10, backward=False, after=None)
    after = tuple(first[parents[4]][1])[:2] if starts else None
    for spare in (1000, -1000):
        monkeypatch.setattr(few, "SPARE_ROWS", spare)
        pages_found = await read(database, parents, scores.c.score, rows, backward=backward, after=after)
        found[spare] = {parent: [tuple(row)[:2] for row in page] for parent, page in pages_found.items()}

    assert found[1000] == found[-1000]
    assert max(map(len, found[1000].values())) <= rows
    assert any(found[1000].values())


async def test_only_many_children_are_ranked(database: Database, parents: list[Any], monkeypatch: pytest.MonkeyPatch):
    ranked: list[Any] = []
    prepared_children = pages.prepared_children

    def observed(*arguments: Any, **options: Any) -> Any:
        ranked.append(arguments)
        return prepared_children(*arguments, **options)

    monkeypatch.setattr(pages, "prepared_children", observed)
    await read(database, parents, scores.c.score, 2, backward=False, after=None)
    assert not ranked

    monkeypatch.setattr(few, "SPARE_ROWS", -1)  # 10 children, and room for 9
    await read(database, parents, scores.c.score, 2, backward=False, after=None)
    assert len(ranked) == 1


async def test_children_with_long_texts_are_ranked_and_weighed(
    database: Database, parents: list[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(few, "prepared_few", None)
    found = await read(database, parents, scores.c.rationale, 2, backward=False, after=None)

    assert [len(page) for page in found.values()] == [0, 1, 2, 2, 2]
