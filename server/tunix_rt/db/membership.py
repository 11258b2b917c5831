"""Membership in a list of values, as a condition whose SQL is the same for any number of them.

``IN (?, ?, …)`` is compiled for each number of values, misses every statement cache and fails beyond 32,767
parameters; one array (PostgreSQL) or one JSON list (SQLite) does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Dialect, Text, Uuid, all_, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class ValueList(TypeDecorator[Sequence[Any]]):
    """Values of one type as one parameter: an array on PostgreSQL, a JSON list on SQLite.

    Args:
        item: the type of each value.
    """

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.item))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return list(value)
        convert = self.item.dialect_impl(dialect).bind_processor(dialect)
        return orjson.dumps([convert(item) for item in value] if convert else list(value)).decode()


def id_list(name: str) -> BindParameter[Any]:
    """Returns a parameter for a list of ids."""
    return bindparam(name, type_=ValueList(Uuid(as_uuid=True)))


def value_list(values: Collection[Any], item: TypeEngine[Any]) -> BindParameter[Any]:
    """Returns a parameter with a list of values."""
    return bindparam(None, list(values), type_=ValueList(item))


def among_parameter(column: ColumnElement[Any], values: BindParameter[Any], kind: str) -> ColumnElement[bool]:
    """Returns the condition that a column is one of the values of a parameter (``id_list``, ``value_list``).

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    if kind == "postgresql":
        return column == any_(values)
    return column.in_(select(func.json_each(values).table_valued("value").c.value))


def among(column: ColumnElement[Any], ids: Collection[uuid.UUID], kind: str) -> ColumnElement[bool]:
    """Returns the condition that a UUID column is one of ``ids``."""
    return among_parameter(column, value_list(ids, Uuid(as_uuid=True)), kind)


def among_id_texts(column: ColumnElement[Any], texts: Collection[str], kind: str) -> ColumnElement[bool]:
    """Returns the condition that a UUID column is one of the ids, given as 32 hex digits each."""
    item: TypeEngine[Any] = Uuid(as_uuid=True) if kind == "postgresql" else Text()
    return among_parameter(column, value_list(texts, item), kind)


def among_values(column: ColumnElement[Any], values: Collection[Any], kind: str) -> ColumnElement[bool]:
    """Returns the condition that a column is one of ``values``, which have the column's type."""
    return among_parameter(column, value_list(values, column.type), kind)


def outside_values(column: ColumnElement[Any], values: Collection[Any], kind: str) -> ColumnElement[bool]:
    """Returns the condition that a column is none of ``values``, which have the column's type."""
    given = value_list(values, column.type)
    if kind == "postgresql":
        return column != all_(given)
    return column.not_in(select(func.json_each(given).table_valued("value").c.value))
