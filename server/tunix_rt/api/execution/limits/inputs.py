"""A limit on the input objects of an operation, counted before they are created.

Strawberry creates an object for each, in some 25 microseconds and in the event loop, before a resolver can count them,
and again for each field that uses it: so each counts as often as fields use it. A condition of a filter takes up to 40
microseconds until it is SQL.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    SelectionNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    get_operation_ast,
    is_input_object_type,
    is_list_type,
    type_from_ast,
)

from tunix_rt.api.execution.fetching import STRAWBERRY
from tunix_rt.api.execution.limits.operation import fragments_of, selections_of
from tunix_rt.errors import TooCostly

MAX_INPUT_OBJECTS = 2500
"""Maximum number of input objects: ``appendRunEvents`` takes 2,001, no other mutation that many."""
MAX_FILTER_OBJECTS = 1_200
"""Maximum number of those in variables that belong to filters: one filter has up to 800."""
IN_DOCUMENT = ""
"""The name under which the input objects of a document itself are counted, beside its variables."""


def require_few_inputs(
    schema: GraphQLSchema, document: DocumentNode, name: str | None, variables: Mapping[str, Any]
) -> None:
    """Counts the input objects of an operation, each as often as fields use it.

    Args:
        document: a valid one.
        name: the operation's name; None for the only one.

    Raises:
        TooCostly: there are too many; the message has the limit.
    """
    operation = get_operation_ast(document, name)
    if operation is None:
        return
    uses = InputUses(document).of(operation.selection_set.selections)
    if uses[IN_DOCUMENT] > MAX_INPUT_OBJECTS:
        raise too_many(False)
    left = {False: MAX_INPUT_OBJECTS - uses[IN_DOCUMENT], True: MAX_FILTER_OBJECTS}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        count_variable(variables.get(name), type_from_ast(schema, definition.type), max(1, uses[name]), left)


def count_variable(value: Any, declared: Any, uses: int, left: dict[bool, int]) -> None:
    """Subtracts the input objects of a variable from what is left.

    Args:
        uses: the number of fields that use it.
        left: the number of objects that may follow, by whether they belong to filters.

    Raises:
        TooCostly: there are too many.
    """
    pending: list[tuple[Any, Any, bool]] = [(value, declared, False)]
    while pending:
        value, declared, of_filter = pending.pop()
        kind: Any = get_nullable_type(declared)
        if not is_input_object_type(get_named_type(kind)):
            continue
        if is_list_type(kind):
            items = value if isinstance(value, list) else [value]
            pending += [(item, kind.of_type, of_filter) for item in items[: MAX_INPUT_OBJECTS + 1]]
        elif isinstance(value, dict):
            of_filter = of_filter or kind.name.endswith(("Filter", "Where"))
            left[of_filter] -= uses
            if left[of_filter] < 0:
                raise too_many(of_filter)
            if not is_kept_as_given(kind):
                inner = ((key, kind.fields.get(key)) for key in value)
                pending += [(value[key], field.type, of_filter) for key, field in inner if field is not None]


def too_many(of_filter: bool) -> TooCostly:
    """Returns the error of too many input objects."""
    maximum, what = (MAX_FILTER_OBJECTS, " in filters") if of_filter else (MAX_INPUT_OBJECTS, "")
    return TooCostly(
        f"An operation may have at most {maximum} input objects{what}, each counted for every field that uses it; send "
        "fewer at once."
    )


class InputUses:
    """The number of uses of each variable by the fields of an operation, and of the input objects of its document.

    Args:
        document: its fragments have no cycles; each is visited once, and counts as often as it is spread.
    """

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = fragments_of(document)
        self._known: dict[str, Counter[str]] = {}

    def of(self, selections: Iterable[SelectionNode]) -> Counter[str]:
        """Returns the uses in some selections by the variables' names, and those of ``IN_DOCUMENT``."""
        found: Counter[str] = Counter()
        for node in selections:
            if isinstance(node, FragmentSpreadNode):
                found.update(self._spread(node.name.value))
                continue
            if isinstance(node, FieldNode):
                for argument in node.arguments or ():
                    self._add(argument.value, found)
            found.update(self.of(selections_of(node)))
        return found

    def _spread(self, name: str) -> Counter[str]:
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name].selection_set.selections)
        return self._known[name]

    def _add(self, value: ValueNode, found: Counter[str]) -> None:
        if isinstance(value, VariableNode):
            found[value.name.value] += 1
        elif isinstance(value, ListValueNode):
            for item in value.values:
                self._add(item, found)
        elif isinstance(value, ObjectValueNode):
            found[IN_DOCUMENT] += 1
            for member in value.fields:
                self._add(member.value, found)


def is_kept_as_given(kind: Any) -> bool:
    """Returns whether no objects are created for what an input object has, such as the steps of a ``TraceInput``."""
    definition = (kind.extensions or {}).get(STRAWBERRY)
    return getattr(definition, "from_input", None) is not None
