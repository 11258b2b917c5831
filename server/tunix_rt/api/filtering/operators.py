"""Filter inputs: one small operator input per scalar, and how a ``where`` becomes a predicate."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.domain.filtering.predicates import (
    EVERYTHING,
    All,
    AnyOf,
    Compare,
    MetaTest,
    Not,
    Op,
    Predicate,
    Quantifier,
    Related,
    Search,
)
from tunix_rt.errors import BadUserInput, TooCostly

E = TypeVar("E", bound=enum.Enum)

INPUT_MAX_DEPTH = 40
"""Deeper input objects are refused before they are walked; ``domain.filters.check`` has the finer limit."""


def op(description: str) -> Any:
    """An optional operator."""
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="Conditions on a text. Letters are compared exactly, in code-point order.")
class StringFilter:
    eq: str | None = op("Is exactly this.")
    ne: str | None = op("Is not this; a missing text is not this either.")
    in_: list[str] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[str] | None = op("Is none of these.")
    lt: str | None = op("Sorts before this.")
    lte: str | None = op("Is this or sorts before it.")
    gt: str | None = op("Sorts after this.")
    gte: str | None = op("Is this or sorts after it.")
    contains: str | None = op("Holds this, letter for letter.")
    starts_with: str | None = op("Starts with this, letter for letter.")
    is_null: bool | None = op("Whether it is missing.")


@strawberry.input(description="Conditions on a whole number.")
class IntFilter:
    eq: int | None = op("Is this.")
    ne: int | None = op("Is not this.")
    in_: list[int] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[int] | None = op("Is none of these.")
    lt: int | None = op("Is less than this.")
    lte: int | None = op("Is at most this.")
    gt: int | None = op("Is greater than this.")
    gte: int | None = op("Is at least this.")
    is_null: bool | None = op("Whether it is missing.")


@strawberry.input(description="Conditions on a whole number of up to 64 bits.")
class BigIntFilter:
    eq: BigInt | None = op("Is this.")
    ne: BigInt | None = op("Is not this.")
    in_: list[BigInt] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[BigInt] | None = op("Is none of these.")
    lt: BigInt | None = op("Is less than this.")
    lte: BigInt | None = op("Is at most this.")
    gt: BigInt | None = op("Is greater than this.")
    gte: BigInt | None = op("Is at least this.")
    is_null: bool | None = op("Whether it is missing.")


@strawberry.input(description="Conditions on a number.")
class FloatFilter:
    eq: float | None = op("Is this.")
    ne: float | None = op("Is not this.")
    in_: list[float] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[float] | None = op("Is none of these.")
    lt: float | None = op("Is less than this.")
    lte: float | None = op("Is at most this.")
    gt: float | None = op("Is greater than this.")
    gte: float | None = op("Is at least this.")
    is_null: bool | None = op("Whether it is missing.")


@strawberry.input(description="Conditions on an instant.")
class DateTimeFilter:
    eq: datetime | None = op("Is this instant.")
    ne: datetime | None = op("Is not this instant.")
    lt: datetime | None = op("Is before this.")
    lte: datetime | None = op("Is this or before it.")
    gt: datetime | None = op("Is after this.")
    gte: datetime | None = op("Is this or after it.")


@strawberry.input(description="Conditions on an id; global ids and bare UUIDs are both understood.")
class IdFilter:
    eq: strawberry.ID | None = op("Is this.")
    ne: strawberry.ID | None = op("Is not this.")
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[strawberry.ID] | None = op("Is none of these.")
    is_null: bool | None = op("Whether it is missing.")


@strawberry.input
class EnumFilter(Generic[E]):
    """The operators on an enum: the filter of each enum is a subclass, which gives it a name and a description."""

    eq: E | None = op("Is this.")
    ne: E | None = op("Is not this.")
    in_: list[E] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )


@strawberry.input(
    description="A condition on a value inside the metadata. Types are kept apart: the text `1`, the number 1 and "
    "`true` are three values."
)
class MetaFilter:
    path: list[str] = strawberry.field(
        description="The keys that lead to the value, outermost first; one key may stand alone."
    )
    eq: JSON | None = op("Is this text, number, boolean or null.")
    ne: JSON | None = op("Is not this, or is missing.")
    in_: list[JSON] | None = strawberry.field(
        name="in", default=UNSET, description="Is one of these; of none, nothing matches."
    )
    not_in: list[JSON] | None = op("Is none of these, or is missing.")
    lt: JSON | None = op("Is a number less than this, compared exactly.")
    lte: JSON | None = op("Is a number of at most this, compared exactly.")
    gt: JSON | None = op("Is a number greater than this, compared exactly.")
    gte: JSON | None = op("Is a number of at least this, compared exactly.")
    contains: JSON | None = op("Is a text that holds this text, or a list that has this element, null too.")
    starts_with: str | None = op("Is a text that starts with this.")
    exists: bool | None = op("Whether there is a value, even null.")


class Where:
    """What filter inputs share: how their fields are read.

    ``ID_TYPES`` names, for each id field, the type whose ids it takes.
    """

    ID_TYPES: ClassVar[Mapping[str, str]] = {}


class RelatedWhere:
    """The mark of an input with ``some``, ``none`` and ``every``."""


OPS = {"in_": Op.IN, "not_in": Op.NOT_IN, "starts_with": Op.STARTS_WITH, "is_null": Op.IS_NULL}


def op_of(name: str) -> Op:
    """The operator that an input field stands for."""
    return OPS.get(name) or Op(name)


def given(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of an input that were given, null or not."""
    for spec in dataclasses.fields(value):
        found = getattr(value, spec.name)
        if found is not UNSET:
            yield spec.name, found


def predicate_of(where: Any, depth: int = 0) -> Predicate:
    """The predicate of a filter input; a null one, or a null field in it, restricts nothing.

    Raises:
        BadUserInput: for an operator with null, a malformed id, or nesting beyond all bounds.
    """
    if depth > INPUT_MAX_DEPTH:
        raise TooCostly(f"The filter is nested deeper than {INPUT_MAX_DEPTH} levels.", ["where"])
    if where is None or where is UNSET:
        return EVERYTHING
    parts = [part for name, value in given(where) if value is not None for part in parts_of(where, name, value, depth)]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def parts_of(where: Any, name: str, value: Any, depth: int) -> Iterator[Predicate]:
    """What one field of a filter input asks for."""
    if name == "and_":
        yield All(tuple(predicate_of(part, depth + 1) for part in value))
    elif name == "or_":
        yield AnyOf(tuple(predicate_of(part, depth + 1) for part in value))
    elif name == "not_":
        yield Not(predicate_of(value, depth + 1))
    elif name == "search":
        yield Search(value)
    elif name == "meta":
        for test in value:
            yield from meta_tests(test)
    elif isinstance(value, RelatedWhere):
        for quantifier, inner in given(value):
            if inner is not None:
                yield Related(name, Quantifier(quantifier), predicate_of(inner, depth + 1))
    elif isinstance(value, bool):
        yield Compare(name, Op.EQ, value)
    else:
        yield from comparisons(name, value, where.ID_TYPES.get(name))


def comparisons(name: str, value: Any, id_type: str | None) -> Iterator[Predicate]:
    """What the operators of one field ask for."""
    for operator, operand in given(value):
        path = ("where", graphql_name(name), graphql_name(operator))
        if operand is None:
            raise BadUserInput(f"{path[1]}.{path[2]} cannot be null; use isNull.", path)
        takes_ids = id_type is not None and operator != "is_null"
        yield Compare(name, op_of(operator), stored(ids_of(operand, str(id_type), path) if takes_ids else operand))


def stored(operand: Any) -> Any:
    """An operand as the column stores it."""
    if isinstance(operand, list):
        return tuple(stored(part) for part in operand)
    return operand.value if isinstance(operand, enum.Enum) else operand


def ids_of(operand: Any, id_type: str, path: tuple[str, ...]) -> uuid.UUID | list[uuid.UUID]:
    """An id operand as UUIDs."""
    if isinstance(operand, list):
        return [uuid_of(part, id_type, path) for part in operand]
    return uuid_of(operand, id_type, path)


def meta_tests(test: MetaFilter) -> Iterator[Predicate]:
    """What one metadata filter asks for; a path alone asks for nothing."""
    for operator, operand in given(test):
        if operator == "path":
            continue
        if operand is None and operator not in {"eq", "ne", "contains"}:
            raise BadUserInput(
                f"meta.{graphql_name(operator)} cannot be null.", ["where", "meta", graphql_name(operator)]
            )
        yield MetaTest(
            tuple(test.path),
            op_of(operator),
            tuple(operand) if isinstance(operand, list) and operator in {"in_", "not_in"} else operand,
        )
