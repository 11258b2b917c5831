"""Rows by id in one statement, and ids by a unique value."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tunix_rt.db.membership import among
from tunix_rt.db.weighing import ReadBudget, rows_within


async def rows_by_id(
    session: AsyncConnection,
    identity: Column[Any],
    ids: Sequence[uuid.UUID],
    columns: Sequence[Column[Any]],
    within: ReadBudget | None = None,
) -> dict[uuid.UUID, Row[Any]]:
    """Returns the rows of those ids that exist.

    Args:
        identity: the id column, which is among ``columns``.
        within: the budget for the rows' size; None for no limit.

    Raises:
        AnswerTooLarge: the rows exceed the budget.
    """
    condition = identity == ids[0] if len(ids) == 1 else among(identity, ids, session.dialect.name)
    rows = await rows_within(session, select(*columns).where(condition), within)
    return {getattr(row, identity.name): row for row in rows}


async def id_where(session: AsyncConnection, column: Column[Any], value: str) -> uuid.UUID | None:
    """Returns the id of the row that has a value in a unique column; None if no row has it."""
    found: uuid.UUID | None = (await session.execute(select(column.table.c.id).where(column == value))).scalar()
    return found
