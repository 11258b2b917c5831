"""A limit on the input objects in an operation's variables, counted on their JSON before it is coerced.

Strawberry creates an object for each, in some 25 microseconds and in the event loop, before a resolver can count them.
Input objects in the document itself are limited by its tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_input_object_type,
    is_list_type,
    type_from_ast,
)

from tunix_rt.api.execution.fetching import STRAWBERRY
from tunix_rt.errors import TooCostly

MAX_INPUT_OBJECTS = 2500
"""Maximum number of input objects: ``appendRunEvents`` takes 2,001, no other mutation that many."""
MAX_FILTER_OBJECTS = 12_500
"""Maximum number of those that belong to filters.

An evaluation may have 20 filters of 200 conditions, each of which takes one to three.
"""


def require_few_inputs(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any]
) -> None:
    """Counts the input objects in the variables of an operation.

    Args:
        name: the operation's name; None for the only one.

    Raises:
        TooCostly: there are too many; the message has the limit.
    """
    operation = get_operation_ast(document, name)
    definitions = (operation and operation.variable_definitions) or ()
    pending: list[tuple[Any, Any, bool]] = [
        (variables.get(one.variable.name.value), type_from_ast(schema, one.type), False) for one in definitions
    ]
    left = {False: MAX_INPUT_OBJECTS, True: MAX_FILTER_OBJECTS}
    while pending:
        value, declared, of_filter = pending.pop()
        kind: Any = get_nullable_type(declared)
        if not is_input_object_type(get_named_type(kind)):
            continue
        if is_list_type(kind):
            items = value if isinstance(value, list) else [value]
            pending += [(item, kind.of_type, of_filter) for item in items[: MAX_FILTER_OBJECTS + 1]]
        elif isinstance(value, dict):
            of_filter = of_filter or kind.name.endswith("Where")
            left[of_filter] -= 1
            if left[of_filter] < 0:
                raise too_many(of_filter)
            if not is_kept_as_given(kind):
                inner = ((key, kind.fields.get(key)) for key in value)
                pending += [(value[key], field.type, of_filter) for key, field in inner if field is not None]


def too_many(of_filter: bool) -> TooCostly:
    """Returns the error of too many input objects."""
    maximum, what = (MAX_FILTER_OBJECTS, " in filters") if of_filter else (MAX_INPUT_OBJECTS, "")
    return TooCostly(f"The variables may have at most {maximum} input objects{what}; send fewer at once.")


def is_kept_as_given(kind: Any) -> bool:
    """Returns whether no objects are created for what an input object has, such as the steps of a ``TraceInput``."""
    definition = (kind.extensions or {}).get(STRAWBERRY)
    return getattr(definition, "from_input", None) is not None
