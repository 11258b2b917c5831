"""Metadata tests on PostgreSQL: equality is containment, by the GIN index, with an exact comparison of the rows found.

JSONB stores each number as a decimal. That is exact for an integer, but not for a large float: ``1e23`` is stored as
the decimal 10²³, while the float is 8,388,608 less. So numbers are compared as written in the text of the metadata:
one with a point or an exponent is a float, any other an integer.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    any_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSON, JSONB, NUMERIC, TEXT

from tunix_rt.db.membership import value_list
from tunix_rt.db.models import traces
from tunix_rt.domain.filtering.predicates import MetaTest, Op
from tunix_rt.domain.filtering.sql import Condition
from tunix_rt.domain.text import INT64

DOCUMENT = literal_column("(traces.meta::jsonb)", JSONB)
"""The metadata as JSONB, the same expression as in its GIN index."""

SOURCE = literal_column("(traces.meta)", JSON)
"""The metadata as written."""

EXACT = 2**53
"""Below this, a float without a fraction and the equal integer have the same decimal."""

ORDERED = {Op.LT: operator.lt, Op.LTE: operator.le, Op.GT: operator.gt, Op.GTE: operator.ge}
INCLUSIVE = {Op.LT: operator.le, Op.LTE: operator.le, Op.GT: operator.ge, Op.GTE: operator.ge}
DOWNWARD = {Op.LT, Op.LTE}


def condition(leaf: MetaTest, *, served: bool = True) -> Condition:
    """Returns the condition for traces whose metadata satisfies a checked test with a positive operator.

    Args:
        served: whether an index may look up a list of values.
    """
    value = value_at(leaf.path)
    if leaf.op is Op.EXISTS:
        return value.is_not(None) if leaf.value else value.is_(None)
    if leaf.op in {Op.EQ, Op.IN}:
        return equal_to_one(leaf.path, leaf.value if leaf.op is Op.IN else [leaf.value], served=served)
    if leaf.op is Op.CONTAINS:
        return contains(leaf.path, leaf.value)
    if leaf.op is Op.STARTS_WITH:
        return case((kind_of(value) == "string", func.strpos(plain(value), leaf.value) == 1), else_=false())
    return compare_number(source_at(leaf.path), leaf.op, leaf.value)


def value_at(path: Sequence[str]) -> ColumnElement[Any]:
    """Returns the JSONB value at a path of object keys; SQL NULL if there is none."""
    value: ColumnElement[Any] = DOCUMENT
    for key in path:
        value = value.op("->", return_type=JSONB())(cast(literal(key), TEXT))
    return value


def source_at(path: Sequence[str]) -> ColumnElement[Any]:
    """Returns the value at a path, as written; SQL NULL if there is none."""
    value: ColumnElement[Any] = SOURCE
    for key in path:
        value = value.op("->", return_type=JSON())(cast(literal(key), TEXT))
    return value


def kind_of(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns the type of a JSONB value; ``missing`` if there is none."""
    return func.coalesce(func.jsonb_typeof(value), "missing")


def plain(value: ColumnElement[Any]) -> ColumnElement[str]:
    """Returns the text of a JSONB string."""
    return value.op("#>>", return_type=TEXT())(literal_column("'{}'"))


def equal_to_one(path: Sequence[str], values: Sequence[Any], *, served: bool) -> Condition:
    """Returns the condition that the value at a path is one of some scalars.

    The rows of a short list are found by the GIN index; a long list is compared by hashing, which the index cannot.
    """
    documents = [nest_value(path, spelling) for value in values for spelling in spellings(value)]
    if len(documents) == 1:
        return and_(traces.c.meta.is_not(None), DOCUMENT.contains(as_jsonb(documents[0])))
    if not documents:
        return false()
    exact = and_(traces.c.meta.is_not(None), equal(value_at(path), source_at(path), values))
    if not served:
        return exact
    return and_(exact, DOCUMENT.op("@>", is_comparison=True)(any_(jsonb_list(documents))))


def equal(value: ColumnElement[Any], source: ColumnElement[Any], values: Sequence[Any]) -> Condition:
    """Returns the condition that a JSON value, given as JSONB and as written, is exactly one of some scalars."""
    numbers = [value for value in values if is_number(value)]
    others = [value for value in values if not is_number(value)]
    parts: list[Condition] = []
    if others:
        parts.append(func.coalesce(value == any_(jsonb_list(others)), false()))
    if numbers:
        parts.append(case((func.jsonb_typeof(value) == "number", equal_number(source, numbers)), else_=false()))
    return or_(false(), *parts)


def equal_number(source: ColumnElement[Any], numbers: Sequence[float]) -> Condition:
    """Returns the condition that a number, as written, is one of some numbers."""
    spelled = cast(source, TEXT)
    floats = [float(number) for number in numbers if float(number) == number]
    integers = [int(number) for number in numbers if number == math.floor(number) and int(number) in INT64]
    as_float = cast(spelled, DOUBLE_PRECISION) == any_(value_list(floats, DOUBLE_PRECISION()))
    as_integer = cast(spelled, BigInteger()) == any_(value_list(integers, BigInteger()))
    return case((is_float(spelled), as_float), else_=as_integer)


def compare_number(source: ColumnElement[Any], op: Op, number: float) -> Condition:
    """Returns the condition that a value, as written, is a number with an exact ordering relation to another.

    For an integer that no float equals, a float is compared with the nearest float beyond it; for a float, an integer
    is compared with the nearest integer before it.
    """
    spelled = cast(source, TEXT)
    bound = nearest_float(number, down=op in DOWNWARD)
    compare = ORDERED if bound == number else INCLUSIVE
    as_float = compare[op](cast(spelled, DOUBLE_PRECISION), cast(literal(bound), DOUBLE_PRECISION))
    whole = math.floor(number) if op in {Op.LTE, Op.GT} else math.ceil(number)
    as_integer = ORDERED[op](cast(spelled, NUMERIC), cast(literal(str(whole), TEXT), NUMERIC))
    is_number_there = func.coalesce(func.json_typeof(source), "missing") == "number"
    return case((is_number_there, case((is_float(spelled), as_float), else_=as_integer)), else_=false())


def nearest_float(number: float, *, down: bool) -> float:
    """Returns the nearest float that is at most ``number`` if ``down``, else at least ``number``."""
    found = float(number)
    if found > number and down:
        return math.nextafter(found, -math.inf)
    return math.nextafter(found, math.inf) if found < number and not down else found


def is_float(spelled: ColumnElement[str]) -> Condition:
    """Returns the condition that a number is written as a float."""
    return spelled.regexp_match("[.eE]")


def is_number(value: Any) -> bool:
    """Returns whether a value is a number; true and false are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_ambiguous(value: Any) -> bool:
    """Returns whether an integer and a float that both equal a number may have different decimals."""
    return is_number(value) and value == math.floor(value) and abs(value) >= EXACT and int(value) in INT64


def spellings(value: Any) -> list[Any]:
    """Returns the values whose JSONB finds all values equal to a scalar; the same one twice if it also finds others."""
    return [int(value), float(value)] if is_ambiguous(value) else [value]


def nest_value(path: Sequence[str], value: Any) -> Any:
    """Returns a document with only one value, at a path."""
    for key in reversed(path):
        value = {key: value}
    return value


def contains(path: Sequence[str], wanted: Any) -> Condition:
    """Returns the condition that the value at a path is a text that contains another, or a list with a scalar."""
    value = value_at(path)
    kind = kind_of(value)
    if is_ambiguous(wanted):
        listed = case((kind == "array", has_number(source_at(path), wanted)), else_=false())
    else:
        has = value.contains(func.jsonb_build_array(as_jsonb(wanted)))
        listed = case((kind == "array", func.coalesce(has, false())), else_=false())
    if not isinstance(wanted, str):
        return listed
    return or_(case((kind == "string", func.strpos(plain(value), wanted) > 0), else_=false()), listed)


def has_number(source: ColumnElement[Any], wanted: float) -> Condition:
    """Returns the condition that a list, as written, has a number."""
    items = case((func.json_typeof(source) == "array", source), else_=cast(literal("[]", TEXT), JSON))
    item = func.json_array_elements(items).table_valued("value", name="meta_item")
    number = type_coerce(item.c.value, JSON)
    same = case((func.json_typeof(number) == "number", equal_number(number, [wanted])), else_=false())
    return select(literal(1)).select_from(item).where(same).correlate(traces).exists()


def as_jsonb(value: Any) -> ColumnElement[Any]:
    """Returns a JSONB parameter."""
    return cast(literal(orjson.dumps(value).decode(), TEXT), JSONB)


def jsonb_list(values: Sequence[Any]) -> ColumnElement[Any]:
    """Returns a parameter with an array of JSONB."""
    return cast(value_list([orjson.dumps(value).decode() for value in values], Text()), ARRAY(JSONB))
