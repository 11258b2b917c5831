"""Membership in a list of ids, as a condition whose SQL is the same for any number of them.

``IN (?, ?, …)`` is rendered anew for each request, misses every statement cache and breaks at 32,767 parameters; one
array (PostgreSQL) or one JSON list (SQLite) does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import Column, ColumnElement, String, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.ext.asyncio import AsyncConnection


def among(column: Column[Any], ids: Collection[uuid.UUID], session: AsyncConnection) -> ColumnElement[bool]:
    """Rows whose UUID column is one of ``ids``.

    Args:
        session: tells the kind of database.
    """
    if session.dialect.name == "postgresql":
        return column == any_(literal(list(ids), ARRAY(UUID(as_uuid=True))))
    listed = func.json_each(literal(orjson.dumps([value.hex for value in ids]).decode(), String)).table_valued("value")
    return column.in_(select(listed.c.value))
