"""Arrays of children, which a page's statement returns with its rows on PostgreSQL."""

from __future__ import annotations

import re

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from tunix_rt.db.children.arrays import ChildArrays, prepared_with_children
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import SortOrder, Term

NEWEST = SortOrder.of([Term(traces.c.created_at, descending=True)], traces.c.id)
BY_SCORER = SortOrder.of([Term(scores.c.scorer, descending=False)], scores.c.id)


@pytest.mark.parametrize(("backward", "direction"), [(False, "ASC"), (True, "DESC")])
def test_each_array_states_the_order_of_its_children(backward: bool, direction: str):
    """PostgreSQL mostly aggregates a subquery's rows in their order, but promises an order to the aggregate's own."""
    children = ChildArrays(scores.c.trace_id, (scores.c.scorer, scores.c.score), (), BY_SCORER, backward, rows=3)
    prepared = prepared_with_children(
        (traces.c.id,), traces.c.id, NEWEST, (children.shape,), backward=False, after=False
    )

    sql = str(prepared._statement.compile(dialect=dialect()))

    arrays = re.findall(r"array_agg\(([^)]*)\)", sql)
    assert len(arrays) == 2
    stated = re.compile(rf"\w+\.\w+ ORDER BY \w+\.scorer {direction}, \w+\.id {direction}")
    assert all(stated.fullmatch(array) for array in arrays)
