"""Listings: pages of all rows of a noun or of each parent's children, and rows by id."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import chain
from typing import Any

from sqlalchemy import Column, ColumnElement

from tunix_rt.api.context import Context
from tunix_rt.api.execution.columns import ListColumns, ObjectColumns, attribute_of, join
from tunix_rt.api.execution.plan import Call
from tunix_rt.api.execution.selection import Selection
from tunix_rt.api.filtering.operators import predicate_of
from tunix_rt.api.lists.shape import Shape
from tunix_rt.api.relay.connection import Connection, Page, connections
from tunix_rt.db.bulk import chunks
from tunix_rt.db.by_id import rows_by_id
from tunix_rt.db.pages import (
    PageBounds,
    child_counts,
    child_pages,
    counting,
    joined_counts,
    joined_pages,
    page_rows,
    plain_child_pages,
    plain_joined_pages,
)
from tunix_rt.db.paging import OrderColumn, SortOrder, Term
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ReadBudget
from tunix_rt.domain.filtering.predicates import Predicate, check, is_everything
from tunix_rt.domain.filtering.sql import Filterable, compile_predicate
from tunix_rt.errors import BadCursor, BadUserInput, within

NODE_PATHS = (("nodes",), ("edges", "node"))
CURSORS = frozenset({"startCursor", "endCursor"})
ORDER_MAX = 5
BYTES_AT_ONCE = 2_000_000
ROWS_AT_ONCE = 5000
"""Rows that are read by one statement and converted to objects without a pause: about 25 milliseconds."""


@dataclass(frozen=True, eq=False)
class Listing:
    """The definition of the lists of one noun.

    Args:
        name: the GraphQL type's name, which its ids carry.
        shape: the columns and fields of its rows.
        identity: its id column.
        filterable: the fields that its filters may use.
        where: its filter input type.
        order: its order input type, whose fields' values are column names.
        default: the order if none is given.
        term: the term of an element of ``orderBy``; None if its field's value is always a column's name.
    """

    name: str
    shape: Shape[Any]
    identity: Column[Any]
    filterable: Filterable
    where: type
    order: type
    default: tuple[Term, ...]
    term: Callable[[Any], Term | None] | None = None

    @property
    def node(self) -> type:
        """The rows' GraphQL type."""
        return self.shape.make

    def listing(self) -> Listing:
        """Returns this listing, as ``NamedListing.listing`` returns its own."""
        return self

    def order_of(self, order_by: Sequence[Any] | None) -> SortOrder:
        """Returns the total order of an ``orderBy``.

        Raises:
            BadUserInput: it has too many terms, or a malformed one.
        """
        if order_by is not None and len(order_by) > ORDER_MAX:
            raise BadUserInput(f"orderBy has at most {ORDER_MAX} terms; it has {len(order_by)}.", ["orderBy"])
        return self._order(tuple(self.term_of(part) for part in order_by or ()))

    def term_of(self, part: Any) -> Term:
        """Returns the term of an element of ``orderBy``; raises as ``order_of`` does."""
        special = None if self.term is None else self.term(part)
        return special or Term(self.shape.table.c[part.field.value], part.direction.value == "desc")

    @lru_cache(maxsize=1000)  # noqa: B019 - a listing lives as long as its module
    def _order(self, terms: tuple[Term, ...]) -> SortOrder:
        return SortOrder.of(terms or self.default, self.identity)

    def predicate_of(self, where: Any) -> Predicate:
        """Returns the checked predicate of a ``where``."""
        return check(predicate_of(where))

    def conditions(self, where: Any, kind: str, *, joined: bool = False) -> list[ColumnElement[bool]]:
        """Returns the SQL conditions of a ``where``.

        Args:
            joined: whether the rows are looked up by those of another table; see ``Filterable.joined``.
        """
        predicate = self.predicate_of(where)
        noun = (self.filterable.joined if joined else None) or self.filterable
        return [] if is_everything(predicate) else [compile_predicate(predicate, noun, kind)]


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
        after = None if page.cursor is None else place_of(page.cursor, order, start)
        until = (
            [] if page.until is None else [order.beyond(place_of(page.until, order, end), backward=not page.backward)]
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
    def places(self) -> list[int]:
        """The positions of the order's columns in ``columns``."""
        names = [column.name for column in self.columns]
        return [names.index(column.name) for column in self.order.columns]

    @cached_property
    def needs_rows(self) -> bool:
        """True if more than the count is selected."""
        return self.selection.keys() != {"totalCount"}

    async def connection(self, rows: Sequence[Any], total: int | None, step: int) -> Connection[Any]:
        """Returns the connection of a single page, with objects; the arguments are those of ``connections``."""
        found: Connection[Any] = (await self.connections([rows], [total], step))[0]
        return found

    async def connections(
        self, pages: Sequence[Sequence[Any]], totals: Sequence[int | None], step: int
    ) -> ObjectColumns:
        """Returns the connections of pages, whose rows are in the direction of the page, with one row beyond it if
        there are more.

        Args:
            totals: the total count of each page; None if it was not selected.
            step: the number of rows converted to objects without a pause.
        """
        size, turn = self.page.size, -1 if self.page.backward else 1
        trimmed = [rows[:size][::turn] for rows in pages]
        flat = await columns_in_pauses(self.listing, list(chain.from_iterable(trimmed)), self.names, step)
        rows = ListColumns(flat, list(map(len, trimmed)))
        cursors = await self._cursors_in_pauses(trimmed, step)
        more = [len(found) > size for found in pages]
        return connections(rows, cursors, self.page, more, totals, self.selection.keys())

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
        places = self.places
        marked = rows if "cursor" in self.selection.at("edges") else (rows[0], rows[-1])
        return [self.order.cursor([row[place] for place in places]) for row in marked]


def place_of(cursor: str, order: SortOrder, argument: str) -> list[Any]:
    """Returns the values of a cursor, for the argument of that name; raises as ``SortOrder.values`` does."""
    try:
        return order.values(cursor)
    except BadCursor as error:
        raise within([argument], error) from None


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


async def root_page(listing: Listing, call: Call, also: Sequence[ColumnElement[bool]] = ()) -> Connection[Any]:
    """Returns ``root_pages`` as a connection with objects."""
    found: Connection[Any] = (await root_pages(listing, call, also))[0]
    return found


async def root_pages(listing: Listing, call: Call, also: Sequence[ColumnElement[bool]] = ()) -> ObjectColumns:
    """Returns a page, as the only one, of the whole list, or of the rows that satisfy further conditions.

    Args:
        also: the further conditions.
    """
    context: Context = call.context
    request = request_of(listing, call)
    if also:
        request = replace(request, conditions=[*request.conditions, *also])
    before = context.budget.reading.taken
    async with context.database.read() as session:
        rows = list(await wanted_rows(session, request, context.budget.reading)) if request.needs_rows else []
        total = None
        if "totalCount" in call.selection:
            total = (await session.execute(counting(listing.shape.table, request.conditions))).scalar_one()
    step = rows_at_once(len(rows), context.budget.reading.taken - before)
    return await request.connections([rows], [total], step)


def request_of(listing: Listing, call: Call, *, joined: bool = False) -> Request:
    """Returns the request of a call, the same object for calls with the same arguments; raises as ``Request.of``."""
    kind = call.context.database.kind
    make = partial(Request.of, listing, call.selection, kind, call.arguments, joined=joined)
    return call.remembered(f"request on {kind}", make)


async def wanted_rows(session: Session, request: Request, within: ReadBudget) -> Sequence[Any]:
    """Returns the page's rows and one more; raises ``AnswerTooLarge``."""
    return await page_rows(
        session,
        request.columns,
        [*request.conditions, *request.until],
        request.order,
        backward=request.page.backward,
        limit=request.page.size + 1,
        after=request.after,
        within=within,
    )


async def pages_of_parents(
    listing: Listing,
    parent: Column[Any],
    parents: Sequence[Any],
    call: Call,
    via: Sequence[ColumnElement[bool]] = (),
    *,
    many: bool = False,
) -> ObjectColumns:
    """Returns the same page of every parent's children.

    Args:
        via: conditions that join the children to the parent's column, if it is in another table.
        many: whether a parent may have very many children; implied by ``via``. With both, the conditions are those of
            one request.
    """
    context: Context = call.context
    request = request_of(listing, call, joined=bool(via))
    context.budget.require_objects(len(parents) * (1 + request.page.size))
    keys = attribute_of(parents, "row_id")
    ids = list(dict.fromkeys(keys))
    counts: dict[Any, int] = {}
    pages: dict[Any, list[Any]] = {}
    before = context.budget.reading.taken
    async with context.database.read() as session:
        for some in chunks(ids, max(1, ROWS_AT_ONCE // (request.page.size + 1))):
            pages |= await read_children(session, request, parent, some, context.budget.reading, via, many=many)
        if "totalCount" in call.selection:
            counting_each = joined_counts if many else child_counts
            counts = await counting_each(session, parent, ids, [*via, *request.conditions])
    step = rows_at_once(sum(map(len, pages.values())), context.budget.reading.taken - before)
    return await request.connections([pages[key] for key in keys], [counts.get(key) for key in keys], step)


async def read_children(
    session: Session,
    request: Request,
    parent: Column[Any],
    ids: Sequence[uuid.UUID],
    within: ReadBudget,
    via: Sequence[ColumnElement[bool]],
    *,
    many: bool,
) -> dict[Any, list[Any]]:
    """Returns the rows of each parent's page and one more; ``via`` and ``many`` as for ``pages_of_parents``.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    order, backward = request.order, request.page.backward
    bounds = PageBounds(request.page.size + 1, within, request.after)
    conditions = [*request.conditions, *request.until]
    if not (conditions or (via and many)) and (request.after is None or order.uniform):
        options: dict[str, Any] = {"backward": backward, "bounds": bounds}
        if via or many:
            return await plain_joined_pages(session, parent, ids, request.columns, via, order, **options)
        return await plain_child_pages(session, parent, ids, request.columns, order, **options)
    conditions = [*via, *conditions, *request.beyond]
    read_pages = joined_pages if via or many else child_pages
    return await read_pages(session, parent, ids, request.columns, conditions, order, backward=backward, bounds=bounds)


def empty_page(listing: Listing, call: Call) -> Connection[Any]:
    """Returns the page of a parent whose children are not read."""
    return request_of(listing, call).empty()


async def objects_by_id(
    listing: Listing, context: Context, ids: Sequence[uuid.UUID], names: frozenset[str]
) -> dict[uuid.UUID, Any]:
    """Returns the objects of those ids that exist."""
    if not ids:
        return {}
    columns = list(dict.fromkeys([*listing.shape.columns(names), listing.identity]))
    before = context.budget.reading.taken
    async with context.database.read() as session:
        found = await rows_by_id(session, listing.identity, ids, columns, context.budget.reading)
    step = rows_at_once(len(found), context.budget.reading.taken - before)
    objects = await columns_in_pauses(listing, list(found.values()), names, step)
    return dict(zip(found, objects, strict=True))
