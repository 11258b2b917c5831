"""Keyset paging: the order, predicate and cursor of connections, exports and jobs.

A page is found by the values of the previous row, not by an offset. So page 20,000 costs as much as page 1, and rows
inserted in the meantime cause neither repetitions nor gaps. NULLs sort last in both directions on both databases.
"""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeAlias

import orjson
from sqlalchemy import BigInteger, Column, ColumnElement, Label, and_, bindparam, false, literal, or_, tuple_
from sqlalchemy.sql.elements import UnaryExpression

from tunix_rt.errors import BadCursor

OrderColumn: TypeAlias = Column[Any] | Label[Any]
"""A column to sort by, or an expression with a label that is unique to it."""

CURSOR_MAX_CHARS = 4096


@dataclass(frozen=True)
class Term:
    """One column of an order."""

    column: OrderColumn
    descending: bool

    @property
    def nullable(self) -> bool:
        """True if the column is nullable, which every expression is; nulls sort last."""
        return isinstance(self.column, Label) or bool(self.column.nullable)

    @property
    def key(self) -> str:
        """The name of the column in the fingerprint of an order."""
        return self.column.name if isinstance(self.column, Label) else str(self.column)

    def clause(self, *, backward: bool) -> UnaryExpression[Any]:
        """Returns the term for ORDER BY, reversed if ``backward``."""
        ordered = self.column.desc() if self.descending != backward else self.column.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if backward else ordered.nulls_last()

    def beyond(self, value: Any, *, backward: bool) -> ColumnElement[bool]:
        """Returns the condition for rows strictly after ``value`` in this term alone (before it if ``backward``)."""
        if value is None:
            return self.column.is_not(None) if backward else false()
        further = self.column < value if self.descending != backward else self.column > value
        return or_(further, self.column.is_(None)) if self.nullable and not backward else further

    def same(self, value: Any) -> ColumnElement[bool]:
        """Returns the condition for rows with the same value in this term."""
        return self.column.is_(None) if value is None else self.column == value


@dataclass(frozen=True)
class SortOrder:
    """A total order of rows: its last term is unique and never null (the id is appended if it is missing)."""

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, terms: Sequence[Term], identity: Column[Any]) -> SortOrder:
        """Returns an order by ``terms``, then by ``identity`` in the direction of the last term."""
        kept: list[Term] = []
        for term in terms:
            if all(term.column is not earlier.column for earlier in kept):
                kept.append(term)
            if term.column is identity:
                return cls(tuple(kept))
        return cls((*kept, Term(identity, kept[-1].descending if kept else False)))

    @property
    def columns(self) -> list[OrderColumn]:
        """The columns whose values make a cursor."""
        return [term.column for term in self.terms]

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the order (12 characters), which keeps a cursor from being used with another order."""
        text = ",".join(f"{term.key} {'desc' if term.descending else 'asc'}" for term in self.terms)
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:9]).decode()

    def clauses(self, *, backward: bool = False) -> list[UnaryExpression[Any]]:
        """Returns the terms for ORDER BY in either direction."""
        return [term.clause(backward=backward) for term in self.terms]

    def beyond(self, values: Sequence[Any], *, backward: bool = False) -> ColumnElement[bool]:
        """Returns the condition for rows strictly after the row with ``values`` (before it if ``backward``).

        A uniform order gives a single row comparison, which both databases evaluate by an index. Any other order gives
        the expanded form, with a bound on the first column that an index can still use.
        """
        if self.uniform:
            return self._beyond(
                [literal(value, column.type) for value, column in zip(values, self.columns, strict=True)], backward
            )
        steps: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for term, value in zip(self.terms, values, strict=True):
            steps.append(and_(*equal, term.beyond(value, backward=backward)))
            equal.append(term.same(value))
        first = self.terms[0]
        leading = or_(first.beyond(values[0], backward=backward), first.same(values[0]))
        return and_(leading, or_(*steps))

    def beyond_parameters(self, *, backward: bool) -> ColumnElement[bool]:
        """Returns ``beyond`` for a uniform order, with the parameters ``after_0``, ``after_1``, … for the values."""
        named = [bindparam(f"after_{position}", type_=column.type) for position, column in enumerate(self.columns)]
        return self._beyond(named, backward)

    def _beyond(self, bound: Sequence[ColumnElement[Any]], backward: bool) -> ColumnElement[bool]:
        row = tuple_(*self.columns)
        return row < tuple_(*bound) if self.terms[0].descending != backward else row > tuple_(*bound)

    @cached_property
    def uniform(self) -> bool:
        """True if all terms have the same direction and no nulls, so that a single row comparison is enough."""
        directions = {term.descending for term in self.terms}
        return len(directions) == 1 and not any(term.nullable for term in self.terms)

    def cursor(self, values: Sequence[Any]) -> str:
        """Returns the opaque cursor of the row with these values, in the order of ``columns``."""
        packed = orjson.dumps([self.fingerprint, *(pack(value) for value in values)])
        return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()

    def values(self, cursor: str) -> list[Any]:
        """Returns the values that ``cursor`` has packed.

        Raises:
            BadCursor: the cursor is malformed or belongs to another order.
        """
        parts = decode(cursor)
        if len(parts) != len(self.terms) + 1 or parts[0] != self.fingerprint:
            raise BadCursor("The cursor is from another list or order; start again from the first page.")
        return [unpack(value, term) for value, term in zip(parts[1:], self.terms, strict=True)]


def decode(cursor: str) -> list[Any]:
    """Returns the list encoded in a cursor.

    Raises:
        BadCursor: the cursor is malformed.
    """
    if len(cursor) > CURSOR_MAX_CHARS:
        raise BadCursor(f"A cursor may have at most {CURSOR_MAX_CHARS} characters; this one has {len(cursor)}.")
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except ValueError:
        raise BadCursor("This is not a cursor; use one from `pageInfo` or an edge.") from None
    if not isinstance(parts, list):
        raise BadCursor("This is not a cursor; use one from `pageInfo` or an edge.")
    return parts


def pack(value: Any) -> Any:
    """Returns a column's value as a JSON value that ``unpack`` restores exactly."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.hex if isinstance(value, uuid.UUID) else value


def unpack(value: Any, term: Term) -> Any:
    """Returns a value packed by ``pack`` as the column's type.

    Raises:
        BadCursor: the value has another type.
    """
    wanted = term.column.type.python_type
    if value is None and term.nullable:
        return None
    try:
        if wanted is datetime:
            return aware(datetime.fromisoformat(value))
        if wanted is uuid.UUID:
            return uuid.UUID(hex=value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        value = None
    if wanted is float and type(value) is int:
        return float(value)
    if type(value) is not wanted or (wanted is int and not fits(value, term)) or "\0" in str(value):
        raise BadCursor("The cursor contains a value of the wrong type; use one from `pageInfo` or an edge.")
    return value


def fits(value: int, term: Term) -> bool:
    """Returns whether a number is in the column's range; PostgreSQL refuses to compare a column with any other."""
    limit = 2**63 if isinstance(term.column.type, BigInteger) else 2**31
    return -limit <= value < limit


def aware(instant: datetime) -> datetime:
    """Returns a time that has a time zone.

    Raises:
        ValueError: it has none.
    """
    if instant.tzinfo is None:
        raise ValueError("no zone")
    return instant.astimezone(UTC)
