"""Reads the structs of a record, such as its scores; errors name the field, what it must be and what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from tunix_rt.domain.text import clip, path_text
from tunix_rt.domain.traces.validation import json_type
from tunix_rt.errors import BadUserInput, PathPart
from tunix_rt.suggestions import did_you_mean

T = TypeVar("T")
PART = re.compile(r"\w+")
EXPECTED = re.compile(r"Expected `([^`]+)`")
NAMED = re.compile(r"(?P<problem>unknown|missing required) field `(?P<name>.+)`$", re.DOTALL)
TYPES = {
    "float": "a number",
    "int": "a whole number",
    "str": "a string",
    "bool": "a boolean",
    "null": "null",
    "object": "an object",
    "array": "a list",
}


def read_structs(given: Any, kind: type[T], field: str) -> T:
    """Converts the value of a field of a record.

    Args:
        kind: a struct, or a tuple of structs.

    Raises:
        BadUserInput: a field is missing, unknown or of the wrong type; the path names it.
    """
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise conversion_error(str(error), given, kind, field) from None


def conversion_error(message: str, given: Any, kind: Any, field: str) -> BadUserInput:
    """Returns the error for a message of msgspec."""
    reason, _, location = message.partition(" - at ")
    inside = [int(part) if part.isdigit() else part for part in PART.findall(location)]
    path: list[PathPart] = [field, *inside]
    label, found = path_text(path), type_at(inspect.type_info(kind), inside)
    if named := NAMED.search(reason):
        name = clip(named["name"])
        known = [one.encode_name for one in found.fields] if isinstance(found, inspect.StructType) else []
        if named["problem"] == "unknown":
            return BadUserInput(f"There is no field {name!r}.{did_you_mean(name, known)}", [*path, name])
        return BadUserInput(f"{path_text([*path, name])} is missing.", [*path, name])
    if isinstance(found, inspect.EnumType):
        values = ", ".join(str(member.value) for member in found.cls)
        return BadUserInput(f"{label} must be one of {values}.", path)
    if (expected := EXPECTED.match(reason)) and all(part in TYPES for part in expected[1].split(" | ")):
        wanted = " or ".join(TYPES[part] for part in expected[1].split(" | "))
        return BadUserInput(f"{label} must be {wanted}; it is {json_type(value_at(given, inside))}.", path)
    return BadUserInput(f"{label}: {clip(reason, 200)}.", path)


def type_at(found: inspect.Type, path: Sequence[PathPart]) -> inspect.Type:
    """Returns the type of the value at a path in a struct."""
    if isinstance(found, inspect.UnionType):
        found = next(one for one in found.types if not isinstance(one, inspect.NoneType))
    if not path:
        return found
    if isinstance(found, inspect.StructType):
        return type_at(next(one.type for one in found.fields if one.encode_name == path[0]), path[1:])
    return type_at(found.item_type, path[1:]) if isinstance(found, inspect.VarTupleType) else found


def value_at(given: Any, path: Sequence[PathPart]) -> Any:
    """Returns the value at a path."""
    for part in path:
        given = given[part]
    return given
