"""Pages of a table, and of each parent's children in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    column,
    func,
    literal,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from tunix_rt.db.bulk import chunks
from tunix_rt.db.children.few import few_children
from tunix_rt.db.children.selecting import select_children
from tunix_rt.db.columns import by_stored_id
from tunix_rt.db.membership import ValueList, among
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.weighing import LARGE, ReadBudget, rows_within

ARMS_MAX = 100
"""Parents of one statement that has an arm for each.

SQLite takes 500 arms, and the values of the conditions again for each: up to a megabyte.
"""


@dataclass(frozen=True)
class PageBounds:
    """Bounds on the pages of children.

    Args:
        rows: the maximum for each parent.
        reading: the budget for the size of all rows together.
        after: the order's values in the row after which each page starts, for prepared statements; None for the first
            pages.
    """

    rows: int
    reading: ReadBudget
    after: Sequence[Any] | None = None

    @property
    def positions(self) -> dict[str, Any]:
        """The parameters of ``SortOrder.beyond_parameters``."""
        return {f"after_{position}": value for position, value in enumerate(self.after or ())}


@lru_cache(maxsize=1000)
def prepared_page(
    columns: tuple[ColumnElement[Any], ...], order: SortOrder, *, backward: bool, after: bool
) -> Prepared:
    """Returns the query of a page of the whole table, with the parameter ``rows`` and, if ``after`` is set, those of
    ``SortOrder.beyond_parameters``.
    """
    statement = select(*columns).order_by(*order.clauses(backward=backward)).limit(bindparam("rows", type_=Integer()))
    return Prepared(statement.where(order.beyond_parameters(backward=backward)) if after else statement)


async def page_rows(
    session: AsyncConnection,
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    limit: int,
    after: Sequence[Any] | None = None,
    within: ReadBudget | None = None,
) -> Sequence[Any]:
    """Returns the next ``limit`` rows in the direction of paging, nearest first, as tuples.

    Args:
        after: the order's values in the row after which the page starts.
        within: the budget for the rows' size; None for no limit.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    if not conditions and (after is None or order.uniform):
        page = prepared_page(tuple(columns), order, backward=backward, after=after is not None)
        positions = {f"after_{position}": value for position, value in enumerate(after or ())}
        return await page.rows(session, within, rows=limit, **positions)
    start = [] if after is None else [order.beyond(after, backward=backward)]
    statement = filtered_page(columns, [*conditions, *start], order, backward=backward, limit=limit)
    return await rows_within(session, statement, within)


def filtered_page(
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    limit: int,
) -> Select[Any]:
    """Returns the query of the first rows that meet all conditions, in the direction of paging."""
    return select(*columns).where(*conditions).order_by(*order.clauses(backward=backward)).limit(limit)


@lru_cache(maxsize=1000)
def prepared_children(
    kind: str,
    parent: Column[Any],
    columns: tuple[ColumnElement[Any], ...],
    order: SortOrder,
    *,
    backward: bool,
    after: bool,
) -> Prepared:
    """Returns the query of ``child_pages``, with the parameters and columns of ``select_children``, and ``rows`` for
    each parent.
    """
    position = func.row_number().over(partition_by=parent, order_by=order.clauses(backward=backward)).label("place_")
    children = select_children(kind, parent, columns, order, backward=backward, after=after)
    found = children.add_columns(position).subquery()
    wanted = [column for column in found.c if column.name != "place_"]
    return Prepared(
        select(*wanted)
        .where(found.c.place_ <= bindparam("rows", type_=Integer()))
        .order_by(found.c.parent_, found.c.place_)
    )


async def plain_child_pages(
    session: AsyncConnection,
    parent: Column[Any],
    parent_ids: Sequence[uuid.UUID],
    columns: Sequence[ColumnElement[Any]],
    order: SortOrder,
    *,
    backward: bool,
    bounds: PageBounds,
) -> dict[uuid.UUID, list[Any]]:
    """Returns ``child_pages`` without conditions, by a prepared statement.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    kind, parent_index, positions = session.dialect.name, len(columns), bounds.positions
    grouped: dict[uuid.UUID, list[Any]] = {parent_id: [] for parent_id in parent_ids}
    stored = by_stored_id(grouped, kind)
    rows: Sequence[Any] | None = None
    if kind == "sqlite" and LARGE.isdisjoint(columns):
        options: dict[str, Any] = {"backward": backward, "rows": bounds.rows, "positions": positions}
        rows = await few_children(session, parent, parent_ids, columns, order, **options)
    if rows is None:
        page = prepared_children(kind, parent, tuple(columns), order, backward=backward, after=bounds.after is not None)
        rows = await page.rows(session, bounds.reading, ids=parent_ids, rows=bounds.rows, **positions)
    for row in rows:
        found = stored[row[parent_index]]
        if len(found) < bounds.rows:
            found.append(row)
    return grouped


@lru_cache(maxsize=1000)
def prepared_joined(
    parents: int | None,
    parent: Column[Any],
    columns: tuple[ColumnElement[Any], ...],
    via: tuple[ColumnElement[bool], ...],
    order: SortOrder,
    *,
    backward: bool,
    after: bool,
) -> Prepared:
    """Returns the query of ``joined_pages`` with the parameter ``rows``, the parents' ids and, if ``after`` is set,
    those of ``SortOrder.beyond_parameters``. Its last column is the parent's id.

    Args:
        parents: the number of parents, with the parameters ``parent_0``, ``parent_1``, …; None for PostgreSQL, where
            they are one parameter, ``ids``, and the pages a lateral join.
    """
    start = [order.beyond_parameters(backward=backward)] if after else []
    limit, clauses = bindparam("rows", type_=Integer()), order.clauses(backward=backward)
    if parents is None:
        ids = bindparam("ids", type_=ValueList(parent.type))
        asked = func.unnest(ids, type_=parent.type).table_valued(column("parent_", parent.type), name="asked_")
        asked = asked.render_derived()
        page = select(*columns).where(parent == asked.c.parent_, *via, *start).order_by(*clauses).limit(limit)
        found = page.lateral("page_")
        return Prepared(select(*found.c, asked.c.parent_).select_from(asked.join(found, true())))
    arms = []
    for number in range(parents):
        one = bindparam(f"parent_{number}", type_=parent.type)
        page = select(*columns, type_coerce(one, parent.type).label("parent_")).where(parent == one, *via, *start)
        arms.append(select(page.order_by(*clauses).limit(limit).subquery()))
    return Prepared(arms[0] if parents == 1 else select(union_all(*arms).subquery()))


async def plain_joined_pages(
    session: AsyncConnection,
    parent: Column[Any],
    parent_ids: Sequence[Any],
    columns: Sequence[ColumnElement[Any]],
    via: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    bounds: PageBounds,
) -> dict[Any, list[Any]]:
    """Returns ``joined_pages`` without conditions but the join's, by a prepared statement.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    at_once, parent_index = session.dialect.name == "postgresql", len(columns)
    grouped: dict[Any, list[Any]] = {parent_id: [] for parent_id in parent_ids}
    for some in [parent_ids] if at_once else chunks(parent_ids, ARMS_MAX):
        page = prepared_joined(
            None if at_once else len(some),
            *(parent, tuple(columns), tuple(via), order),
            backward=backward,
            after=bounds.after is not None,
        )
        given = {"ids": some} if at_once else {f"parent_{number}": one for number, one in enumerate(some)}
        for row in await page.rows(session, bounds.reading, rows=bounds.rows, **given, **bounds.positions):
            grouped[row[parent_index]].append(row)
    return grouped


async def child_pages(
    session: AsyncConnection,
    parent: Column[Any],
    parent_ids: Sequence[Any],
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    bounds: PageBounds,
) -> dict[Any, list[Row[Any]]]:
    """Returns each parent's next children in the direction of paging, nearest first, in one statement.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    position = func.row_number().over(partition_by=parent, order_by=order.clauses(backward=backward)).label("place_")
    ranked = (
        select(*columns, parent.label("parent_"), position)
        .where(among(parent, parent_ids, session.dialect.name), *conditions)
        .subquery()
    )
    query = select(ranked).where(ranked.c.place_ <= bounds.rows).order_by(ranked.c.parent_, ranked.c.place_)
    grouped: dict[Any, list[Row[Any]]] = {parent_id: [] for parent_id in parent_ids}
    for row in await rows_within(session, query, bounds.reading):
        grouped[row.parent_].append(row)
    return grouped


async def joined_pages(
    session: AsyncConnection,
    parent: Column[Any],
    parent_ids: Sequence[Any],
    columns: Sequence[ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
    order: SortOrder,
    *,
    backward: bool,
    bounds: PageBounds,
) -> dict[Any, list[Row[Any]]]:
    """Returns ``child_pages`` for parents that may have millions of children, by an index scan for each parent.

    ``child_pages`` ranks all children of all parents, which is faster if each parent has few.

    Args:
        conditions: include those that join the children's table to the parent's column.
    """
    grouped: dict[Any, list[Row[Any]]] = {parent_id: [] for parent_id in parent_ids}
    for some in chunks(parent_ids, ARMS_MAX):
        arms = []
        for parent_id in some:
            page = select(*columns, literal(parent_id, parent.type).label("parent_")).where(parent == parent_id)
            page = page.where(*conditions).order_by(*order.clauses(backward=backward)).limit(bounds.rows)
            arms.append(select(page.subquery()))
        statement = arms[0] if len(arms) == 1 else select(union_all(*arms).subquery())
        for row in await rows_within(session, statement, bounds.reading):
            grouped[row.parent_].append(row)
    return grouped


def count_query(table: Table, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Returns the statement that counts the rows of a list."""
    return select(func.count()).select_from(table).where(*conditions)


async def joined_counts(
    session: AsyncConnection, parent: Column[Any], parent_ids: Sequence[Any], conditions: Sequence[ColumnElement[bool]]
) -> dict[Any, int]:
    """Returns ``child_counts``, with a separate count for each parent by the indexes of the joined tables."""
    counts: dict[Any, int] = {}
    for some in chunks(parent_ids, ARMS_MAX):
        arms = [
            select(literal(parent_id, parent.type).label("parent_"), func.count().label("count_"))
            .select_from(parent.table)
            .where(parent == parent_id, *conditions)
            for parent_id in some
        ]
        found = await session.execute(arms[0] if len(arms) == 1 else union_all(*arms))
        counts |= {row.parent_: row.count_ for row in found}
    return counts


async def child_counts(
    session: AsyncConnection, parent: Column[Any], parent_ids: Sequence[Any], conditions: Sequence[ColumnElement[bool]]
) -> dict[Any, int]:
    """Returns the number of children of each parent, in one statement."""
    query = (
        select(parent, func.count())
        .where(among(parent, parent_ids, session.dialect.name), *conditions)
        .group_by(parent)
    )
    counts: dict[Any, int] = dict.fromkeys(parent_ids, 0)
    counts.update((found, count) for found, count in await session.execute(query))
    return counts
