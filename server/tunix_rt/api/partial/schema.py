"""A schema for one query: the root fields, types and fields that it names, which a command builds instead of all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import strawberry
from graphql import FieldNode, OperationDefinitionNode, parse
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from tunix_rt.api.execution.executor import PlanningExecutor
from tunix_rt.api.partial.root_fields import MODULES, ROOTS
from tunix_rt.api.scalars import SCALARS
from tunix_rt.api.schema import TunixSchema

NAME = re.compile(r"[_A-Za-z]\w*")


class PartialSchema(TunixSchema):
    """A schema whose types have only the fields of some names.

    Args:
        names: the names of fields of objects and of inputs, as the schema spells them.
    """

    def __init__(self, names: frozenset[str], **options: Any) -> None:
        self._names = names
        super().__init__(**options)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Returns the fields of a type that are named or that its interfaces have; at least one, which a type needs."""
        name_of = self.config.name_converter.get_graphql_name
        required = {field.name for kind in type_definition.interfaces for field in self.get_fields(kind)}
        kept = [one for one in type_definition.fields if name_of(one) in self._names or one.name in required]
        return kept or type_definition.fields[:1]


def partial_schema(document: str, variables: Mapping[str, Any]) -> PartialSchema | None:
    """Returns a schema in which a query can be executed; None if that takes the whole schema.

    A query that is invalid by the whole schema is invalid by this one, but its errors may have other messages.
    """
    fields = root_fields(document)
    if fields is None or not MODULES.keys() >= fields:
        return None
    modules = sorted({MODULES[field] for field in fields})
    bases = tuple(getattr(import_module(f"tunix_rt.api.roots.{module}"), ROOTS[module][0]) for module in modules)
    return PartialSchema(
        frozenset(NAME.findall(document)) | frozenset(keys_in(variables)),
        query=strawberry.type(type("PartialQuery", bases, {}), name="Query"),
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PlanningExecutor,
    )


def root_fields(document: str) -> set[str] | None:
    """Returns the names of the fields of a document's queries; None if it has fragments there, or other operations."""
    found: set[str] = set()
    for node in parse(document).definitions:
        if isinstance(node, OperationDefinitionNode):
            if node.operation.value != "query":
                return None
            for selection in node.selection_set.selections:
                if not isinstance(selection, FieldNode):
                    return None
                found.add(selection.name.value)
    return found


def keys_in(value: Any) -> Iterator[str]:
    """Yields the keys of all objects in a value of JSON."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from keys_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from keys_in(inner)
