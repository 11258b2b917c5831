"""Selections: a filter and an order of stored traces, read page by page in short transactions."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Row, Text, func, select, type_coerce

from tunix_rt.db.columns import UtcDateTime, id_text
from tunix_rt.db.models import traces
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Database
from tunix_rt.domain.filtering.predicates import EVERYTHING, Predicate, is_everything
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES

PAGE_ROWS = 2000
ORDERABLE = frozenset({"created_at", "step_count", "char_count", "source", "external_id", "id"})
"""The columns by which a selection can be ordered."""

NEWEST_FIRST = (("created_at", True),)


class TraceSelection(msgspec.Struct, frozen=True):
    """A filter, an order and an upper bound, so that traces stored later are not selected.

    Args:
        order: column names of ``ORDERABLE``, each with whether it is descending; the id is appended.
        as_of: the maximum ``traces.seq``.
    """

    where: Predicate = EVERYTHING
    order: tuple[tuple[str, bool], ...] = NEWEST_FIRST
    as_of: int = 2**63 - 1

    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """Returns the SQL conditions of the selected traces.

        Args:
            kind: ``sqlite`` or ``postgresql``.
        """
        bound: list[ColumnElement[bool]] = [traces.c.seq <= self.as_of]
        return bound if is_everything(self.where) else [*bound, compile_predicate(self.where, TRACES, kind)]

    def total_order(self) -> SortOrder:
        """Returns the order with the id appended, which makes it total.

        Raises:
            KeyError: a column is not in ``ORDERABLE``, which is an error of this program.
        """
        columns = {name: traces.c[name] for name in ORDERABLE}
        return SortOrder.of([Term(columns[name], descending) for name, descending in self.order], traces.c.id)


async def pages(
    database: Database, selection: TraceSelection, columns: Sequence[Column[Any]] = (), rows: int = PAGE_ROWS
) -> AsyncGenerator[Sequence[Row[Any]], None]:
    """Yields the selected traces in order, at most ``rows`` at a time, each page in its own read session.

    Each row is a tuple that begins with the 32 hex digits of the trace's id and ``columns``. A trace that is deleted
    in the meantime is skipped.
    """
    kind, order = database.kind, selection.total_order()
    read = [id_text(traces.c.id, kind), *columns, *(as_stored(column, kind) for column in order.columns)]
    query = select(*read).where(*selection.conditions(kind)).order_by(*order.clauses()).limit(rows)
    position: Sequence[Any] | None = None
    while True:
        async with database.read() as session:
            found = (await session.execute(query if position is None else query.where(order.beyond(position)))).all()
        if found:
            yield found
        if len(found) < rows:
            return
        position = [
            of_stored(value, column) for value, column in zip(found[-1][1 + len(columns) :], order.columns, strict=True)
        ]


def as_stored(column: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """Returns an order's column without conversion, since only the values of a page's last row are needed in Python."""
    if column is traces.c.id:
        return id_text(traces.c.id, kind)
    return type_coerce(column, Text()) if kind == "sqlite" and isinstance(column.type, UtcDateTime) else column


def of_stored(value: Any, column: ColumnElement[Any]) -> Any:
    """Converts a value of a column from ``as_stored`` to the column's Python type."""
    if column is traces.c.id:
        return uuid.UUID(value)
    if isinstance(column.type, UtcDateTime) and isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


async def count_selected(database: Database, selection: TraceSelection, maximum: int | None = None) -> int:
    """Returns the number of selected traces, at most ``maximum`` if that is given."""
    found = select(traces.c.seq).where(*selection.conditions(database.kind)).limit(maximum).subquery()
    query = select(func.count()).select_from(found)
    async with database.read() as session:
        return (await session.execute(query)).scalar_one()
