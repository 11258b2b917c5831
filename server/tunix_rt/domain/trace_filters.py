"""What a filter of traces may speak of: their columns, their metadata, their words, their scores."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
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
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TEXT, TSVECTOR

from tunix_rt.db.models import scores, traces
from tunix_rt.domain.filter_sql import Condition, Filterable, Relation
from tunix_rt.domain.filters import MetaTest, Op
from tunix_rt.domain.score_filters import SCORES
from tunix_rt.domain.text import INT64
from tunix_rt.errors import BadUserInput

META_PATH_MAX = 8
META_KEY_MAX_CHARS = 256
INDEXED_META_CHARS = 200
"""Code points of a metadata text that SQLite's index holds."""

ASCII_PUNCTUATION = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
ORDERED = {Op.LT: "__lt__", Op.LTE: "__le__", Op.GT: "__gt__", Op.GTE: "__ge__"}

trace_meta = table("trace_meta", column("key"), column("kind"), column("value"), column("trace_seq"))
trace_search = table("trace_search", column("rowid"))


def search_condition(words: str, kind: str) -> Condition:
    """Traces whose text holds every word; both databases part words at the same places.

    Raises:
        BadUserInput: if there is no word in it.
    """
    phrases = [phrase for term in words.split() if (phrase := ASCII_PUNCTUATION.sub(" ", term).strip())]
    if not phrases:
        raise BadUserInput("search needs at least one word of letters or digits.", ["where", "search"])
    if kind == "sqlite":
        wanted = " ".join(f'"{phrase}"' for phrase in phrases)
        found = select(trace_search.c.rowid).where(text("trace_search MATCH :wanted").bindparams(bindparam("wanted", wanted, unique=True)))
        return traces.c.seq.in_(found.scalar_subquery())
    vector = literal_column("traces.search", TSVECTOR)
    return and_(*(vector.bool_op("@@")(func.phraseto_tsquery(literal_column("'simple'::regconfig"), phrase)) for phrase in phrases))


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
        present = sqlite_value(leaf.path, lambda _: true()) if kind == "sqlite" else postgresql_value(leaf.path).is_not(None)
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
            f"meta.path must have 1 to {META_PATH_MAX} keys of 1 to {META_KEY_MAX_CHARS} characters.", ["where", "meta", "path"]
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
        return sqlite_value(leaf.path, lambda node: and_(node.c.type == "text", func.instr(node.c.atom, leaf.value) == 1))
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
    last = nodes[-1][0]
    query = select(literal(1)).select_from(*(node for node, _ in nodes)).where(*(node.c.key == key for node, key in nodes), condition(last))
    return query.correlate(traces).exists()


def sqlite_equal(node: Any, value: Any) -> Condition:
    """A ``json_each`` row that holds exactly ``value``."""
    if value is None:
        return node.c.type == "null"
    if isinstance(value, bool):
        return node.c.type == ("true" if value else "false")
    kinds = ["text"] if isinstance(value, str) else ["integer", "real"]
    return and_(node.c.type.in_(kinds), node.c.atom == value)


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
        return and_(traces.c.meta.is_not(None), literal_column("(traces.meta::jsonb)", JSONB).contains(as_jsonb(wanted)))
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
    compared = getattr(cast(plain, DOUBLE_PRECISION), ORDERED[leaf.op])(cast(literal(float(leaf.value)), DOUBLE_PRECISION))
    return case((kind == "number", compared), else_=false())


def postgresql_value(path: Sequence[str]) -> ColumnElement[Any]:
    """The JSONB value that ``path`` leads to through objects; SQL NULL where there is none."""
    value: ColumnElement[Any] = literal_column("(traces.meta::jsonb)", JSONB)
    for key in path:
        value = case((func.jsonb_typeof(value) == "object", value.op("->", return_type=JSONB())(cast(literal(key), TEXT))), else_=None)
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


TRACES = Filterable(
    table=traces,
    columns={
        "id": traces.c.id,
        "created_at": traces.c.created_at,
        "trace_version": traces.c.trace_version,
        "source": traces.c.source,
        "prompt_hash": traces.c.prompt_hash,
        "content_hash": traces.c.content_hash,
        "step_count": traces.c.step_count,
        "char_count": traces.c.char_count,
        "prompt_preview": traces.c.prompt_preview,
        "final_answer_preview": traces.c.final_answer_preview,
        "external_id": traces.c.external_id,
    },
    relations={"scores": Relation(SCORES, scores.c.trace_id, traces.c.id)},
    meta=meta_condition,
    search=search_condition,
)
