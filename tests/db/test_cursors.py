"""Cursors: what they pack comes out again as the column's own type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column

from tunix_rt.db.identity import new_id
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.errors import BadCursor

INSTANT = datetime(2026, 11, 23, 12, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (traces.c.created_at, INSTANT),
        (traces.c.step_count, 3),
        (traces.c.source, "algebra"),
        (traces.c.source, None),
        (scores.c.score, 1.0),
        (scores.c.scored_at, INSTANT),
        (scores.c.step_index, None),
    ],
    ids=str,
)
def test_a_cursor_restores_what_it_packed(column: Column[Any], value: Any):
    order = SortOrder.of([Term(column, descending=True)], column.table.c.id)
    values = [value, new_id()]
    assert order.values(order.cursor(values)) == values


@pytest.mark.parametrize(
    ("column", "least", "most"),
    [(traces.c.step_count, -(2**31), 2**31 - 1), (traces.c.seq, -(2**63), 2**63 - 1)],
    ids=str,
)
def test_a_number_beyond_its_column_is_no_value_of_a_cursor(column: Column[Any], least: int, most: int):
    order = SortOrder.of([Term(column, descending=True)], traces.c.id)
    last = new_id()
    for value in (least, most):
        assert order.values(order.cursor([value, last])) == [value, last]
    for value in (least - 1, most + 1):
        if value >= -(2**63):  # a lower one cannot be written as JSON
            with pytest.raises(BadCursor, match="wrong type"):
                order.values(order.cursor([value, last]))
