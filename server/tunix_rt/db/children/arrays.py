"""Children as arrays: read by the statement of a page, with the page's rows.

A statement costs its round trip, a session and a list of ids, which together take longer than the children of a page.
On PostgreSQL the page's own statement can return them, with an array for each column of the children, whose values keep
the database's types. SQLite has no such arrays, and its statements need no round trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Integer, Select, Subquery, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.selectable import LateralFromClause

from tunix_rt.db.paging import OrderColumn, SortOrder, Term
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import LARGE, ReadBudget


@dataclass(frozen=True)
class ChildArrays:
    """The first children of each row of a page, by columns.

    Args:
        parent: the column of the children's table with the id of their parent.
        columns: the columns to read.
        conditions: all of them must hold for a child.
        order: the order of the children of a parent.
        rows: the maximum number of children of a parent; None for all.
    """

    parent: Column[Any]
    columns: tuple[OrderColumn, ...]
    conditions: tuple[ColumnElement[bool], ...]
    order: SortOrder
    backward: bool = False
    rows: int | None = None

    @property
    def shape(self) -> ChildArrays:
        """The same for any number of children, by which statements are cached."""
        return self if self.rows is None else replace(self, rows=0)

    @property
    def is_small(self) -> bool:
        """True if no column may have long values, which would have to be weighed."""
        return LARGE.isdisjoint(self.columns)

    def of_each(self, parents: Subquery, identity: ColumnElement[Any], number: int) -> LateralFromClause:
        """Returns the arrays of each of some parents, as the item with a number of a FROM clause.

        Args:
            identity: the column with the parents' ids.
        """
        needed = dict.fromkeys([*self.columns, *self.order.columns])
        found = select(*needed).where(self.parent == identity, *self.conditions).correlate(parents)
        found = found.order_by(*self.order.clauses(backward=self.backward))
        if self.rows is not None:
            found = found.limit(bindparam(f"rows_{number}", type_=Integer()))
        children = found.lateral()
        clauses = order_in(self.order, children).clauses(backward=self.backward)
        arrays = [
            func.array_agg(aggregate_order_by(column_in(children, column), *clauses), type_=ARRAY(column.type)).label(
                f"array_{number}_{position}"
            )
            for position, column in enumerate(self.columns)
        ]
        return select(*arrays).correlate(parents).lateral()


def column_in(rows: FromClause, column: ColumnElement[Any]) -> Any:
    """Returns the column of a subquery for one of the columns that it selects."""
    return rows.corresponding_column(column)  # type: ignore[arg-type]


def order_in(order: SortOrder, rows: FromClause) -> SortOrder:
    """Returns an order by the columns of a subquery that selects its columns."""
    return SortOrder(tuple(Term(column_in(rows, term.column), term.descending) for term in order.terms))


@lru_cache(maxsize=1000)
def prepared_with_children(
    columns: tuple[ColumnElement[Any], ...],
    identity: Column[Any],
    order: SortOrder,
    children: tuple[ChildArrays, ...],
    *,
    backward: bool,
    after: bool,
) -> Prepared:
    """Returns the query of ``pages.prepared_page`` with arrays of children after the columns of each row.

    Args:
        identity: the column with the ids of the rows.
        children: each with another parameter for its maximum, ``rows_0``, ``rows_1``, ….
    """
    needed = dict.fromkeys([*columns, *order.columns, identity])
    page: Select[Any] = select(*needed).order_by(*order.clauses(backward=backward))
    page = page.limit(bindparam("rows", type_=Integer()))
    rows = (page.where(order.beyond_parameters(backward=backward)) if after else page).subquery()
    source: Any = rows
    arrays: list[ColumnElement[Any]] = []
    for number, child in enumerate(children):
        found = child.of_each(rows, column_in(rows, identity), number)
        source = source.join(found, true())
        arrays += found.c
    statement = select(*(column_in(rows, column) for column in columns), *arrays).select_from(source)
    return Prepared(statement.order_by(*order_in(order, rows).clauses(backward=backward)))


async def page_with_children(
    session: Session,
    page: tuple[tuple[ColumnElement[Any], ...], Column[Any], SortOrder],
    children: tuple[ChildArrays, ...],
    *,
    backward: bool,
    limit: int,
    after: Sequence[Any] | None,
    within: ReadBudget | None,
) -> Sequence[Any]:
    """Returns ``pages.page_rows`` without conditions, and with arrays of children after the columns of each row.

    Args:
        page: the columns to read, the column with the rows' ids, and the order.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    shapes = tuple(child.shape for child in children)
    prepared = prepared_with_children(*page, shapes, backward=backward, after=after is not None)
    given = {f"after_{position}": value for position, value in enumerate(after or ())}
    given |= {f"rows_{number}": child.rows for number, child in enumerate(children) if child.rows is not None}
    return await prepared.rows(session, within, rows=limit, **given)
