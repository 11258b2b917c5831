"""The children of some parents, as prepared statements select them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, select

from tunix_rt.db.columns import stored_id
from tunix_rt.db.membership import among_parameter, id_list
from tunix_rt.db.paging import SortOrder


def select_children(
    kind: str,
    parent: Column[Any],
    columns: Sequence[ColumnElement[Any]],
    order: SortOrder,
    *,
    backward: bool,
    after: bool,
) -> Select[Any]:
    """Returns the unsorted query of children with the parameters ``ids`` and, if ``after`` is set, those of
    ``SortOrder.beyond_parameters``. Its last column, ``parent_``, is the parent's id as in ``stored_id``.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    children = select(*columns, stored_id(parent, kind).label("parent_"))
    children = children.where(among_parameter(parent, id_list("ids"), kind))
    return children.where(order.beyond_parameters(backward=backward)) if after else children
