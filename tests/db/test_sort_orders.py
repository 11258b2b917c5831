"""Orders of rows: in both directions, the rows beyond each row are those that follow it, with nulls last."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from tunix_rt.db.paging import SortOrder, Term

ROWS = Table("rows", MetaData(), Column("id", Integer, primary_key=True), Column("a", Integer, nullable=False))
ROWS.append_column(Column("b", Integer))
VALUES: list[dict[str, Any]] = [
    {"id": number, "a": a, "b": b} for number, (a, b) in enumerate(product((1, 2), (None, 1, 2, 1)))
]


def key_of(order: SortOrder, row: dict[str, Any]) -> tuple[Any, ...]:
    """Returns the key by which Python sorts a row in an order: nulls last, whatever the direction."""
    signs = [(row[term.column.key], -1 if term.descending else 1) for term in order.terms]
    return tuple((value is None, 0 if value is None else sign * value) for value, sign in signs)


@pytest.mark.parametrize("terms", ["", "+a", "-a", "-b", "+b-a", "-a+id", "-a-b", "+b+a-id"])
def test_rows_beyond_a_row_are_those_that_follow_it(terms: str):
    pairs = [part.partition(" ") for part in terms.replace("+", ";+ ").replace("-", ";- ").split(";") if part]
    order = SortOrder.of([Term(ROWS.c[name], sign == "-") for sign, _, name in pairs], ROWS.c.id)
    forward = [tuple(row.values()) for row in sorted(VALUES, key=lambda row: key_of(order, row))]
    places = [list(VALUES[0]).index(column.key) for column in order.columns]
    with create_engine("sqlite://").begin() as connection:
        ROWS.create(connection)
        connection.execute(insert(ROWS), VALUES)
        for backward, listed in ((False, forward), (True, forward[::-1])):
            query = select(ROWS).order_by(*order.clauses(backward=backward))
            assert [tuple(row) for row in connection.execute(query)] == listed
            for place, row in enumerate(listed):
                values = [row[column] for column in places]
                conditions: list[tuple[Any, dict[str, Any]]] = [(order.beyond(values, backward=backward), {})]
                if order.uniform:
                    given = {f"after_{number}": value for number, value in enumerate(values)}
                    conditions.append((order.beyond_parameters(backward=backward), given))
                for condition, parameters in conditions:
                    found = connection.execute(query.where(condition), parameters)
                    assert [tuple(one) for one in found] == listed[place + 1 :]
