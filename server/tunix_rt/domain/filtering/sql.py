"""Compiles predicates to SQL: one compiler for all nouns, each of which declares its columns and relations."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Table,
    and_,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Uuid

from tunix_rt.db.columns import UtcDateTime
from tunix_rt.db.membership import among_values, outside_values
from tunix_rt.domain.filtering.predicates import (
    All,
    AnyOf,
    Compare,
    MetaTest,
    MetricTest,
    Not,
    Op,
    Predicate,
    Quantifier,
    Related,
    Search,
)
from tunix_rt.errors import BadUserInput

Condition: TypeAlias = ColumnElement[bool]


@dataclass(frozen=True)
class Filterable:
    """The columns, relations and special filters of one noun.

    Args:
        columns: from field names to stored columns.
        computed: from field names to functions from the wanted boolean to a condition.
        relations: from relation names to relations.
        meta: compiles a metadata test for a kind of database; None if the noun has no metadata.
        search: compiles a search for words; None if the noun has no search index.
        metric: returns the last value of a metric by its name; None if the noun has no metrics.
        joined: the noun for rows that are looked up by another table's rows; None if its conditions do not differ. Such
            a condition must not let the planner start from an index of this noun and probe each row of the other table.
        unserved: the noun without index look-ups for lists of metadata values, see ``with_nouns``; None if its
            conditions do not differ.
    """

    table: Table
    columns: Mapping[str, Column[Any]]
    computed: Mapping[str, Callable[[bool], Condition]] = field(default_factory=dict)
    relations: Mapping[str, Relation] = field(default_factory=dict)
    meta: Callable[[MetaTest, str], Condition] | None = None
    search: Callable[[str, str], Condition] | None = None
    metric: Callable[[str], ColumnElement[Any]] | None = None
    joined: Filterable | None = None
    unserved: Filterable | None = None


@dataclass(frozen=True)
class Relation:
    """The rows of another table that belong to a row.

    Args:
        mine: the join condition.
        such: converts a condition on ``rows`` to one on the joined rows, if these only refer to ``rows``.
    """

    rows: Filterable
    mine: Condition
    such: Callable[[Condition], Condition] = lambda condition: condition


def compile_predicate(predicate: Predicate, noun: Filterable, kind: str) -> Condition:
    """Returns the SQL condition of a predicate.

    Args:
        kind: ``sqlite`` or ``postgresql``.

    Raises:
        BadUserInput: the noun does not have a field, relation or search, or a value has the wrong type.
    """
    match predicate:
        case All(parts):
            return and_(
                true(), *(compile_predicate(part, its_noun, kind) for part, its_noun in with_nouns(parts, noun))
            )
        case AnyOf(parts):
            return or_(false(), *(compile_predicate(part, noun, kind) for part in parts))
        case Not(part):
            return not_(compile_predicate(part, noun, kind))
        case Compare():
            return compare(predicate, noun, kind)
        case Related():
            return compile_related(predicate, noun, kind)
        case MetaTest() if noun.meta is not None:
            return noun.meta(predicate, kind)
        case MetricTest(name, op, value) if noun.metric is not None:
            return compare_column(noun.metric(name), op, value, kind, nullable=True)
        case Search(text) if noun.search is not None:
            return noun.search(text, kind)
    raise BadUserInput(f"{noun.table.name} cannot be filtered in this way.", ["where"])


def with_nouns(parts: Sequence[Predicate], noun: Filterable) -> Iterator[tuple[Predicate, Filterable]]:
    """Yields each part of a conjunction with the noun to compile it for: only the shortest list may use the index.

    PostgreSQL would look up every combination of the values of several lists: a billion for three lists of 1,000.
    """
    sizes = [list_size(part) for part in parts]
    shortest = sizes.index(min(filter(None, sizes))) if any(sizes) else None
    for number, part in enumerate(parts):
        yield part, noun if shortest in {None, number} else noun.unserved or noun


def list_size(predicate: Predicate) -> int:
    """Returns the number of metadata values that an index would look up for a part of a conjunction; 0 if none."""
    match predicate:
        case MetaTest(op=Op.IN, value=values):
            return len(values)
        case MetaTest(op=Op.EQ):
            return 1
        case All(parts):
            return min(filter(None, map(list_size, parts)), default=0)
    return 0


def compare(leaf: Compare, noun: Filterable, kind: str) -> Condition:
    """Returns the condition of a comparison; it is never NULL itself."""
    if leaf.field in noun.computed:
        return noun.computed[leaf.field](bool(leaf.value) == (leaf.op is Op.EQ))
    column = noun.columns.get(leaf.field)
    if column is None:
        raise BadUserInput(f"{noun.table.name} have no field {leaf.field!r} to filter by.", ["where"])
    nullable = getattr(column, "nullable", False)  # a constant that a union adds is not a Column, and never null
    return compare_column(column, leaf.op, coerce(column, leaf.value), kind, nullable=nullable)


def compare_column(column: ColumnElement[Any], op: Op, value: Any, kind: str, *, nullable: bool) -> Condition:
    """Returns the condition of a comparison of a column with a value of its type; it is never NULL itself."""
    if op is Op.IS_NULL:
        return column.is_(None) if value else column.is_not(None)
    condition = OPERATORS[op](column, value, kind)
    if not nullable:
        return condition
    if op in {Op.NE, Op.NOT_IN}:
        return or_(column.is_(None), condition)
    return and_(column.is_not(None), condition)


def compile_related(leaf: Related, noun: Filterable, kind: str) -> Condition:
    """Returns the condition on a row's related rows."""
    relation = noun.relations.get(leaf.relation)
    if relation is None:
        raise BadUserInput(f"{noun.table.name} have no relation {leaf.relation!r} to filter by.", ["where"])
    inner = relation.such(compile_predicate(leaf.where, relation.rows, kind))
    if leaf.quantifier is Quantifier.EVERY:
        return not_(exists().where(relation.mine, not_(inner)).correlate(noun.table))
    found = exists().where(relation.mine, inner).correlate(noun.table)
    return found if leaf.quantifier is Quantifier.SOME else not_(found)


def coerce(column: Column[Any], value: Any) -> Any:
    """Converts a value from a stored recipe to the column's type; returns any other value unchanged.

    Raises:
        BadUserInput: the value does not have that type.
    """
    if isinstance(value, (list, tuple)):
        return [coerce(column, item) for item in value]
    try:
        if isinstance(column.type, UtcDateTime) and isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        if isinstance(column.type, Uuid) and isinstance(value, str):
            return uuid.UUID(value)
    except ValueError:
        raise BadUserInput(f"The filter's value for {column.name} has the wrong type.", ["where"]) from None
    return value


def contains(column: ColumnElement[str], value: str, kind: str) -> Condition:
    """Returns the condition for rows whose text contains ``value`` exactly, or whose JSON list has it."""
    if isinstance(column.type, JSON):
        return has_element(column, value, kind)
    position = func.instr if kind == "sqlite" else func.strpos
    return position(column, value) > 0


def has_element(column: ColumnElement[Any], value: str, kind: str) -> Condition:
    """Returns the condition for rows whose JSON list has a text among its elements."""
    if kind == "postgresql":
        return cast(column, JSONB).contains([value])
    return literal(value).in_(select(func.json_each(column).table_valued("value").c.value))


def starts_with(column: ColumnElement[str], value: str, _: str) -> Condition:
    """Returns the condition for rows whose text starts with ``value``: a range, so that an index can be used."""
    end = successor(value)
    return column >= value if end is None else and_(column >= value, column < end)


def successor(prefix: str) -> str | None:
    """Returns the least text by code points above all texts that start with ``prefix``; None if there is none."""
    while prefix:
        code = ord(prefix[-1]) + 1
        if code <= 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if 0xD800 <= code <= 0xDFFF else code)
        prefix = prefix[:-1]
    return None


OPERATORS: dict[Op, Callable[[Any, Any, str], Condition]] = {
    Op.EQ: lambda column, value, _: column == value,
    Op.NE: lambda column, value, _: column != value,
    Op.IN: among_values,
    Op.NOT_IN: outside_values,
    Op.LT: lambda column, value, _: column < value,
    Op.LTE: lambda column, value, _: column <= value,
    Op.GT: lambda column, value, _: column > value,
    Op.GTE: lambda column, value, _: column >= value,
    Op.CONTAINS: contains,
    Op.STARTS_WITH: starts_with,
}
