"""Selections: which stored traces, in which order, walked page by page over the whole table in short reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Row, func, select

from tunix_rt.db.models import traces
from tunix_rt.db.paging import Order, Term
from tunix_rt.db.session import Database
from tunix_rt.domain.filter_sql import compile_predicate
from tunix_rt.domain.filters import EVERYTHING, Predicate, is_everything
from tunix_rt.domain.trace_filters import TRACES

PAGE_ROWS = 2000
ORDERABLE = frozenset({"created_at", "step_count", "char_count", "source", "external_id", "id"})
"""The columns of traces that a selection can be ordered by."""

NEWEST_FIRST = (("created_at", True),)


class Selection(msgspec.Struct, frozen=True):
    """A filter, an order and an upper bound, so that what is stored later does not change what is selected.

    Args:
        order: column names of ``ORDERABLE``, each with whether it descends; the id is appended.
        as_of: the last ``traces.seq`` that is looked at.
    """

    where: Predicate = EVERYTHING
    order: tuple[tuple[str, bool], ...] = NEWEST_FIRST
    as_of: int = 2**63 - 1

    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """The SQL conditions of the traces selected.

        Args:
            kind: ``sqlite`` or ``postgresql``.
        """
        bound: list[ColumnElement[bool]] = [traces.c.seq <= self.as_of]
        return bound if is_everything(self.where) else [*bound, compile_predicate(self.where, TRACES, kind)]

    def total_order(self) -> Order:
        """The order with the id that makes it total.

        Raises:
            KeyError: for a column that is none of ``ORDERABLE``: a fault of this program.
        """
        columns = {name: traces.c[name] for name in ORDERABLE}
        return Order.of([Term(columns[name], descending) for name, descending in self.order], traces.c.id)


async def pages(
    database: Database, selection: Selection, columns: Sequence[Column[Any]], rows: int = PAGE_ROWS
) -> AsyncIterator[Sequence[Row[Any]]]:
    """The selected traces in order, at most ``rows`` at a time, each page read for itself.

    Each row begins with ``columns``, to be read by position. A trace that is deleted meanwhile is not met any more.
    """
    order, conditions = selection.total_order(), selection.conditions(database.kind)
    read = dict.fromkeys([*columns, *order.columns])
    found_at = {column: position for position, column in enumerate(read)}
    places = [found_at[column] for column in order.columns]
    query = select(*read).where(*conditions).order_by(*order.clauses()).limit(rows)
    place: Sequence[Any] | None = None
    while True:
        async with database.read() as session:
            found = (await session.execute(query if place is None else query.where(order.beyond(place)))).all()
        if found:
            yield found
        if len(found) < rows:
            return
        place = [found[-1][position] for position in places]


async def count_selected(database: Database, selection: Selection) -> int:
    """How many traces are selected."""
    query = select(func.count()).select_from(traces).where(*selection.conditions(database.kind))
    async with database.read() as session:
        return (await session.execute(query)).scalar_one()
