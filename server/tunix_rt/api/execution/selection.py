"""Selections below a field, from which follow the columns to load and whether to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode


class Selection(dict[str, "Selection"]):
    """The selected fields in the schema's spelling, each with its own selection.

    Aliases are resolved and directives ignored, so it contains at least the fields that the answer needs.
    """

    def at(self, *path: str) -> Selection:
        """Returns the selection at a path; empty if nothing is selected there."""
        found = self
        for name in path:
            found = found.get(name, EMPTY)
        return found

    def names(self, *paths: tuple[str, ...]) -> frozenset[str]:
        """Returns the names selected at any of the paths."""
        return frozenset(name for path in paths for name in self.at(*path))


EMPTY = Selection()


def selection_of(nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Selection:
    """Returns the selection of the nodes of one field."""
    found = Selection()
    for node in nodes:
        if node.selection_set is not None:
            collect(node.selection_set, fragments, found)
    return found


def collect(selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], found: Selection) -> None:
    """Adds the fields of a selection set, including those of its fragments."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            below = found.setdefault(node.name.value, Selection())
            if node.selection_set is not None:
                collect(node.selection_set, fragments, below)
        elif isinstance(node, InlineFragmentNode):
            collect(node.selection_set, fragments, found)
        elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
            collect(fragments[node.name.value].selection_set, fragments, found)


def current_selection(info: Any) -> Selection:
    """Returns the selection below the field that is being resolved, cached with its document.

    Args:
        info: Strawberry's Info.
    """
    raw = info._raw_info
    cache: dict[Any, Selection] = info.context.document.selections
    key = tuple(id(node) for node in raw.field_nodes)
    found = cache.get(key)
    if found is None:
        found = cache[key] = selection_of(raw.field_nodes, raw.fragments)
    return found
