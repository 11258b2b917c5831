"""Limits on what one operation may ask for: counted on the document before anything runs."""

from __future__ import annotations

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
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
    Visitor,
    visit,
)

from tunix_rt.errors import TooCostly
from tunix_rt.settings import Settings

PAGE_DEFAULT = 50
PAGE_MAX = 500


@dataclass(frozen=True)
class Limits:
    """The settings that bound an operation."""

    max_query_tokens: int
    max_query_depth: int
    max_query_aliases: int
    max_query_directives: int
    max_query_cost: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that the settings give."""
        return cls(**{name: getattr(settings, name) for name in cls.__dataclass_fields__})


def too_costly(message: str) -> GraphQLError:
    """A limit's error, coded."""
    return GraphQLError(message, original_error=TooCostly(message))


def document_errors(document: DocumentNode, limits: Limits) -> list[GraphQLError]:
    """The limits on depth, aliases and directives that a document breaks."""
    tally = Tally()
    visit(document, tally)
    found = [
        (tally.aliases, limits.max_query_aliases, "aliases"),
        (tally.directives, limits.max_query_directives, "directives"),
        (depth_of(document, limits.max_query_depth), limits.max_query_depth, "levels"),
    ]
    return [
        too_costly(f"A document may have at most {most} {what}, this one has {'more' if what == 'levels' else count}.")
        for count, most, what in found
        if count > most
    ]


class Tally(Visitor):
    """Counts aliases and directives."""

    def __init__(self) -> None:
        super().__init__()
        self.aliases = 0
        self.directives = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.aliases += node.alias is not None

    def enter_directive(self, _: DirectiveNode, *__: Any) -> None:
        self.directives += 1


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """A document's fragments by name."""
    return {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}


def depth_of(document: DocumentNode, most: int) -> int:
    """The deepest nesting of fields, counted no further than one beyond ``most``; fragments are opened once."""
    fragments = fragments_of(document)
    deepest: dict[str, int] = {}

    def depth(selections: Iterable[SelectionNode], level: int, within: frozenset[str]) -> int:
        if level > most:
            return level
        return max((one(node, level, within) for node in selections), default=level)

    def one(node: SelectionNode, level: int, within: frozenset[str]) -> int:
        if isinstance(node, FragmentSpreadNode):
            return spread(node.name.value, level, within)
        below = node.selection_set.selections if node.selection_set else ()
        return depth(below, level + isinstance(node, FieldNode), within) if below else level + isinstance(node, FieldNode)

    def spread(name: str, level: int, within: frozenset[str]) -> int:
        if name in within or name not in fragments:
            return level
        if name not in deepest:
            deepest[name] = depth(fragments[name].selection_set.selections, 0, within | {name})
        return level + deepest[name]

    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return max((depth(node.selection_set.selections, 0, frozenset()) for node in operations), default=0)


def require_affordable(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any], most: int
) -> None:
    """Refuses an operation whose nested pages multiply to too many objects.

    Raises:
        TooCostly: naming the limit and the cost.
    """
    cost = cost_of(operation.selection_set.selections, fragments, variables, frozenset())
    if cost > most:
        raise TooCostly(f"The operation may ask for at most {most} objects, it asks for {cost}; use smaller pages.")


def cost_of(
    selections: Iterable[SelectionNode],
    fragments: Mapping[str, FragmentDefinitionNode],
    variables: Mapping[str, Any],
    within: frozenset[str],
) -> int:
    """How many objects a selection asks for at most: one for each field with fields of its own, times its page."""
    total = 0
    for node in selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in within:
                total += cost_of(fragments[name].selection_set.selections, fragments, variables, within | {name})
        elif node.selection_set is not None:
            inner = cost_of(node.selection_set.selections, fragments, variables, within)
            total += page_of(node, variables) * (1 + inner) if isinstance(node, FieldNode) else inner
    return total


def page_of(node: FieldNode, variables: Mapping[str, Any]) -> int:
    """How many rows a field asks for: its ``first`` or ``last``, a default page for a connection, else one."""
    for argument in node.arguments:
        if argument.name.value in {"first", "last"}:
            value = argument.value
            given = variables.get(value.name.value) if isinstance(value, VariableNode) else None
            number = int(value.value) if isinstance(value, IntValueNode) else given
            if isinstance(number, int):
                return max(1, number)
    below = node.selection_set.selections if node.selection_set else ()
    paged = any(isinstance(part, FieldNode) and part.name.value in {"edges", "nodes"} for part in below)
    return PAGE_DEFAULT if paged else 1
