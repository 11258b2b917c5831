"""The schema and its elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings


@pytest.fixture(scope="module")
def sdl() -> str:
    """The schema of the code, in its definition language."""
    return build_schema(Limits.of(Settings())).as_str()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    """The schema of the code."""
    return build_schema(Limits.of(Settings()))._schema


def own_types(schema: GraphQLSchema) -> list[Any]:
    """Every type that is ours."""
    return [
        found
        for found in schema.type_map.values()
        if not is_introspection_type(found) and not is_specified_scalar_type(found)
    ]


def fields(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every field of every object, interface and input, as ``Type.field``."""
    for found in own_types(schema):
        if isinstance(found, (GraphQLObjectType, GraphQLInterfaceType, GraphQLInputObjectType)):
            yield from ((f"{found.name}.{name}", field) for name, field in found.fields.items())


def arguments(schema: GraphQLSchema) -> Iterator[tuple[str, Any]]:
    """Every argument and every field of an input, as ``Type.field(argument)`` and ``Type.field``."""
    for path, field in fields(schema):
        yield from ((f"{path}({name})", argument) for name, argument in getattr(field, "args", {}).items())
        if isinstance(schema.type_map[path.partition(".")[0]], GraphQLInputObjectType):
            yield path, field
