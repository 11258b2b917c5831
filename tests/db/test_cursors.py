"""Cursors: what they pack comes out again as the column's own type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column

from tunix_rt.db.identity import new_id
from tunix_rt.db.models import scores, traces
from tunix_rt.db.paging import SortOrder, Term

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
