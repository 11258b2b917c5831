"""Filter inputs: one operator input for each scalar, and the conversion of a ``where`` to a predicate."""

from __future__ import annotations

import dataclasses
import enum
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.execution.wording import graphql_name
from tunix_rt.api.scalars import JSON, BigInt
from tunix_rt.domain.filtering.metadata.conditions import check_meta_test
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
    check_node,
)
from tunix_rt.domain.global_ids import uuid_of
from tunix_rt.domain.search_words import required_phrases
from tunix_rt.errors import BadUserInput, PathPart, TooCostly

E = TypeVar("E", bound=enum.Enum)
N = TypeVar("N")
Path: TypeAlias = tuple[PathPart, ...]
"""The path of a value in the arguments."""

WHERE: Path = ("where",)

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

    ``ID_TYPES`` maps each id field to the type whose ids it takes. ``SEARCHES_WORDS`` is true if ``search`` needs a
    word.
    """

    ID_TYPES: ClassVar[Mapping[str, str]] = {}
    SEARCHES_WORDS: ClassVar[bool] = False


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


@cache
def spelled_field(input_type: Any, name: str) -> str:
    """Returns the name of an input's field in the schema."""
    named: dict[str, Any] = {spec.name: spec for spec in dataclasses.fields(input_type)}
    return getattr(named[name], "graphql_name", None) or graphql_name(name)


def predicate_of(where: Any, path: Path = WHERE, depth: int = 0) -> Predicate:
    """Returns the predicate of a filter input; a null input, or a null field in it, does not restrict.

    Raises:
        BadUserInput: an operator is null, a value or an id is malformed; the error has the path of it.
        TooCostly: the input is nested too deep, or a value is too long.
    """
    if depth > INPUT_MAX_DEPTH:
        raise TooCostly(f"The filter is nested deeper than {INPUT_MAX_DEPTH} levels.", WHERE)
    if where is None or where is UNSET:
        return EVERYTHING
    input_type: Any = type(where)
    parts = [
        part
        for name, value in given_fields(where)
        if value is not None
        for part in parts_of(where, name, value, (*path, spelled_field(input_type, name)), depth)
    ]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def parts_of(where: Any, name: str, value: Any, path: Path, depth: int) -> Iterator[Predicate]:
    """Yields the predicates of one field of a filter input, which has a path."""
    if name in COMBINED:
        yield COMBINED[name](value, path, depth + 1)
    elif name == "search":
        yield search_of(where, value, path)
    elif isinstance(value, list):
        for number, test in enumerate(value):
            tests = meta_tests if isinstance(test, MetaFilter) else metric_tests
            yield from tests(test, (*path, number))
    elif isinstance(value, RelatedWhere):
        for quantifier, inner in given_fields(value):
            if inner is not None:
                within = (*path, quantifier)
                yield Related(name, Quantifier(quantifier), predicate_of(inner, within, depth + 1))
    elif isinstance(value, RelatedRowWhere):
        yield Related(name, Quantifier.SOME, predicate_of(value, path, depth + 1))
    elif isinstance(value, Where):
        yield predicate_of(value, path, depth + 1)
    elif isinstance(value, StringListFilter):
        yield from list_tests(name, value, path)
    elif isinstance(value, bool):
        yield Compare(name, Op.EQ, value)
    else:
        yield from comparisons(name, value, where.ID_TYPES.get(name), path)


def predicates_of(parts: Sequence[Any], path: Path, depth: int) -> tuple[Predicate, ...]:
    """Returns the predicates of a list of filter inputs."""
    return tuple(predicate_of(part, (*path, number), depth) for number, part in enumerate(parts))


COMBINED: Mapping[str, Callable[[Any, Path, int], Predicate]] = {
    "and_": lambda parts, path, depth: All(predicates_of(parts, path, depth)),
    "or_": lambda parts, path, depth: AnyOf(predicates_of(parts, path, depth)),
    "not_": lambda part, path, depth: Not(predicate_of(part, path, depth)),
}
"""The fields that combine filters of the same type."""


def check_leaf(leaf: Predicate, path: Path, known: int = 2) -> Predicate:
    """Returns a condition after checks of its values, whose errors get the path of the input.

    Args:
        known: the length of the errors' own path that ``path`` is in place of.
    """
    try:
        check_node(leaf)
        if isinstance(leaf, MetaTest):
            check_meta_test(leaf)
    except BadUserInput as error:
        error.path = (*path, *error.path[known:])
        raise
    return leaf


def search_of(where: Where, text: str, path: Path) -> Predicate:
    """Returns the search of a filter input; raises as ``predicate_of`` does."""
    found = check_leaf(Search(text), path)
    if where.SEARCHES_WORDS:
        required_phrases(text, path)
    return found


def comparisons(name: str, value: Any, id_type: str | None, path: Path) -> Iterator[Predicate]:
    """Yields the comparisons of one field's operators."""
    for operator, operand in given_fields(value):
        operand_path = (*path, graphql_name(operator))
        if operand is None:
            raise BadUserInput(f"{graphql_name(name)}.{operand_path[-1]} cannot be null; use isNull.", operand_path)
        takes_ids = id_type is not None and operator != "is_null"
        stored = stored_operand(ids_of(operand, str(id_type), operand_path) if takes_ids else operand)
        yield check_leaf(Compare(name, op_of(operator), stored), operand_path, 3)


def metric_tests(test: RunMetricFilter, path: Path) -> Iterator[Predicate]:
    """Yields the predicates of a filter of a metric; none without an operator."""
    for operator, operand in given_fields(test.last) if test.last else ():
        spelled = graphql_name(operator)
        if operand is None:
            raise BadUserInput(f"metrics.last.{spelled} cannot be null; use isNull.", (*path, "last", spelled))
        yield check_leaf(MetricTest(test.name, op_of(operator), stored_operand(operand)), path)


def list_tests(name: str, value: StringListFilter, path: Path) -> Iterator[Predicate]:
    """Yields the predicates of a filter of a list of strings, which is stored as null if it is empty."""
    for operator, operand in given_fields(value):
        operand_path = (*path, graphql_name(operator))
        if operand is None:
            raise BadUserInput(f"{graphql_name(name)}.{operand_path[-1]} cannot be null.", operand_path)
        if operator == "is_empty":
            yield Compare(name, Op.IS_NULL, operand)
            continue
        elements = [operand] if operator == "has" else operand
        tests = tuple(check_leaf(Compare(name, Op.CONTAINS, element), operand_path, 3) for element in elements)
        some = AnyOf(tests)
        yield All(tests) if operator in {"has", "has_every"} else Not(some) if operator == "has_none" else some


def stored_operand(operand: Any) -> Any:
    """Returns an operand in the form in which the column stores it."""
    if isinstance(operand, list):
        return tuple(stored_operand(part) for part in operand)
    return operand.value if isinstance(operand, enum.Enum) else operand


def ids_of(operand: Any, id_type: str, path: Path) -> uuid.UUID | list[uuid.UUID]:
    """Returns an id operand as UUIDs."""
    if isinstance(operand, list):
        return [uuid_of(part, id_type, path) for part in operand]
    return uuid_of(operand, id_type, path)


def meta_tests(test: MetaFilter, path: Path) -> Iterator[Predicate]:
    """Yields the predicates of a metadata filter; none for a path without an operator."""
    for operator, operand in given_fields(test):
        if operator == "path":
            continue
        spelled = graphql_name(operator)
        if operand is None and operator not in {"eq", "ne", "contains"}:
            raise BadUserInput(f"meta.{spelled} cannot be null.", (*path, spelled))
        is_list = isinstance(operand, list) and operator in {"in_", "not_in"}
        yield check_leaf(MetaTest(tuple(test.path), op_of(operator), tuple(operand) if is_list else operand), path)
