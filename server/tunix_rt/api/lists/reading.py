"""Reads pages of all rows of a noun or of each parent's children, and rows by id."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Column, ColumnElement

from tunix_rt.api.context import Context
from tunix_rt.api.execution.columns import ObjectColumns, attribute_of
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.page_request import (
    NOTHING,
    ROWS_AT_ONCE,
    Request,
    columns_in_pauses,
    request_of,
    rows_at_once,
)
from tunix_rt.api.lists.shape import Shape
from tunix_rt.api.relay.connection import Connection
from tunix_rt.db.bulk import chunks
from tunix_rt.db.by_id import rows_by_id
from tunix_rt.db.children.arrays import ChildArrays, page_with_children
from tunix_rt.db.pages import (
    PageBounds,
    child_counts,
    child_pages,
    count_query,
    joined_counts,
    joined_pages,
    page_rows,
    plain_child_pages,
    plain_joined_pages,
)
from tunix_rt.db.session import Session
from tunix_rt.db.weighing import ReadBudget


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
    ahead = readable_ahead(request, call.needs)
    before = context.budget.reading.taken
    async with context.database.read() as session:
        await require_order(request, call, session)
        if not request.needs_rows:
            rows: Sequence[Any] = []
        elif not also and is_repeated(request, call, session):
            rows = await request.prepared.rows(session, context.budget.reading)
        else:
            rows = await wanted_rows(session, request, context.budget.reading, ahead)
        total = None
        if "totalCount" in call.selection:
            total = (await session.execute(count_query(listing.shape.table, request.conditions))).scalar_one()
    step = rows_at_once(len(rows), context.budget.reading.taken - before)
    return await request.connections([rows], [total], step, ahead)


async def require_order(request: Request, call: Call, session: Session) -> None:
    """Requires, for the first page, that the rows can be sorted as wanted; raises as ``Listing.require_order`` does."""
    require, order_by = request.listing.require_order, call.arguments.get("order_by")
    if require is not None and order_by and request.page.cursor is None:
        await require(session, order_by)


def is_repeated(request: Request, call: Call, session: Session) -> bool:
    """Returns whether a page with conditions was read before by a call with the same arguments.

    Its statement is prepared then. Preparing it takes longer than executing it once, so the first call does without.
    """
    if call.memo is None or not (request.conditions or request.until):
        return False
    reads = call.memo["reads"] = call.memo.get("reads", 0) + 1
    return reads > 1 and call.remember("fits", lambda: request.prepared.fits(session.dialect))


def readable_ahead(request: Request, needs: Mapping[int, ChildArrays]) -> Mapping[int, ChildArrays]:
    """Returns the children that a page's statement reads with its rows.

    None if they could be too many for one step, or if the statement is not a prepared one.
    """
    if request.conditions or request.until or not (request.after is None or request.order.uniform):
        return NOTHING
    maximum = ROWS_AT_ONCE // (request.page.size + 1)
    return {key: children for key, children in needs.items() if (children.rows or 0) <= maximum}


async def wanted_rows(
    session: Session, request: Request, within: ReadBudget, ahead: Mapping[int, ChildArrays] = NOTHING
) -> Sequence[Any]:
    """Returns the page's rows and one more; raises ``AnswerTooLarge``.

    Args:
        ahead: the children to read with them, as arrays after the columns of each row.
    """
    limit, backward = request.page.size + 1, request.page.backward
    if ahead:
        identity, children = request.listing.identity, tuple(ahead.values())
        return await page_with_children(
            session,
            (tuple(request.columns), identity, request.order),
            children,
            backward=backward,
            limit=limit,
            after=request.after,
            within=within,
        )
    return await page_rows(
        session,
        request.columns,
        [*request.conditions, *request.until],
        request.order,
        backward=backward,
        limit=limit,
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
    pages: dict[Any, list[Any]] = {} if request.needs_rows else {key: [] for key in ids}
    before = context.budget.reading.taken
    async with context.database.read() as session:
        await require_order(request, call, session)
        for some in chunks(ids if request.needs_rows else (), max(1, ROWS_AT_ONCE // (request.page.size + 1))):
            found = await read_children(session, request, parent, some, context.budget.reading, via, many=many)
            pages = pages | found if pages else found  # each look at an id takes time
        if "totalCount" in call.selection:
            counting_each = joined_counts if many else child_counts
            counts = await counting_each(session, parent, ids, [*via, *request.conditions])
    step = rows_at_once(sum(map(len, pages.values())), context.budget.reading.taken - before)
    totals = [counts[key] for key in keys] if counts else [None] * len(keys)
    return await request.connections([pages[key] for key in keys], totals, step)


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


def pages_to_read_ahead(listing: Listing, parent: Column[Any], call: Call) -> ChildArrays | None:
    """Returns what a page's statement has to read for the same page of every row's children.

    None for pages that need more than their rows, or whose rows may be long, and on SQLite.
    """
    request = request_of(listing, call)
    if type(listing.shape) is not Shape:  # its objects are not made of columns
        return None
    conditions = request.conditions or request.until or request.after
    if call.context.database.kind != "postgresql" or conditions or request.needs_cursors:
        return None
    if "totalCount" in call.selection or not request.needs_rows:
        return None
    columns, order, page = tuple(request.columns), request.order, request.page
    found = ChildArrays(parent, columns, (), order, backward=page.backward, rows=page.size + 1)
    return found if found.is_small else None


def pages_read_ahead(listing: Listing, parents: Sequence[Any], arrays: Any, call: Call) -> ObjectColumns:
    """Returns ``pages_of_parents`` from the arrays of the children, which were read with the parents."""
    request = request_of(listing, call)
    call.context.budget.require_objects(len(parents) * (1 + request.page.size))
    return request.connections_of_arrays(arrays)


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
