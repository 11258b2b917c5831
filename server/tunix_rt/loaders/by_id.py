"""Rows by id, in one statement."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def rows_by_id(
    session: AsyncConnection, identity: Column[Any], ids: Sequence[uuid.UUID], columns: Sequence[Column[Any]]
) -> dict[uuid.UUID, Row[Any]]:
    """The rows of those ids that exist.

    Args:
        identity: the id column, which is among ``columns``.
    """
    wanted = list(dict.fromkeys(ids))
    condition = identity == wanted[0] if len(wanted) == 1 else identity.in_(wanted)
    rows = await session.execute(select(*columns).where(condition))
    return {getattr(row, identity.name): row for row in rows}
