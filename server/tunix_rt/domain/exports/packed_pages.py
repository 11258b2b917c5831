"""Packed pages: the database joins a page's rows into one text, so that the driver converts a single value.

One row per trace costs a driver more than the trace itself: SQLite's driver releases and takes the interpreter lock
for each row, so that nothing could be rendered at the same time. A packed page is read while the page before it is
rendered. The separators are control characters, which JSON cannot contain unescaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    select,
    type_coerce,
)

from tunix_rt.db.columns import UtcDateTime
from tunix_rt.db.models import traces
from tunix_rt.db.paging import SortOrder, unpack
from tunix_rt.db.prepared import Prepared
from tunix_rt.db.session import Session
from tunix_rt.domain.exports.formats import StoredTrace

COLUMNS = tuple(traces.c[name] for name in StoredTrace._fields)
"""The first columns of a packed query; they are null for a missing trace."""

RECORD, UNIT = "\x1e", "\x1f"


class PackedPage(NamedTuple):
    """A page of stored traces.

    Args:
        rows: the number of rows.
        position: the last row's values of the order's columns; None for an empty page.
    """

    traces: list[StoredTrace]
    rows: int
    position: list[Any] | None


class PackedQuery:
    """A query for packed pages, prepared once, since compiling it takes as long as reading a page.

    Args:
        query: selects ``COLUMNS``, then the columns of ``order``; it has only named parameters.
        order: the order of the query's rows.
        kind: ``sqlite`` or ``postgresql``.
    """

    def __init__(self, query: Select[Any], order: SortOrder, kind: str) -> None:
        self._statement = pack_rows(query, kind)
        self._prepared = Prepared(self._statement)
        self._order = order
        self._expands: bool | None = None

    async def page(self, session: Session, **given: Any) -> PackedPage:
        """Executes the query and returns its page.

        Args:
            given: a value for each parameter.
        """
        (rows, text), *_ = await self._rows(session, given)
        if not rows:
            return PackedPage([], 0, None)
        records = [record.split(UNIT) for record in text.split(RECORD)]
        found = [stored_trace(*parts[:-1]) for parts in records if len(parts) > 2]
        values = orjson.loads(records[-1][-1])
        position = [unpack(value, term) for value, term in zip(values, self._order.terms, strict=True)]
        return PackedPage(found, rows, position)

    async def _rows(self, session: Session, given: dict[str, Any]) -> Sequence[Any]:
        """Returns rows from the driver directly, with one switch of threads; a list parameter needs SQLAlchemy."""
        if self._expands is None:
            self._expands = bool(self._statement.compile(dialect=session.dialect).post_compile_params)
        if self._expands:
            return (await session.execute(self._statement, given)).all()
        return await self._prepared.rows(session, **given)


def stored_trace(
    identity: str, created_at: str, external_id: str, reference: str, group_key: str, payload: str
) -> StoredTrace:
    """Returns the trace with a record's parts."""
    known = orjson.loads(external_id) if external_id else None
    right = orjson.loads(reference) if reference else None
    return StoredTrace(identity, datetime.fromisoformat(created_at), known, right, orjson.loads(group_key), payload)


def pack_rows(query: Select[Any], kind: str) -> Any:
    """Returns the query of a row count and the joined records; a missing trace has only its position.

    Both databases join rows in the order of the subquery.
    """
    rows = query.subquery().c
    identity, created_at, *texts, payload = list(rows)[: len(COLUMNS)]
    position = list(rows)[len(COLUMNS) :]
    quoted = [json_text_of(text, kind) for text in texts]
    parts = [identity_text(identity, kind), instant_text(created_at, kind), *quoted, payload]
    trace = concatenation([part for text in parts for part in (text, literal(UNIT))])
    record = concatenation([func.coalesce(trace, ""), position_text(position, kind)])
    return select(
        func.count(), func.string_agg(record, RECORD) if kind == "postgresql" else func.group_concat(record, RECORD)
    )


def identity_text(column: ColumnElement[Any], kind: str) -> ColumnElement[str]:
    """Returns a UUID in its canonical text form."""
    if kind == "postgresql":
        return cast(column, Text)
    digits = type_coerce(column, String)
    pieces = [func.substr(digits, start, size) for start, size in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    return concatenation([part for piece in pieces for part in (literal("-"), piece)][1:])


def instant_text(column: ColumnElement[Any], kind: str) -> ColumnElement[str]:
    """Returns a time as text in UTC, with its zone."""
    in_utc = func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US")
    return concatenation([in_utc if kind == "postgresql" else column, literal("+00:00")])


def json_text_of(column: ColumnElement[Any], kind: str) -> ColumnElement[str]:
    """Returns a text as a JSON string; empty for null."""
    quoted = cast(func.to_json(column), Text) if kind == "postgresql" else func.json_quote(column)
    return case((column.is_(None), ""), else_=quoted)


def position_text(columns: Sequence[ColumnElement[Any]], kind: str) -> ColumnElement[str]:
    """Returns values as a JSON list."""
    values = [instant_text(column, kind) if isinstance(column.type, UtcDateTime) else column for column in columns]
    if kind == "postgresql":
        return cast(func.json_build_array(*values), Text)
    return func.json_array(*(type_coerce(value, String) if isinstance(value.type, Uuid) else value for value in values))


def concatenation(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    """Returns the concatenation of texts; null if one of them is null."""
    return reduce(lambda left, right: type_coerce(left, Text).op("||")(type_coerce(right, Text)), parts)
