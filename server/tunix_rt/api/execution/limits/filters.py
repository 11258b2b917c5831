"""Limits on the filters in an operation's variables, counted on their JSON before it is coerced.

GraphQL coerces a variable field by field, which takes seconds for a filter of some hundred thousand objects. Filters in
the document itself are limited by its tokens, and every filter again by ``domain.filtering.predicates.check``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, get_operation_ast
from graphql.language import NamedTypeNode, TypeNode

from tunix_rt.domain.filtering.predicates import MAX_NODES, require_few_values
from tunix_rt.errors import TooCostly

MAX_OBJECTS = 4 * MAX_NODES
"""Maximum number of objects in a filter: a condition takes one to three."""


def require_bounded_filters(document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> None:
    """Checks the number of objects and values of each filter in the variables.

    Args:
        name: the operation's name; None for the only one.

    Raises:
        TooCostly: a filter has too many; the message has the limit.
    """
    operation = get_operation_ast(document, name)
    for definition in (operation and operation.variable_definitions) or ():
        value = variables.get(definition.variable.name.value)
        for where in filters_in(value, type_name(definition.type)):
            require_bounded(where)


def filters_in(value: Any, named: str) -> Iterator[Any]:
    """Yields the filters of a variable: the variable itself, or a mutation input's ``where``."""
    if named.endswith("Where"):
        yield value
    elif isinstance(value, dict) and "where" in value:
        yield value["where"]


def type_name(node: TypeNode) -> str:
    """Returns the name of a variable's type, without list and non-null wrappers."""
    while not isinstance(node, NamedTypeNode):
        node = node.type  # type: ignore[attr-defined]
    return node.name.value


def require_bounded(where: Any) -> None:
    """Counts a filter's objects and the values in its lists; raises as ``require_bounded_filters`` does."""
    pending, objects, values = [where], 0, 0
    while pending:
        found = pending.pop()
        if isinstance(found, dict):
            objects += 1
            pending.extend(value for key, value in found.items() if key != "path")
        elif isinstance(found, list):
            holds_objects = any(isinstance(item, (dict, list)) for item in found[: MAX_OBJECTS + 1])
            values += 0 if holds_objects else len(found)
            pending.extend(found[: MAX_OBJECTS + 1] if holds_objects else ())
        if objects > MAX_OBJECTS:
            raise TooCostly(f"The filter has more than {MAX_NODES} conditions.", ["where"])
    require_few_values(values)
