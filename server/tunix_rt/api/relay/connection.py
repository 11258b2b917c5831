"""Connections, edges and page arguments by the Relay specification, with a maximum page size."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

import strawberry

from tunix_rt.api.execution.columns import ListColumns, ObjectColumns
from tunix_rt.api.execution.limits.operation import PAGE_DEFAULT, PAGE_MAX
from tunix_rt.api.scalars import BigInt
from tunix_rt.errors import BadUserInput

T = TypeVar("T")


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow this page. With `before`, always true.")
    has_previous_page: bool = strawberry.field(
        description="Whether rows precede this page. With `after`, always true; without it, determined only when "
        "paging backward, and otherwise false."
    )
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; null if the page is empty.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row; null if the page is empty.")


@strawberry.type(description="A row of a list together with its cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(
        description="Position of the row. Pass it as `after` or `before` of a list in the same order."
    )
    node: T = strawberry.field(description="The row.")


@strawberry.type(
    description="A page of a list. Pages are addressed by keyset cursors, so a deep page takes no longer than the "
    "first."
)
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows of this page, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The rows of this page.")
    page_info: PageInfo = strawberry.field(description="Position of this page in the list.")
    total_count: BigInt = strawberry.field(description="Number of rows in the whole list. Counted only if selected.")


@dataclass(frozen=True)
class Page:
    """The requested page of a list.

    Args:
        size: the number of rows, 0 to 500.
        cursor: the row after which the page starts, in the page's direction.
        until: the row before which it ends, if both cursors were given.
    """

    size: int
    backward: bool
    cursor: str | None
    until: str | None

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
        """Returns the page of Relay's four arguments.

        Raises:
            BadUserInput: both ``first`` and ``last`` are given, or the size is outside 0 to 500.
        """
        if first is not None and last is not None:
            raise BadUserInput("Give first or last, not both.", ["last"])
        if last is not None:
            return cls(page_size(last, "last"), True, before, after)
        return cls(page_size(PAGE_DEFAULT if first is None else first, "first"), False, after, before)


def page_size(value: int, name: str) -> int:
    """Returns ``value`` if it is a valid page size; raises as ``Page.of`` does."""
    if not 0 <= value <= PAGE_MAX:
        raise BadUserInput(f"{name} must be between 0 and {PAGE_MAX}; it is {value}.", [name])
    return value


def connections(
    rows: ListColumns,
    cursors: Sequence[Sequence[str | None]],
    page: Page,
    more: Sequence[bool],
    totals: Sequence[int | None],
    shown: Collection[str],
) -> ObjectColumns:
    """Returns the connections of pages of one request.

    Args:
        rows: the rows of each page in list order.
        cursors: their cursors; only the first and the last if the edges' cursors are not selected.
        more: whether there are rows beyond each page in its direction.
        totals: the total count of each page, if it was selected.
        shown: the selected fields; others are not set.
    """
    columns: dict[str, Sequence[Any]] = {"nodes": rows}
    if "edges" in shown:
        every = list(chain.from_iterable(cursors))
        known = every if len(every) == len(rows.flat) else [""] * len(rows.flat)
        edges = ObjectColumns(Edge, len(rows.flat), {"cursor": known, "node": rows.flat})
        columns["edges"] = ListColumns(edges, rows.lengths)
    if "pageInfo" in shown:
        further = [page.cursor is not None] * len(more)
        information = {
            "has_next_page": further if page.backward else more,
            "has_previous_page": more if page.backward else further,
            "start_cursor": [found[0] if found else None for found in cursors],
            "end_cursor": [found[-1] if found else None for found in cursors],
        }
        columns["page_info"] = ObjectColumns(PageInfo, len(more), information)
    if "totalCount" in shown:
        columns["total_count"] = totals
    return ObjectColumns(Connection, len(more), columns)
