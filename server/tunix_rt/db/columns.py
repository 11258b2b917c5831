"""Column types that behave the same on SQLite and PostgreSQL.

The differences they close (a zone dropped, a collation that reorders, JSON rewritten) were measured; each
class says its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, DateTime, Dialect, Text, Uuid, func, type_coerce
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware, in UTC, to the microsecond.

    SQLite stores no zone and returns naive times, so the zone is taken off on the way in and put on again on the
    way out. On PostgreSQL the driver takes the first and the last instant that Python has for infinity, and returns
    these two without their zone. A naive value is a programming error and refused.
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
    """Returns a time in UTC, with its zone."""
    return value if value is None or value.tzinfo is not None else value.replace(tzinfo=UTC)


def code_point_text() -> TypeEngine[str]:
    """Text that compares and sorts by code point on both databases, whatever the server's locale."""
    return Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def json_text() -> TypeEngine[Any]:
    """Returns a JSON value kept verbatim as text: PostgreSQL's JSONB would reorder keys and rewrite numbers."""
    return JSON(none_as_null=True)


def id_text(column: Column[Any], kind: str) -> ColumnElement[str]:
    """Returns the 32 hex digits of a UUID column, for many rows: to make UUIDs of them costs as much as reading them.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    if kind == "postgresql":
        return func.encode(func.uuid_send(column), "hex", type_=Text())
    return type_coerce(column, Text())


def uuid_column() -> Uuid[Any]:
    """Returns a UUID: native on PostgreSQL, 32 hex digits on SQLite; both sort alike."""
    return Uuid(as_uuid=True)
