"""A document for every operation of the schema, which is refused before it does anything.

Each argument gets a variable of its type with a value that no type accepts. Permissions are checked before the values
of variables, so an operation that is permitted answers with the error of its variables, and one that is not permitted
with UNAUTHENTICATED or FORBIDDEN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import GraphQLSchema, get_named_type, is_composite_type

from tunix_rt.api.access.scopes import Requires, requirement_of

UNFIT = [{"?": 1}]
"""A value that is refused as a value of every input type."""


@dataclass(frozen=True)
class Operation:
    """One operation: a root field with its required scope."""

    kind: str
    name: str
    requires: Requires | None
    query: str
    variables: dict[str, Any]

    def __str__(self) -> str:
        return self.name


def lists_of(schema: GraphQLSchema) -> dict[str, str]:
    """Returns a query of each list of the schema that needs no argument, which runs as a prepared operation."""
    root = schema.query_type
    assert root
    return {
        name: f"{{ {name} {{ nodes {{ __typename }} }} }}"
        for name, field in root.fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    }


def operations_of(schema: GraphQLSchema) -> list[Operation]:
    """Returns every operation of a schema."""
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    return [
        operation_of(kind, name, field)
        for kind, root in roots.items()
        if root is not None
        for name, field in root.fields.items()
    ]


def operation_of(kind: str, name: str, field: Any) -> Operation:
    """Returns the operation of a root field."""
    declared = ", ".join(f"${argument}: {found.type}" for argument, found in field.args.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    below = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
    query = f"{kind} {f'({declared})' if declared else ''} {{ {name}{f'({passed})' if passed else ''}{below} }}"
    return Operation(kind, name, requirement_of(field), query, dict.fromkeys(field.args, UNFIT))
