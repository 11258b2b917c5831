"""Requests for one page of a listing: arguments checked and compiled, and rows converted to connections."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement

from tunix_rt.api.execution.columns import ListColumns, ObjectColumns, join
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.execution.selection import Selection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.relay.connection import Connection, Page, connections
from tunix_rt.db.children.arrays import ChildArrays
from tunix_rt.db.pages import filtered_page
from tunix_rt.db.paging import OrderColumn, SortOrder
from tunix_rt.db.prepared import Prepared
from tunix_rt.errors import BadCursor, within

NODE_PATHS = (("nodes",), ("edges", "node"))
NOTHING: Mapping[int, Any] = MappingProxyType({})
CURSORS = frozenset({"startCursor", "endCursor"})
BYTES_AT_ONCE = 2_000_000
ROWS_AT_ONCE = 5000
"""Rows that are read by one statement and converted to objects without a pause: about 25 milliseconds."""


@dataclass(frozen=True)
class Request:
    """The request for one page of a listing, checked and compiled."""

    listing: Listing
    selection: Selection
    order: SortOrder
    page: Page
    conditions: list[ColumnElement[bool]]
    after: list[Any] | None
    until: list[ColumnElement[bool]]

    @classmethod
    def of(
        cls, listing: Listing, selection: Selection, kind: str, arguments: dict[str, Any], *, joined: bool = False
    ) -> Request:
        """Returns the request of a field's arguments; ``joined`` as for ``Listing.conditions``.

        Raises:
            BadUserInput, BadCursor, TooCostly: an argument is malformed or exceeds its limit.
        """
        order = listing.order_of(arguments.get("order_by"))
        page = Page.of(*(arguments.get(name) for name in ("first", "after", "last", "before")))
        start, end = ("before", "after") if page.backward else ("after", "before")
        after = None if page.cursor is None else cursor_values(page.cursor, order, start)
        until = (
            []
            if page.until is None
            else [order.beyond(cursor_values(page.until, order, end), backward=not page.backward)]
        )
        conditions = listing.conditions(arguments.get("where"), kind, joined=joined)
        return cls(listing, selection, order, page, conditions, after, until)

    @cached_property
    def beyond(self) -> list[ColumnElement[bool]]:
        """Returns the condition of the page's cursors."""
        return [] if self.after is None else [self.order.beyond(self.after, backward=self.page.backward)]

    @cached_property
    def names(self) -> frozenset[str]:
        """The selected fields of the rows."""
        return self.selection.names(*NODE_PATHS)

    @cached_property
    def columns(self) -> list[OrderColumn]:
        """The columns to load: the selected fields', and the order's where cursors are wanted."""
        order = self.order.columns if self.needs_cursors else []
        return list(dict.fromkeys([*self.listing.shape.columns(self.names), *order])) or [self.listing.identity]

    @cached_property
    def needs_cursors(self) -> bool:
        """True if any cursor is selected."""
        return "cursor" in self.selection.at("edges") or not CURSORS.isdisjoint(self.selection.at("pageInfo"))

    @cached_property
    def prepared(self) -> Prepared:
        """The prepared statement of the page's rows, whose conditions have their values."""
        conditions = [*self.conditions, *self.until, *self.beyond]
        page = filtered_page(
            self.columns, conditions, self.order, backward=self.page.backward, limit=self.page.size + 1
        )
        return Prepared(page)

    @cached_property
    def positions(self) -> list[int]:
        """The positions of the order's columns in ``columns``."""
        names = [column.name for column in self.columns]
        return [names.index(column.name) for column in self.order.columns]

    @cached_property
    def needs_rows(self) -> bool:
        """True if more than the count is selected."""
        return self.selection.keys() != {"totalCount"}

    async def connection(self, rows: Sequence[Any], total: int | None, step: int) -> Connection[Any]:
        """Returns the connection of a single page, with objects; the arguments are the same as of ``connections``."""
        found: Connection[Any] = (await self.connections([rows], [total], step))[0]
        return found

    async def connections(
        self,
        pages: Sequence[Sequence[Any]],
        totals: Sequence[int | None],
        step: int,
        ahead: Mapping[int, ChildArrays] = NOTHING,
    ) -> ObjectColumns:
        """Returns the connections of pages, whose rows are in the direction of the page, with one row beyond it if
        there are more.

        Args:
            totals: the total count of each page; None if it was not selected.
            step: the number of rows converted to objects without a pause.
            ahead: the children whose arrays follow the columns of each row.
        """
        size, turn = self.page.size, -1 if self.page.backward else 1
        trimmed = [rows[:size][::turn] for rows in pages]
        every = list(chain.from_iterable(trimmed))
        flat = await columns_in_pauses(self.listing, every, self.names, step)
        if ahead and isinstance(flat, ObjectColumns):
            flat.ahead = arrays_of(every, ahead, len(self.columns))
        rows = ListColumns(flat, list(map(len, trimmed)))
        cursors = await self._cursors_in_pauses(trimmed, step)
        more = [len(found) > size for found in pages]
        return connections(rows, cursors, self.page, more, totals, self.selection.keys())

    def connections_of_arrays(self, arrays: Sequence[Sequence[Any]]) -> ObjectColumns:
        """Returns the connections of pages without cursors, whose rows were read as arrays.

        Args:
            arrays: for each column, the array of each page, None if it has no rows, in the direction of the page, with
                one row beyond it if there are more.
        """
        size, turn = self.page.size, -1 if self.page.backward else 1
        lengths = [len(page) if page else 0 for page in arrays[0]]
        values = [list(chain.from_iterable([page[:size][::turn] for page in column if page])) for column in arrays]
        flat = self.listing.shape.of_columns(values, len(values[0]), self.names)
        rows = ListColumns(flat, [min(length, size) for length in lengths])
        more, none = [length > size for length in lengths], [None] * len(lengths)
        return connections(rows, [()] * len(lengths), self.page, more, none, self.selection.keys())

    def empty(self) -> Connection[Any]:
        """Returns the connection of an empty list."""
        rows = ListColumns(self.listing.shape.by_columns([], self.names), [0])
        found: Connection[Any] = connections(rows, [()], self.page, [False], [0], self.selection.keys())[0]
        return found

    async def _cursors_in_pauses(self, pages: Sequence[Sequence[Any]], step: int) -> Sequence[Sequence[str | None]]:
        """Returns the cursors of each page; other requests run after each ``step`` rows."""
        if not self.needs_cursors:
            return [()] * len(pages)
        found, rows = [], 0
        for page in pages:
            found.append(self._cursors(page))
            rows += len(page)
            if rows >= step:
                rows = 0
                await asyncio.sleep(0)
        return found

    def _cursors(self, rows: Sequence[Any]) -> list[str | None]:
        """Returns the cursors of every row, or of the first and the last, as they are selected."""
        if not rows:
            return []
        positions = self.positions
        marked = rows if "cursor" in self.selection.at("edges") else (rows[0], rows[-1])
        return [self.order.cursor([row[position] for position in positions]) for row in marked]


def cursor_values(cursor: str, order: SortOrder, argument: str) -> list[Any]:
    """Returns the values of a cursor, for the argument of that name; raises as ``SortOrder.values`` does."""
    try:
        return order.values(cursor)
    except BadCursor as error:
        raise within([argument], error) from None


def arrays_of(rows: Sequence[Any], ahead: Mapping[int, ChildArrays], start: int) -> dict[int, list[list[Any]]]:
    """Returns the arrays of children in rows, for each column of the children a list with the array of each row.

    Args:
        start: the position of the first array in a row.
    """
    found = {}
    for key, children in ahead.items():
        end = start + len(children.columns)
        found[key] = [[row[position] for row in rows] for position in range(start, end)]
        start = end
    return found


async def columns_in_pauses(listing: Listing, rows: Sequence[Any], names: frozenset[str], step: int) -> Sequence[Any]:
    """Returns the objects of rows, by columns if its shape can; other requests run after each ``step`` of them."""
    shape = listing.shape
    parts = [shape.by_columns(rows[:step], names)]
    for start in range(step, len(rows), step):
        await asyncio.sleep(0)
        parts.append(shape.by_columns(rows[start : start + step], names))
    return join(parts)


def rows_at_once(rows: int, weight: int) -> int:
    """Returns the number of rows to convert to objects without a pause.

    Their texts are decoded meanwhile, which takes 5 milliseconds a megabyte.

    Args:
        rows: the number of rows.
        weight: their total size.
    """
    return max(1, min(ROWS_AT_ONCE, rows * BYTES_AT_ONCE // max(weight, 1)))


def request_of(listing: Listing, call: Call, *, joined: bool = False) -> Request:
    """Returns the request of a call, the same one for calls with the same arguments; raises as ``Request.of`` does."""
    kind = call.context.database.kind
    make = partial(Request.of, listing, call.selection, kind, call.arguments, joined=joined)
    return call.remember(f"request on {kind}", make)
