"""Limits on the length, depth and cost of an operation, checked on the document before anything runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    Visitor,
    get_operation_ast,
    value_from_ast_untyped,
    visit,
)

from tunix_rt.errors import TooCostly
from tunix_rt.settings import Settings

PAGE_DEFAULT = 50
PAGE_MAX = 500
SOCKET_MESSAGE_MAX_BYTES = 1 << 20
"""Maximum size of a WebSocket message of a client: each is parsed in the event loop."""
ROW_ARGUMENTS = frozenset({"first", "last", "ids"})
"""Arguments that set the number of rows a field requests; none of them has a default in the schema."""
NUMBER_MAX_DIGITS = 400
"""Maximum digits of a number in a document: no 64-bit float needs more, and Python refuses to parse thousands."""


@dataclass(frozen=True)
class Limits:
    """The settings that limit an operation."""

    max_query_chars: int
    max_query_tokens: int
    max_query_depth: int
    max_query_aliases: int
    max_query_directives: int
    max_query_cost: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Returns the limits of the settings."""
        return cls(**{name: getattr(settings, name) for name in cls.__dataclass_fields__})


def too_costly(message: str) -> GraphQLError:
    """Returns the error of a limit, with its code."""
    return GraphQLError(message, original_error=TooCostly(message))


def length_errors(query: str, limits: Limits) -> list[GraphQLError]:
    """Returns an error if a document has too many characters; checked before parsing."""
    if len(query) <= limits.max_query_chars:
        return []
    return [too_costly(f"A document may have at most {limits.max_query_chars} characters; this one has {len(query)}.")]


def document_errors(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """Returns an error for each limit that a document exceeds: depth, aliases, directives, digits of a number."""
    tally = Tally()
    visit(document, tally)
    found = [
        (tally.aliases, limits.max_query_aliases, "aliases"),
        (tally.directives, limits.max_query_directives, "directives"),
        (tally.digits, NUMBER_MAX_DIGITS, "digits in a number"),
        (depth_of(document, limits.max_query_depth), limits.max_query_depth, "levels"),
    ]
    return [
        too_costly(
            f"A document may have at most {maximum} {what}; this one has {'more' if what == 'levels' else count}."
        )
        for count, maximum, what in found
        if count > maximum
    ]


class Tally(Visitor):
    """Counts aliases and directives, and finds the digits of the longest integer."""

    def __init__(self) -> None:
        super().__init__()
        self.aliases = 0
        self.directives = 0
        self.digits = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.aliases += node.alias is not None

    def enter_directive(self, _: DirectiveNode, *__: Any) -> None:
        self.directives += 1

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        self.digits = max(self.digits, len(node.value))


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Returns a document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def selections_of(node: Node) -> tuple[SelectionNode, ...]:
    """Returns the selections of a field or an inline fragment."""
    inner: SelectionSetNode | None = getattr(node, "selection_set", None)
    return inner.selections if inner else ()


def depth_of(document: DocumentNode, maximum: int) -> int:
    """Returns the depth of the nested fields, counted up to one beyond ``maximum``; each fragment is visited once."""
    fragments = fragments_of(document)
    known: dict[str, int] = {}

    def depth(selections: Iterable[SelectionNode], level: int, within: frozenset[str]) -> int:
        if level > maximum:
            return level
        return max((one(node, level, within) for node in selections), default=level)

    def one(node: SelectionNode, level: int, within: frozenset[str]) -> int:
        if isinstance(node, FragmentSpreadNode):
            return spread(node.name.value, level, within)
        return depth(selections_of(node), level + isinstance(node, FieldNode), within)

    def spread(name: str, level: int, within: frozenset[str]) -> int:
        if name in within or name not in fragments:
            return level
        if name not in known:
            known[name] = depth(selections_of(fragments[name]), 0, within | {name})
        return level + known[name]

    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return max((depth(selections_of(node), 0, frozenset()) for node in operations), default=0)


class Cost:
    """The maximum number of objects that an operation requests: one for each field with subfields, times its page size.

    Args:
        fragments: the document's fragments, without cycles; each is visited once.
        variables: the operation's variables with their defaults, for page sizes given by variables.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self._fragments = fragments
        self._variables = variables
        self._known: dict[str, int] = {}
        self._paged: dict[str, bool] = {}

    def of(self, selections: Iterable[SelectionNode]) -> int:
        """Returns the cost of some selections."""
        return sum(self._one(node) for node in selections)

    def _one(self, node: SelectionNode) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value)
        inner = self.of(selections_of(node))
        if not isinstance(node, FieldNode):
            return inner
        return self._page(node) * (1 + inner) if selections_of(node) else 0

    def _spread(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self.of(selections_of(self._fragments[name]))
        return self._known[name]

    def _page(self, node: FieldNode) -> int:
        """Returns the number of rows a field requests: its ``first``, ``last`` or ``ids``, a connection's default page
        size, else 1.
        """
        for argument in node.arguments or ():
            if argument.name.value in ROW_ARGUMENTS:
                number = self._number(argument.value)
                if number is not None:
                    return max(1, number)
        return PAGE_DEFAULT if self._is_paged(selections_of(node)) else 1

    def _is_paged(self, selections: Iterable[SelectionNode]) -> bool:
        """Returns whether the rows of a page are selected, in fragments too."""
        return any(self._selects_rows(node) for node in selections)

    def _selects_rows(self, node: SelectionNode) -> bool:
        if isinstance(node, FieldNode):
            return node.name.value in {"edges", "nodes"}
        if not isinstance(node, FragmentSpreadNode):
            return self._is_paged(selections_of(node))
        name = node.name.value
        if name not in self._paged:
            self._paged[name] = self._is_paged(selections_of(self._fragments[name]))
        return self._paged[name]

    def _number(self, node: ValueNode) -> int | None:
        """Returns the number of rows that an argument's value requests; None if it has none."""
        value = value_from_ast_untyped(node, dict(self._variables))
        if isinstance(value, list):
            return len(value)
        return int(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an operation's variables, with the document's defaults for those not given."""
    defaults = {
        definition.variable.name.value: value_from_ast_untyped(definition.default_value)
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    return defaults | dict(variables)


def affordable_cost(document: DocumentNode, name: str | None, variables: Mapping[str, Any], maximum: int) -> int:
    """Returns the cost of an operation, whose nested pages multiply: the number of objects that it may request.

    Args:
        name: the operation's name; None for the only one.

    Raises:
        TooCostly: the cost exceeds the limit; the message has both.
    """
    operation = get_operation_ast(document, name)
    if operation is None:
        return 0
    cost = Cost(fragments_of(document), with_defaults(operation, variables)).of(selections_of(operation))
    if cost > maximum:
        raise TooCostly(
            f"One operation may ask for at most {maximum} objects; this one asks for {cost}. Use smaller pages."
        )
    return cost
