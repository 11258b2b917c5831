"""Predicates: what a ``where`` says, as a typed tree that can be stored as JSON in a recipe and compiled to SQL.

The logic has two values: a row without a value satisfies ``isNull``, ``ne`` and ``notIn`` and no other operator, so
``not`` is an exact complement.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from tunix_rt.domain.text import text_fault
from tunix_rt.errors import BadUserInput, TooCostly

MAX_DEPTH = 10
MAX_NODES = 200
MAX_LIST = 1000
MAX_TEXT_CHARS = 1000


class Op(Enum):
    """What a comparison asks of a value."""

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
    """How many of a row's related rows must satisfy a predicate."""

    SOME = "some"
    NONE = "none"
    EVERY = "every"


class Compare(msgspec.Struct, tag="compare", frozen=True):
    """A stored column against a value (a list, for IN and NOT_IN)."""

    field: str
    op: Op
    value: Any


class MetaTest(msgspec.Struct, tag="meta", frozen=True):
    """A value inside the metadata, found by the keys that lead to it, against a value.

    Types are kept apart: the text "1", the number 1 and true are three values. CONTAINS finds a part of a text, or an
    element of a list.
    """

    path: tuple[str, ...]
    op: Op
    value: Any


class Search(msgspec.Struct, tag="search", frozen=True):
    """Words, all of which must occur in the row's text; a term with punctuation inside is a phrase."""

    text: str


class Related(msgspec.Struct, tag="related", frozen=True):
    """A predicate over a row's related rows."""

    relation: str
    quantifier: Quantifier
    where: Predicate


class All(msgspec.Struct, tag="all", frozen=True):
    """Every one of these; of none, everything."""

    parts: tuple[Predicate, ...]


class AnyOf(msgspec.Struct, tag="any", frozen=True):
    """At least one of these; of none, nothing."""

    parts: tuple[Predicate, ...]


class Not(msgspec.Struct, tag="not", frozen=True):
    """The complement."""

    part: Predicate


Predicate: TypeAlias = Compare | MetaTest | Search | Related | All | AnyOf | Not

EVERYTHING = All(())
"""The predicate that every row satisfies."""

NOTHING = AnyOf(())
"""The predicate that no row satisfies."""


def to_json(predicate: Predicate) -> bytes:
    """The predicate as JSON, to be stored."""
    return msgspec.json.encode(predicate)


def from_json(raw: bytes) -> Predicate:
    """The predicate that ``to_json`` stored.

    Raises:
        BadUserInput: if it is not one.
    """
    try:
        predicate: Predicate = msgspec.json.decode(raw, type=Predicate)
    except msgspec.DecodeError as error:
        raise BadUserInput(f"Not a stored filter: {error}.") from None
    return predicate


def is_everything(predicate: Predicate) -> bool:
    """Whether a predicate restricts nothing by its form alone."""
    return isinstance(predicate, All) and all(is_everything(part) for part in predicate.parts)


def check(predicate: Predicate) -> Predicate:
    """Bounds a predicate from a user.

    Raises:
        TooCostly: deeper, larger or with longer lists than allowed.
        BadUserInput: a text that the database cannot compare.
    """
    for count, (node, depth) in enumerate(walk(predicate), start=1):
        if depth > MAX_DEPTH:
            raise TooCostly(f"The filter is nested deeper than {MAX_DEPTH} levels.", ["where"])
        if count > MAX_NODES:
            raise TooCostly(f"The filter has more than {MAX_NODES} conditions.", ["where"])
        if isinstance(node, (Compare, MetaTest)):
            check_value(node.value, ["where", node.field if isinstance(node, Compare) else "meta", node.op.value])
        if isinstance(node, MetaTest):
            check_value(node.path, ["where", "meta", "path"])
        if isinstance(node, Search):
            check_value(node.text, ["where", "search"])
    return predicate


def check_value(value: Any, path: list[str | int]) -> None:
    """Bounds the value of one comparison; raises as ``check`` does."""
    if isinstance(value, (list, tuple)):
        if len(value) > MAX_LIST:
            raise TooCostly(f"A list in a filter has at most {MAX_LIST} values, this one has {len(value)}.", path)
        for item in value:
            check_value(item, path)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadUserInput(f"The filter's number is {value}, which JSON cannot hold.", path)
    if isinstance(value, str):
        if len(value) > MAX_TEXT_CHARS:
            raise TooCostly(
                f"A text in a filter has at most {MAX_TEXT_CHARS} characters, this one has {len(value)}.", path
            )
        if fault := text_fault(value):
            raise BadUserInput(f"The filter's text {fault}.", path)


def walk(predicate: Predicate, depth: int = 0) -> Iterator[tuple[Predicate, int]]:
    """Each node of a predicate with its depth."""
    yield predicate, depth
    if isinstance(predicate, (All, AnyOf)):
        for part in predicate.parts:
            yield from walk(part, depth + 1)
    elif isinstance(predicate, Not):
        yield from walk(predicate.part, depth + 1)
    elif isinstance(predicate, Related):
        yield from walk(predicate.where, depth + 1)
