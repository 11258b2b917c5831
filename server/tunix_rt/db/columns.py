"""Column types that behave the same on SQLite and PostgreSQL.

They remove differences that were measured: dropped time zones, collations that change the order, rewritten JSON.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, Column, ColumnElement, DateTime, Dialect, Text, Uuid, func, type_coerce
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC, with microseconds.

    SQLite stores no time zone and returns naive times, so the zone is removed when a value is stored and added when it
    is read. PostgreSQL's driver treats Python's first and last times as infinity and returns those two without a zone.
    A naive value is a programming error and is refused.
    """

    impl = DateTime
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: give it a zone")
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        if dialect.name == "postgresql":
            return in_utc
        parse: Any = self.impl_instance.result_processor(dialect, coltype)
        return lambda value: None if value is None else parse(value).replace(tzinfo=UTC)


def in_utc(value: datetime | None) -> datetime | None:
    """Returns a time as an aware time in UTC."""
    return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


def code_point_text() -> TypeEngine[str]:
    """Returns a text type that compares and sorts by code point on both databases, independent of the locale."""
    return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def json_text() -> TypeEngine[Any]:
    """Returns a type that keeps JSON verbatim as text: PostgreSQL's JSONB would reorder keys and rewrite numbers."""
    return JSON(none_as_null=True)


def id_text(column: Column[Any], kind: str) -> ColumnElement[str]:
    """Returns a UUID column as 32 hex digits, for many rows: creating UUID objects costs as much as reading the rows.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    if kind == "postgresql":
        return func.encode(func.uuid_send(column), "hex", type_=Text())
    return type_coerce(column, Text())


def stored_id(column: Column[Any], kind: str) -> ColumnElement[Any]:
    """Returns a UUID column by which rows are grouped; on SQLite as text, as it is stored. See ``by_stored_id``.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    return type_coerce(column, Text()) if kind == "sqlite" else column


def by_stored_id(values: dict[uuid.UUID, T], kind: str) -> Mapping[Any, T]:
    """Returns values by the ids in the form of ``stored_id``."""
    return {identity.hex: value for identity, value in values.items()} if kind == "sqlite" else values


def uuid_column() -> Uuid[Any]:
    """Returns a UUID type: native on PostgreSQL, 32 hex digits on SQLite; both sort in the same order."""
    return Uuid(as_uuid=True)
