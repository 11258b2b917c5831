"""Pages of more parents than SQLite takes arms in one statement."""

from __future__ import annotations

from tests.support.traces import on_sqlite
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import dataset_traces, datasets
from tunix_rt.db.pages import PageBounds, joined_counts, joined_pages, plain_joined_pages
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.session import Database
from tunix_rt.db.weighing import ReadBudget
from tunix_rt.domain.jobs.datasets import CONTAINING

PARENTS = 501
BY_ID = SortOrder.of([], datasets.c.id)


@on_sqlite
async def test_any_number_of_parents_is_read(database: Database):
    parents, parent = [new_id() for _ in range(PARENTS)], dataset_traces.c.trace_id
    bounds = PageBounds(5, ReadBudget(10**6))
    where = [*CONTAINING, datasets.c.name == "a"]

    async with database.read() as session:
        plain = await plain_joined_pages(
            session, parent, parents, [datasets.c.id], CONTAINING, BY_ID, backward=False, bounds=bounds
        )
        filtered = await joined_pages(
            session, parent, parents, [datasets.c.id], where, BY_ID, backward=False, bounds=bounds
        )
        counts = await joined_counts(session, parent, parents, where)

    assert plain == filtered == {one: [] for one in parents}
    assert counts == dict.fromkeys(parents, 0)
