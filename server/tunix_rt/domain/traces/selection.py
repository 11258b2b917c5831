"""Selections: which stored traces, in which order, walked page by page over the whole table in short reads."""

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
"""The columns of traces that a selection can be ordered by."""

NEWEST_FIRST = (("created_at", True),)


class TraceSelection(msgspec.Struct, frozen=True):
    """A filter, an order and an upper bound, so that what is stored later does not change what is selected.

    Args:
        order: column names of ``ORDERABLE``, each with whether it descends; the id is appended.
        as_of: the last ``traces.seq`` that is looked at.
    """

    where: Predicate = EVERYTHING
    order: tuple[tuple[str, bool], ...] = NEWEST_FIRST
    as_of: int = 2**63 - 1

    def conditions(self, kind: str) -> list[ColumnElement[bool]]:
        """Returns the SQL conditions of the traces selected.

        Args:
            kind: ``sqlite`` or ``postgresql``.
        """
        bound: list[ColumnElement[bool]] = [traces.c.seq <= self.as_of]
        return bound if is_everything(self.where) else [*bound, compile_predicate(self.where, TRACES, kind)]

    def total_order(self) -> SortOrder:
        """Returns the order with the id that makes it total.

        Raises:
            KeyError: for a column that is none of ``ORDERABLE``: an error of this program.
        """
        columns = {name: traces.c[name] for name in ORDERABLE}
        return SortOrder.of([Term(columns[name], descending) for name, descending in self.order], traces.c.id)


async def pages(
    database: Database, selection: TraceSelection, columns: Sequence[Column[Any]] = (), rows: int = PAGE_ROWS
) -> AsyncGenerator[Sequence[Row[Any]], None]:
    """Yields the selected traces in order, at most ``rows`` at a time, each page read for itself.

    Each row begins with the 32 hex digits of the trace's id and ``columns``, to be read by position. A trace that is
    deleted meanwhile is not met any more.
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


def as_stored(column: Column[Any], kind: str) -> ColumnElement[Any]:
    """Returns a column of an order as the database has it: only the values of a page's last row are wanted as
    Python's.
    """
    if column is traces.c.id:
        return id_text(column, kind)
    return type_coerce(column, Text()) if kind == "sqlite" and isinstance(column.type, UtcDateTime) else column


def of_stored(value: Any, column: Column[Any]) -> Any:
    """Returns the value that ``as_stored`` has left as it is."""
    if column is traces.c.id:
        return uuid.UUID(value)
    if isinstance(column.type, UtcDateTime) and isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value


async def count_selected(database: Database, selection: TraceSelection, most: int | None = None) -> int:
    """Returns how many traces are selected; ``most``, where that is given and reached."""
    found = select(traces.c.seq).where(*selection.conditions(database.kind)).limit(most).subquery()
    query = select(func.count()).select_from(found)
    async with database.read() as session:
        return (await session.execute(query)).scalar_one()
