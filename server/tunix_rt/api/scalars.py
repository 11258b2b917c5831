"""The custom scalars."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NewType

from graphql import (
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)
from strawberry import scalar
from strawberry.types.scalar import ScalarDefinition

from tunix_rt.domain.instants import read_time

JSON = NewType("JSON", object)
BigInt = NewType("BigInt", int)


def as_is(value: Any) -> Any:
    """Returns a value unchanged: the JSON encoder writes times and UUIDs."""
    return value


def parse_instant(value: Any) -> datetime:
    """Parses an ISO 8601 instant with a time zone, and returns it in UTC.

    Raises:
        GraphQLError: the value is anything else.
    """
    if isinstance(value, str):
        try:
            parsed = read_time(value)
            if parsed.tzinfo is not None:
                return parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("DateTime must be an ISO 8601 string with a time zone offset, such as 2026-01-31T12:00:00Z.")


def parse_uuid(value: Any) -> uuid.UUID:
    """Parses the text of a UUID.

    Raises:
        GraphQLError: the value is anything else.
    """
    try:
        if isinstance(value, str):
            return uuid.UUID(value)
    except ValueError:
        pass
    raise GraphQLError("UUID must be a string such as 01890a5d-ac96-774b-bcce-b302099a8057.")


def parse_big_int(value: Any) -> int:
    """Parses a signed integer of up to 64 bits, given as a number or as a string of digits.

    Raises:
        GraphQLError: the value is anything else.
    """
    try:
        number = int(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not -(2**63) <= number < 2**63:
        raise GraphQLError("BigInt must be an integer of at most 64 bits.")
    return number


def literal(parse: Callable[[Any], Any]) -> Callable[..., Any]:
    """Returns a function that parses a scalar's literals like its variables, with errors located at the literal."""

    def parse_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        try:
            return parse(value_from_ast_untyped(node, variables))
        except GraphQLError as error:
            raise GraphQLError(error.message, node) from None

    return parse_literal


def literal_value(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
    """Returns the JSON value of a GraphQL literal, with exact integers.

    Raises:
        GraphQLError: the literal has an enum value, for which JSON has no type.
    """
    if isinstance(node, VariableNode):
        return (variables or {}).get(node.name.value)
    if isinstance(node, ObjectValueNode):
        return {part.name.value: literal_value(part.value, variables) for part in node.fields}
    if isinstance(node, ListValueNode):
        return [literal_value(part, variables) for part in node.values]
    if isinstance(node, NullValueNode):
        return None
    if isinstance(node, IntValueNode):
        return int(node.value) if len(node.value) < 400 else float("inf")
    if isinstance(node, FloatValueNode):
        return float(node.value)
    if not hasattr(node, "value") or node.kind == "enum_value":
        raise GraphQLError("JSON takes strings, numbers, booleans, null, lists and objects.", node)
    return node.value


SCALARS: dict[object, ScalarDefinition] = {
    datetime: scalar(
        name="DateTime",
        description="A point in time in UTC, in ISO 8601 format with `Z` and microseconds. Input may have any time "
        "zone offset.",
        serialize=as_is,
        parse_value=parse_instant,
        parse_literal=literal(parse_instant),
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    ),
    uuid.UUID: scalar(
        name="UUID",
        description="A UUID (RFC 9562) in canonical text form.",
        serialize=as_is,
        parse_value=parse_uuid,
        parse_literal=literal(parse_uuid),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
    ),
    JSON: scalar(
        name="JSON",
        description="Any JSON value. Used only for content that users define: metadata, score details, filters.",
        serialize=as_is,
        parse_value=as_is,
        parse_literal=literal_value,
    ),
    BigInt: scalar(
        name="BigInt",
        description="A signed 64-bit integer. Used for values that may exceed 32 bits: sizes in bytes, numbers of rows "
        "and of model parameters, and 64-bit random seeds. `Int` is used for all other whole numbers.",
        serialize=as_is,
        parse_value=parse_big_int,
        parse_literal=literal(parse_big_int),
    ),
}
