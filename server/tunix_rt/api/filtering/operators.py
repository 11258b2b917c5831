"""Filter inputs: one operator input for each scalar, and the conversion of a ``where`` to a predicate."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.domain.filtering.predicates import (
    EVERYTHING,
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
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.errors import BadUserInput, TooCostly

E = TypeVar("E", bound=enum.Enum)
N = TypeVar("N")

INPUT_MAX_DEPTH = 40
"""Maximum depth of an input object, checked while it is read.

``domain.filtering.predicates.check`` has the exact limit.
"""
CREATED_BY = (
    "Name of the API key with which the object was created, or `user:` and the name of a user whom a proxy signed in; "
    "`isNull: true` for objects created without either."
)


def op(description: str) -> Any:
    """Returns the field of an optional operator."""
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="Conditions on a string. Comparison is case-sensitive, by Unicode code points.")
class StringFilter:
    eq: str | None = op("Equal to this value.")
    ne: str | None = op("Not equal to this value; a null does not equal any string.")
    in_: list[str] | None = strawberry.field(
        name="in", default=UNSET, description="Equal to one of these; an empty list matches nothing."
    )
    not_in: list[str] | None = op("Not equal to any of these; an empty list matches everything.")
    lt: str | None = op("Sorts before this value.")
    lte: str | None = op("Equals this value or sorts before it.")
    gt: str | None = op("Sorts after this value.")
    gte: str | None = op("Equals this value or sorts after it.")
    contains: str | None = op("Contains this substring, case-sensitive.")
    starts_with: str | None = op("Starts with this prefix, case-sensitive.")
    is_null: bool | None = op("`true` matches null, `false` matches any value.")


@strawberry.input
class NumberFilter(Generic[N]):
    """The operators on a number; the filter of each scalar is a subclass with a name and a description."""

    eq: N | None = op("Equal to this value.")
    ne: N | None = op("Not equal to this value.")
    in_: list[N] | None = strawberry.field(
        name="in", default=UNSET, description="Equal to one of these; an empty list matches nothing."
    )
    not_in: list[N] | None = op("Not equal to any of these; an empty list matches everything.")
    lt: N | None = op("Less than this value.")
    lte: N | None = op("Less than or equal to this value.")
    gt: N | None = op("Greater than this value.")
    gte: N | None = op("Greater than or equal to this value.")
    is_null: bool | None = op("`true` matches null, `false` matches any value.")


@strawberry.input(description="Conditions on an integer.")
class IntFilter(NumberFilter[int]):
    pass


@strawberry.input(description="Conditions on a 64-bit integer.")
class BigIntFilter(NumberFilter[BigInt]):
    pass


@strawberry.input(description="Conditions on a floating-point number.")
class FloatFilter(NumberFilter[float]):
    pass


@strawberry.input(description="Conditions on a list of strings.")
class StringListFilter:
    has: str | None = op("Has this element.")
    has_some: list[str] | None = op("Has at least one of these elements; an empty list matches nothing.")
    has_every: list[str] | None = op("Has all of these elements; an empty list matches everything.")
    has_none: list[str] | None = op("Has none of these elements; an empty list matches everything.")
    is_empty: bool | None = op("`true` matches an empty list, `false` matches a list with elements.")


@strawberry.input(description="Conditions on a point in time.")
class DateTimeFilter:
    eq: datetime | None = op("At this time.")
    ne: datetime | None = op("Not at this time.")
    lt: datetime | None = op("Before this time.")
    lte: datetime | None = op("At or before this time.")
    gt: datetime | None = op("After this time.")
    gte: datetime | None = op("At or after this time.")
    is_null: bool | None = op("`true` matches null, `false` matches any time.")


@strawberry.input(description="Conditions on an object's identity. Accepts its `id` or `uuid`.")
class IdFilter:
    eq: strawberry.ID | None = op("Equal to this value.")
    ne: strawberry.ID | None = op("Not equal to this value.")
    in_: list[strawberry.ID] | None = strawberry.field(
        name="in", default=UNSET, description="Equal to one of these; an empty list matches nothing."
    )
    not_in: list[strawberry.ID] | None = op("Not equal to any of these; an empty list matches everything.")
    is_null: bool | None = op("`true` matches null, `false` matches any value.")


@strawberry.input
class EnumFilter(Generic[E]):
    """The operators on an enum; each enum's filter is a subclass with a name and a description."""

    eq: E | None = op("Equal to this value.")
    ne: E | None = op("Not equal to this value.")
    in_: list[E] | None = strawberry.field(
        name="in", default=UNSET, description="Equal to one of these; an empty list matches nothing."
    )
    not_in: list[E] | None = op("Not equal to any of these; an empty list matches everything.")
    is_null: bool | None = op("`true` matches null, `false` matches any value.")


@strawberry.input(
    description='A condition on a value in the metadata of a trace. Values are typed: the string `"1"`, the number 1 '
    "and `true` are three different values."
)
class MetaFilter:
    path: list[str] = strawberry.field(
        description='The keys leading to the value, outermost first, such as `["model", "name"]`. A single key may be '
        "given without a list."
    )
    eq: JSON | None = op("Equal to this string, number, boolean or null.")
    ne: JSON | None = op("Not equal to this value, or missing.")
    in_: list[JSON] | None = strawberry.field(
        name="in", default=UNSET, description="Equal to one of these; an empty list matches nothing."
    )
    not_in: list[JSON] | None = op("Not equal to any of these, or missing.")
    lt: JSON | None = op("A number less than this one; integers of any size compare exactly.")
    lte: JSON | None = op("A number less than or equal to this one; integers of any size compare exactly.")
    gt: JSON | None = op("A number greater than this one; integers of any size compare exactly.")
    gte: JSON | None = op("A number greater than or equal to this one; integers of any size compare exactly.")
    contains: JSON | None = op(
        "A string that contains this substring, or a list that has this element (null included)."
    )
    starts_with: str | None = op("A string that starts with this prefix.")
    exists: bool | None = op(
        "`true` matches metadata that has a value at the path, even null; `false` matches metadata that has none."
    )


@strawberry.input(description="A condition on the last value of a metric of a run.")
class RunMetricFilter:
    name: str = strawberry.field(description="Name of the metric, such as `eval/loss`.")
    last: FloatFilter | None = op(
        "Conditions on the value at the last step. It is null if the run does not have the metric, or if the value is "
        "not finite."
    )


class Where:
    """The base of all filter inputs.

    ``ID_TYPES`` maps each id field to the type whose ids it takes.
    """

    ID_TYPES: ClassVar[Mapping[str, str]] = {}


class RelatedRowWhere(Where):
    """The base of filters of the one row of another table that belongs to a row, if there is one."""


class RelatedWhere:
    """The base of inputs with ``some``, ``none`` and ``every``."""


OPS = {"in_": Op.IN, "not_in": Op.NOT_IN, "starts_with": Op.STARTS_WITH, "is_null": Op.IS_NULL}


def op_of(name: str) -> Op:
    """Returns the operator of an input field."""
    return OPS.get(name) or Op(name)


def given_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yields the given fields of an input, those given as null included."""
    for spec in dataclasses.fields(value):
        found = getattr(value, spec.name)
        if found is not UNSET:
            yield spec.name, found


def predicate_of(where: Any, depth: int = 0) -> Predicate:
    """Returns the predicate of a filter input; a null input, or a null field in it, does not restrict.

    Raises:
        BadUserInput: an operator is null, an id is malformed, or the input is nested too deep.
    """
    if depth > INPUT_MAX_DEPTH:
        raise TooCostly(f"The filter is nested deeper than {INPUT_MAX_DEPTH} levels.", ["where"])
    if where is None or where is UNSET:
        return EVERYTHING
    parts = [
        part for name, value in given_fields(where) if value is not None for part in parts_of(where, name, value, depth)
    ]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def parts_of(where: Any, name: str, value: Any, depth: int) -> Iterator[Predicate]:
    """Yields the predicates of one field of a filter input."""
    if name in COMBINED:
        yield COMBINED[name](value, depth + 1)
    elif name == "search":
        yield Search(value)
    elif isinstance(value, list):
        for test in value:
            yield from meta_tests(test) if isinstance(test, MetaFilter) else metric_tests(test)
    elif isinstance(value, RelatedWhere):
        for quantifier, inner in given_fields(value):
            if inner is not None:
                yield Related(name, Quantifier(quantifier), predicate_of(inner, depth + 1))
    elif isinstance(value, RelatedRowWhere):
        yield Related(name, Quantifier.SOME, predicate_of(value, depth + 1))
    elif isinstance(value, Where):
        yield predicate_of(value, depth + 1)
    elif isinstance(value, StringListFilter):
        yield from list_tests(name, value)
    elif isinstance(value, bool):
        yield Compare(name, Op.EQ, value)
    else:
        yield from comparisons(name, value, where.ID_TYPES.get(name))


COMBINED: Mapping[str, Callable[[Any, int], Predicate]] = {
    "and_": lambda parts, depth: All(tuple(predicate_of(part, depth) for part in parts)),
    "or_": lambda parts, depth: AnyOf(tuple(predicate_of(part, depth) for part in parts)),
    "not_": lambda part, depth: Not(predicate_of(part, depth)),
}
"""The fields that combine filters of the same type."""


def comparisons(name: str, value: Any, id_type: str | None) -> Iterator[Predicate]:
    """Yields the comparisons of one field's operators."""
    for operator, operand in given_fields(value):
        path = ("where", graphql_name(name), graphql_name(operator))
        if operand is None:
            raise BadUserInput(f"{path[1]}.{path[2]} cannot be null; use isNull.", path)
        takes_ids = id_type is not None and operator != "is_null"
        yield Compare(
            name, op_of(operator), stored_operand(ids_of(operand, str(id_type), path) if takes_ids else operand)
        )


def metric_tests(test: RunMetricFilter) -> Iterator[Predicate]:
    """Yields the predicates of a filter of a metric; none without an operator."""
    for operator, operand in given_fields(test.last) if test.last else ():
        if operand is None:
            path = ("where", "metrics", "last", graphql_name(operator))
            raise BadUserInput(f"metrics.last.{path[3]} cannot be null; use isNull.", path)
        yield MetricTest(test.name, op_of(operator), stored_operand(operand))


def list_tests(name: str, value: StringListFilter) -> Iterator[Predicate]:
    """Yields the predicates of a filter of a list of strings, which is stored as null if it is empty."""
    for operator, operand in given_fields(value):
        path = ("where", graphql_name(name), graphql_name(operator))
        if operand is None:
            raise BadUserInput(f"{path[1]}.{path[2]} cannot be null.", path)
        if operator == "is_empty":
            yield Compare(name, Op.IS_NULL, operand)
            continue
        tests = tuple(Compare(name, Op.CONTAINS, element) for element in ([operand] if operator == "has" else operand))
        some = AnyOf(tests)
        yield All(tests) if operator in {"has", "has_every"} else Not(some) if operator == "has_none" else some


def stored_operand(operand: Any) -> Any:
    """Returns an operand in the form in which the column stores it."""
    if isinstance(operand, list):
        return tuple(stored_operand(part) for part in operand)
    return operand.value if isinstance(operand, enum.Enum) else operand


def ids_of(operand: Any, id_type: str, path: tuple[str, ...]) -> uuid.UUID | list[uuid.UUID]:
    """Returns an id operand as UUIDs."""
    if isinstance(operand, list):
        return [uuid_of(part, id_type, path) for part in operand]
    return uuid_of(operand, id_type, path)


def meta_tests(test: MetaFilter) -> Iterator[Predicate]:
    """Yields the predicates of a metadata filter; none for a path without an operator."""
    for operator, operand in given_fields(test):
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
