"""Predicates: a ``where`` input as a typed tree, stored as JSON in recipes and compiled to SQL.

The logic has two values: a row without a value satisfies ``isNull``, ``ne`` and ``notIn`` and no other operator, so
``not`` is an exact complement.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from tunix_rt.domain.text import JSON_MAX_DEPTH, text_error
from tunix_rt.errors import BadUserInput, TooCostly

MAX_DEPTH = 10
MAX_NODES = 200
MAX_LIST = 1000
MAX_TEXT_CHARS = 1000
MAX_VALUES = 10_000
"""The maximum number of values in a filter; an operator has one, or as many as its list."""

MAX_VALUE_BYTES = 1_048_576
"""The maximum UTF-8 bytes of all texts in a filter, including metadata paths."""


class Op(Enum):
    """A comparison operator."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "notIn"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    IS_NULL = "isNull"
    EXISTS = "exists"


class Quantifier(Enum):
    """The number of related rows that must satisfy a predicate."""

    SOME = "some"
    NONE = "none"
    EVERY = "every"


class Compare(msgspec.Struct, tag="compare", frozen=True):
    """A comparison of a stored column with a value (a list for IN and NOT_IN)."""

    field: str
    op: Op
    value: Any


class MetaTest(msgspec.Struct, tag="meta", frozen=True):
    """A comparison of a metadata value, addressed by its keys.

    Types are distinct: the text "1", the number 1 and true are three values. CONTAINS finds a substring of a text or
    an element of a list.
    """

    path: tuple[str, ...]
    op: Op
    value: Any


class MetricTest(msgspec.Struct, tag="metric", frozen=True):
    """A comparison of the last finite value of a run's metric, which a run without one has as null."""

    name: str
    op: Op
    value: Any


class Search(msgspec.Struct, tag="search", frozen=True):
    """A search for words that must all occur in the row's text; a term with punctuation inside is a phrase."""

    text: str


class Related(msgspec.Struct, tag="related", frozen=True):
    """A predicate over a row's related rows."""

    relation: str
    quantifier: Quantifier
    where: Predicate


class All(msgspec.Struct, tag="all", frozen=True):
    """A conjunction; true if it is empty."""

    parts: tuple[Predicate, ...]


class AnyOf(msgspec.Struct, tag="any", frozen=True):
    """A disjunction; false if it is empty."""

    parts: tuple[Predicate, ...]


class Not(msgspec.Struct, tag="not", frozen=True):
    """A negation."""

    part: Predicate


Predicate: TypeAlias = Compare | MetaTest | MetricTest | Search | Related | All | AnyOf | Not

EVERYTHING = All(())
"""The predicate that every row satisfies."""

NOTHING = AnyOf(())
"""The predicate that no row satisfies."""


def to_json(predicate: Predicate) -> bytes:
    """Returns the predicate as JSON for storage."""
    return msgspec.json.encode(predicate)


def is_everything(predicate: Predicate) -> bool:
    """Returns whether a predicate is ``EVERYTHING`` or an equivalent conjunction; only its form is checked."""
    return isinstance(predicate, All) and all(is_everything(part) for part in predicate.parts)


def check(predicate: Predicate) -> Predicate:
    """Checks the size of a predicate from a user, then each of its values.

    Raises:
        TooCostly: the predicate is deeper or larger, or has longer lists, than allowed.
        BadUserInput: the database cannot compare a text.
    """
    values = 0
    for count, (node, depth) in enumerate(walk(predicate), start=1):
        if depth > MAX_DEPTH:
            raise TooCostly(f"The filter is nested deeper than {MAX_DEPTH} levels.", ["where"])
        if count > MAX_NODES:
            raise TooCostly(f"The filter has more than {MAX_NODES} conditions.", ["where"])
        values += value_count(node)
    require_few_values(values)
    require_few_bytes(sum(check_node(node) for node, _ in walk(predicate)))
    return predicate


def value_count(node: Predicate) -> int:
    """Returns the number of values of a node, without its children."""
    if not isinstance(node, (Compare, MetaTest, MetricTest)):
        return 1 if isinstance(node, Search) else 0
    return len(node.value) if isinstance(node.value, (list, tuple)) else 1


def require_few_values(values: int) -> None:
    """Checks the number of a filter's values.

    Raises:
        TooCostly: there are too many; the message names the limit and the number.
    """
    if values > MAX_VALUES:
        raise TooCostly(f"A filter may have at most {MAX_VALUES} values; this one has {values}.", ["where"])


def require_few_bytes(size: int) -> None:
    """Checks the size of a filter's texts; raises as ``require_few_values`` does."""
    if size > MAX_VALUE_BYTES:
        raise TooCostly(f"A filter may have at most {MAX_VALUE_BYTES} bytes of text; this one has {size}.", ["where"])


def check_node(node: Predicate) -> int:
    """Checks a node's values, without its children, and returns the bytes of their texts; raises as ``check`` does."""
    if isinstance(node, Compare):
        return check_value(node.value, ["where", node.field, node.op.value])
    if isinstance(node, MetaTest):
        found = check_value(node.value, ["where", "meta", node.op.value])
        return found + check_value(node.path, ["where", "meta", "path"])
    if isinstance(node, MetricTest):
        found = check_value(node.value, ["where", "metrics", "last", node.op.value])
        return found + check_value(node.name, ["where", "metrics", "name"])
    return check_value(node.text, ["where", "search"]) if isinstance(node, Search) else 0


def check_value(value: Any, path: list[str | int], depth: int = 0) -> int:
    """Checks the value of a comparison and returns the bytes of its texts; raises as ``check`` does."""
    if depth > JSON_MAX_DEPTH:
        raise BadUserInput(f"The filter's value is nested deeper than {JSON_MAX_DEPTH} levels.", path)
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_LIST:
            raise TooCostly(f"A list in a filter may have at most {MAX_LIST} values; this one has {len(value)}.", path)
        return sum(check_value(item, path, depth + 1) for item in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadUserInput(f"The filter's number is {value}, which JSON cannot represent.", path)
    return check_text(value, path) if isinstance(value, str) else 0


def check_text(value: str, path: list[str | int]) -> int:
    """Checks a text of a filter and returns its bytes; raises as ``check`` does."""
    if len(value) > MAX_TEXT_CHARS:
        raise TooCostly(
            f"A text in a filter may have at most {MAX_TEXT_CHARS} characters; this one has {len(value)}.", path
        )
    if error := text_error(value):
        raise BadUserInput(f"The filter's text {error}.", path)
    return len(value.encode())


def walk(predicate: Predicate, depth: int = 0) -> Iterator[tuple[Predicate, int]]:
    """Yields each node of a predicate with its depth."""
    yield predicate, depth
    if isinstance(predicate, (All, AnyOf)):
        for part in predicate.parts:
            yield from walk(part, depth + 1)
    elif isinstance(predicate, Not):
        yield from walk(predicate.part, depth + 1)
    elif isinstance(predicate, Related):
        yield from walk(predicate.where, depth + 1)
