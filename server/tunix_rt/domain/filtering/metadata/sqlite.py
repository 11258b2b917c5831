"""Metadata tests on SQLite: by an index table of scalar values where possible, else by the JSON itself."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Text,
    and_,
    case,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    true,
    type_coerce,
    union_all,
)

from tunix_rt.db.membership import among_parameter, value_list
from tunix_rt.db.models import traces
from tunix_rt.domain.filtering.predicates import MetaTest, Op
from tunix_rt.domain.filtering.sql import Condition

INDEXED_CHARS = 200
"""The number of code points of a metadata text in the index."""

ORDERED = {Op.LT: operator.lt, Op.LTE: operator.le, Op.GT: operator.gt, Op.GTE: operator.ge}

trace_meta = table("trace_meta", column("key"), column("kind"), column("value"), column("trace_seq"))
"""The index table: the scalar values of the metadata's top-level keys, maintained by triggers."""

UNINDEXED_SEQ: ColumnElement[int] = literal_column("+traces.seq", Integer)
"""``traces.seq`` without its index, for a condition that tests rows found by another index."""


def condition(leaf: MetaTest, *, joined: bool) -> Condition:
    """Returns the condition for traces whose metadata satisfies a checked test with a positive operator."""
    if leaf.op is Op.EXISTS:
        present = value_satisfies(leaf.path, lambda _: true())
        return present if leaf.value else not_(present)
    if leaf.op in {Op.EQ, Op.IN}:
        return equal_to_one(leaf.path, leaf.value if leaf.op is Op.IN else [leaf.value], joined=joined)
    if leaf.op is Op.CONTAINS:
        return value_satisfies(leaf.path, lambda node: contains(node, leaf.value))
    if leaf.op is Op.STARTS_WITH:
        return value_satisfies(
            leaf.path, lambda node: and_(type_is(node, "text"), func.instr(node.c.atom, leaf.value) == 1)
        )
    compare = ORDERED[leaf.op]
    return value_satisfies(
        leaf.path, lambda node: and_(type_is(node, "integer", "real"), compare(node.c.atom, leaf.value))
    )


def equal_to_one(path: Sequence[str], values: Sequence[Any], *, joined: bool) -> Condition:
    """Returns the condition that the value at a path is one of some scalars."""
    if len(path) > 1:
        return value_satisfies(path, lambda node: among_scalars(node, values))
    short = [value for value in values if value is not None and not is_cut(value)]
    long = [value for value in values if is_cut(value)]
    parts = [indexed_condition(path[0], short, joined=joined)] if short else []
    if long:
        cut = [value[:INDEXED_CHARS] for value in long]
        parts.append(
            and_(
                indexed_condition(path[0], cut, joined=joined),
                value_satisfies(path, lambda node: among_scalars(node, long)),
            )
        )
    if None in values:
        parts.append(value_satisfies(path, lambda node: type_is(node, "null")))
    return or_(false(), *parts)


def is_cut(value: Any) -> bool:
    """Returns whether the index may have only the beginning of a value."""
    return isinstance(value, str) and len(value) >= INDEXED_CHARS


def indexed_condition(key: str, values: Sequence[Any], *, joined: bool) -> Condition:
    """Returns the condition for traces that have one of some scalars under a key, by the index."""
    by_kind: dict[str, list[Any]] = {}
    for value in values:
        by_kind.setdefault(json_kind(value), []).append(value)
    lookups = [
        select(trace_meta.c.trace_seq).where(
            trace_meta.c.key == key, trace_meta.c.kind == kind, one_of(trace_meta.c.value, listed)
        )
        for kind, listed in by_kind.items()
    ]
    seqs = lookups[0] if len(lookups) == 1 else union_all(*lookups)
    return (UNINDEXED_SEQ if joined else traces.c.seq).in_(seqs)


def one_of(value: ColumnElement[Any], listed: Sequence[Any]) -> Condition:
    """Returns the condition that an SQLite value of any type is one of some values."""
    if len(listed) == 1:
        same: Condition = value == listed[0]
        return same
    return among_parameter(value, value_list(listed, Text()), "sqlite")


def json_kind(value: Any) -> str:
    """Returns the kind of a value in the index."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def value_satisfies(path: Sequence[str], test: Callable[[Any], Condition]) -> Condition:
    """Returns the condition that the value at a path exists and its ``json_each`` row satisfies a test."""
    source: ColumnElement[Any] = func.coalesce(type_coerce(traces.c.meta, String), "{}")
    nodes = []
    for position, key in enumerate(path):
        node = func.json_each(source).table_valued("key", "value", "type", "atom", name=f"meta_{position}")
        nodes.append((node, key))
        source = case((node.c.type == "object", node.c.value), else_="{}")
    joined: Any = nodes[0][0]
    for node, _ in nodes[1:]:
        joined = joined.join(node, true())
    query = (
        select(literal(1)).select_from(joined).where(*(node.c.key == key for node, key in nodes), test(nodes[-1][0]))
    )
    return query.correlate(traces).exists()


def among_scalars(node: Any, values: Sequence[Any]) -> Condition:
    """Returns the condition that a ``json_each`` row is exactly one of some scalars: types differ, but 1 equals 1.0."""
    texts = [value for value in values if isinstance(value, str)]
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    plain = {None: "null", True: "true", False: "false"}
    names = {plain[value] for value in values if value is None or isinstance(value, bool)}
    parts = [type_is(node, *sorted(names))] if names else []
    if texts:
        parts.append(and_(type_is(node, "text"), one_of(node.c.atom, texts)))
    if numbers:
        parts.append(and_(type_is(node, "integer", "real"), one_of(node.c.atom, numbers)))
    return or_(false(), *parts)


def type_is(node: Any, *kinds: str) -> Condition:
    """Returns the condition that a ``json_each`` row has one of these JSON types."""
    is_one: Condition = node.c.type.in_(kinds)
    return is_one


def contains(node: Any, value: Any) -> Condition:
    """Returns the condition that a ``json_each`` row is a text that contains ``value``, or a list with it."""
    items = case((node.c.type == "array", node.c.value), else_="[]")
    item = func.json_each(items).table_valued("key", "value", "type", "atom", name="meta_item")
    listed = select(literal(1)).select_from(item).where(among_scalars(item, [value])).correlate(node).exists()
    if not isinstance(value, str):
        return listed
    return or_(and_(type_is(node, "text"), func.instr(node.c.atom, value) > 0), listed)
