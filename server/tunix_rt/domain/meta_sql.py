"""Tests of the metadata as SQL: by an index where there is one, in JSON otherwise, alike on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
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
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TEXT

from tunix_rt.db.models import traces
from tunix_rt.domain.filter_sql import Condition
from tunix_rt.domain.filters import MetaTest, Op
from tunix_rt.domain.text import INT64
from tunix_rt.errors import BadUserInput

META_PATH_MAX = 8
META_KEY_MAX_CHARS = 256
INDEXED_META_CHARS = 200
"""Code points of a metadata text that SQLite's index holds."""

ORDERED = {Op.LT: "__lt__", Op.LTE: "__le__", Op.GT: "__gt__", Op.GTE: "__ge__"}

trace_meta = table("trace_meta", column("key"), column("kind"), column("value"), column("trace_seq"))
"""SQLite's index: the scalar values of the metadata's top-level keys, kept by triggers."""

DOCUMENT = literal_column("(traces.meta::jsonb)", JSONB)
"""PostgreSQL's metadata as JSONB, spelled as its GIN index spells it."""


def meta_condition(leaf: MetaTest, kind: str) -> Condition:
    """Traces whose metadata satisfies a test.

    Raises:
        BadUserInput: for a path or a value that cannot be tested.
    """
    check_path(leaf.path)
    if leaf.op in {Op.NE, Op.NOT_IN}:
        positive = Op.EQ if leaf.op is Op.NE else Op.IN
        return not_(meta_condition(MetaTest(leaf.path, positive, leaf.value), kind))
    if leaf.op is Op.IN:
        return or_(false(), *(meta_condition(MetaTest(leaf.path, Op.EQ, value), kind) for value in leaf.value))
    if leaf.op is Op.EXISTS:
        present = (
            sqlite_value(leaf.path, lambda _: true()) if kind == "sqlite" else postgresql_value(leaf.path).is_not(None)
        )
        return present if leaf.value else not_(present)
    if leaf.op in ORDERED:
        check_number(leaf.value)
    else:
        check_scalar(leaf.value, leaf.op)
    return sqlite_meta(leaf) if kind == "sqlite" else postgresql_meta(leaf)


def check_path(path: Sequence[str]) -> None:
    """Bounds the keys of a metadata path."""
    if not 1 <= len(path) <= META_PATH_MAX or not all(1 <= len(key) <= META_KEY_MAX_CHARS for key in path):
        raise BadUserInput(
            f"meta.path must have 1 to {META_PATH_MAX} keys of 1 to {META_KEY_MAX_CHARS} characters.",
            ["where", "meta", "path"],
        )


def check_scalar(value: Any, op: Op) -> None:
    """Refuses to compare with what has inner structure, or cannot be stored."""
    if value is not None and not isinstance(value, (str, bool, int, float)):
        raise BadUserInput(
            f"meta.{op.value} takes a text, a number, a boolean or null; reach inner values by a longer path.",
            ["where", "meta", op.value],
        )
    if isinstance(value, int) and value not in INT64:
        raise BadUserInput(f"meta.{op.value} takes integers of at most 64 bits.", ["where", "meta", op.value])


def check_number(value: Any) -> None:
    """Refuses to order by anything but a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadUserInput("meta's lt, lte, gt and gte take a number.", ["where", "meta"])


def sqlite_meta(leaf: MetaTest) -> Condition:
    """A test of the metadata on SQLite: by its index where there is one, else by walking the JSON."""
    if leaf.op is Op.EQ and len(leaf.path) == 1 and leaf.value is not None:
        found = select(trace_meta.c.trace_seq).where(
            trace_meta.c.key == leaf.path[0],
            trace_meta.c.kind == json_kind(leaf.value),
            trace_meta.c.value == (leaf.value[:INDEXED_META_CHARS] if isinstance(leaf.value, str) else leaf.value),
        )
        indexed = traces.c.seq.in_(found)
        exact = not isinstance(leaf.value, str) or len(leaf.value) < INDEXED_META_CHARS
        return indexed if exact else and_(indexed, sqlite_value(leaf.path, lambda node: sqlite_equal(node, leaf.value)))
    if leaf.op is Op.EQ:
        return sqlite_value(leaf.path, lambda node: sqlite_equal(node, leaf.value))
    if leaf.op is Op.CONTAINS:
        return sqlite_value(leaf.path, lambda node: sqlite_contains(node, leaf.value))
    if leaf.op is Op.STARTS_WITH:
        return sqlite_value(
            leaf.path, lambda node: and_(node.c.type == "text", func.instr(node.c.atom, leaf.value) == 1)
        )
    number = ORDERED[leaf.op]
    return sqlite_value(
        leaf.path, lambda node: and_(node.c.type.in_(["integer", "real"]), getattr(node.c.atom, number)(leaf.value))
    )


def sqlite_value(path: Sequence[str], condition: Callable[[Any], Condition]) -> Condition:
    """Whether the value that ``path`` leads to exists and satisfies a condition on its ``json_each`` row."""
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
        select(literal(1))
        .select_from(joined)
        .where(*(node.c.key == key for node, key in nodes), condition(nodes[-1][0]))
    )
    return query.correlate(traces).exists()


def sqlite_equal(node: Any, value: Any) -> Condition:
    """A ``json_each`` row that holds exactly ``value``."""
    if value is None:
        return type_is(node, "null")
    if isinstance(value, bool):
        return type_is(node, "true" if value else "false")
    kinds = ("text",) if isinstance(value, str) else ("integer", "real")
    return and_(type_is(node, *kinds), node.c.atom == value)


def type_is(node: Any, *kinds: str) -> Condition:
    """A ``json_each`` row of one of these JSON types."""
    condition: Condition = node.c.type.in_(kinds)
    return condition


def sqlite_contains(node: Any, value: Any) -> Condition:
    """A ``json_each`` row whose text holds ``value``, or whose list has it."""
    items = case((node.c.type == "array", node.c.value), else_="[]")
    item = func.json_each(items).table_valued("key", "value", "type", "atom", name="meta_item")
    listed = select(literal(1)).select_from(item).where(sqlite_equal(item, value)).correlate(node).exists()
    if not isinstance(value, str):
        return listed
    return or_(and_(node.c.type == "text", func.instr(node.c.atom, value) > 0), listed)


def postgresql_meta(leaf: MetaTest) -> Condition:
    """A test of the metadata on PostgreSQL; equality is containment, which the GIN index serves."""
    value = postgresql_value(leaf.path)
    if leaf.op is Op.EQ:
        wanted = leaf.value
        for key in reversed(leaf.path):
            wanted = {key: wanted}
        return and_(traces.c.meta.is_not(None), DOCUMENT.contains(as_jsonb(wanted)))
    plain = value.op("#>>", return_type=TEXT())(literal_column("'{}'"))
    kind = func.coalesce(func.jsonb_typeof(value), "missing")
    if leaf.op is Op.CONTAINS:
        listed = and_(kind == "array", value.contains(func.jsonb_build_array(as_jsonb(leaf.value))))
        listed = case((kind == "array", func.coalesce(listed, false())), else_=false())
        if not isinstance(leaf.value, str):
            return listed
        return or_(case((kind == "string", func.strpos(plain, leaf.value) > 0), else_=false()), listed)
    if leaf.op is Op.STARTS_WITH:
        return case((kind == "string", func.strpos(plain, leaf.value) == 1), else_=false())
    compared = getattr(cast(plain, DOUBLE_PRECISION), ORDERED[leaf.op])(
        cast(literal(float(leaf.value)), DOUBLE_PRECISION)
    )
    return case((kind == "number", compared), else_=false())


def postgresql_value(path: Sequence[str]) -> ColumnElement[Any]:
    """The JSONB value that ``path`` leads to through objects; SQL NULL where there is none."""
    value: ColumnElement[Any] = DOCUMENT
    for key in path:
        value = case(
            (func.jsonb_typeof(value) == "object", value.op("->", return_type=JSONB())(cast(literal(key), TEXT))),
            else_=None,
        )
        value = type_coerce(value, JSONB)
    return value


def as_jsonb(value: Any) -> ColumnElement[Any]:
    """A parameter that PostgreSQL reads as JSONB."""
    return cast(literal(orjson.dumps(value).decode(), TEXT), JSONB)


def json_kind(value: Any) -> str:
    """The kind under which SQLite's metadata index keeps a value."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"
