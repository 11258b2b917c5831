"""Few children: all of them are read, in order, without ranking each parent's.

On SQLite, a window function takes as long as everything else of the statement, and most parents have fewer children
than a page of them may have.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, bindparam

from tunix_rt.db.children.selecting import select_children
from tunix_rt.db.paging import SortOrder
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session

SPARE_ROWS = 200
"""Children that may be read in addition to those of the pages, in less time than a statement that ranks them takes."""


@lru_cache(maxsize=1000)
def prepared_few(
    kind: str,
    parent: Column[Any],
    columns: tuple[ColumnElement[Any], ...],
    order: SortOrder,
    *,
    backward: bool,
    after: bool,
) -> Prepared:
    """Returns the query of ``few_children``, with the parameters of ``select_children`` and ``rows`` for all."""
    found = select_children(kind, parent, columns, order, backward=backward, after=after)
    found = found.order_by(parent, *order.clauses(backward=backward))
    return Prepared(found.limit(bindparam("rows", type_=Integer())))


async def few_children(
    session: Session,
    parent: Column[Any],
    parent_ids: Sequence[uuid.UUID],
    columns: Sequence[ColumnElement[Any]],
    order: SortOrder,
    *,
    backward: bool,
    rows: int,
    positions: dict[str, Any],
) -> Sequence[Any] | None:
    """Returns all children of some parents, sorted by parent and then in the direction of paging, with their parent.

    Args:
        rows: the maximum for each parent of the page that is to be read.
        positions: the parameters of ``SortOrder.beyond_parameters``; empty for the first children.

    Returns:
        None if there are more than the pages of all parents may have, and ``SPARE_ROWS``.
    """
    page = prepared_few(session.dialect.name, parent, tuple(columns), order, backward=backward, after=bool(positions))
    maximum = len(parent_ids) * rows + SPARE_ROWS
    found = await page.rows(session, None, ids=parent_ids, rows=maximum + 1, **positions)
    return found if len(found) <= maximum else None
