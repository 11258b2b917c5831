"""Membership in a list of ids, as a condition whose SQL is the same for any number of them.

``IN (?, ?, …)`` is rendered anew for each request, misses every statement cache and breaks at 32,767 parameters; one
array (PostgreSQL) or one JSON list (SQLite) does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import BindParameter, Column, ColumnElement, Dialect, Text, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class IdList(TypeDecorator[Sequence[uuid.UUID]]):
    """UUIDs as one parameter: an array on PostgreSQL, a JSON list of hex digits on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(postgresql.UUID(as_uuid=True)))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return list(value)
        return orjson.dumps([found.hex for found in value]).decode()


def id_list(name: str) -> BindParameter[Any]:
    """A parameter that takes ids."""
    return bindparam(name, type_=IdList())


def among_parameter(column: Column[Any], ids: BindParameter[Any], kind: str) -> ColumnElement[bool]:
    """Rows whose UUID column is one of the ids of a parameter made by ``id_list``.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    if kind == "postgresql":
        return column == any_(ids)
    return column.in_(select(func.json_each(ids).table_valued("value").c.value))


def among(column: Column[Any], ids: Collection[uuid.UUID], kind: str) -> ColumnElement[bool]:
    """Rows whose UUID column is one of ``ids``."""
    return among_parameter(column, bindparam(None, list(ids), type_=IdList()), kind)
