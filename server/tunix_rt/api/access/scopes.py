"""The scopes that operations need: declared by ``@requires`` in the schema, computed once for each document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from strawberry.schema_directive import Location

from tunix_rt.domain.keys.scopes import KeyScope

Scopes: TypeAlias = frozenset[KeyScope]
INTROSPECTION = ("__schema", "__type")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.OBJECT],
    description="Scope that an API key needs to select the field, or any field of the type; null for any key. `WRITE` "
    "and `RUN` include `READ`; `ADMIN` includes all.",
)
class Requires:
    scope: KeyScope | None = strawberry.directive_field(name="scope")


READ, WRITE, RUN, ADMIN = (Requires(scope=scope) for scope in KeyScope)
ANY_KEY = Requires(scope=None)


@dataclass
class ScopeRules:
    """The scopes that the fields of a schema need, by the type's name and the field's.

    Args:
        roots: the names of the root types: their fields without a declared scope need ``ADMIN``.
        fields: the declared scopes; a type's own is at the empty name.
    """

    roots: frozenset[str]
    fields: Mapping[tuple[str, str], KeyScope | None]

    @classmethod
    def of(cls, schema: GraphQLSchema) -> ScopeRules:
        """Returns the rules of a schema."""
        found: dict[tuple[str, str], KeyScope | None] = {}
        for name, kind in schema.type_map.items():
            elements = {"": kind, **getattr(kind, "fields", {})}
            declared = {field: requirement_of(element) for field, element in elements.items()}
            found |= {(name, field): one.scope for field, one in declared.items() if one is not None}
        roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        return cls(frozenset(root.name for root in roots if root is not None), found)

    def of_field(self, parent: str, name: str) -> Scopes:
        """Returns the scopes of a selected field."""
        if name == "__typename":
            return frozenset()
        if name in INTROSPECTION:
            return frozenset({KeyScope.READ})
        own = self.fields.get((parent, name), KeyScope.ADMIN if parent in self.roots else None)
        return frozenset(scope for scope in (own, self.fields.get((parent, ""))) if scope is not None)


def requirement_of(element: Any) -> Requires | None:
    """Returns the directive of a type or field; None if it has none."""
    definition = (element.extensions or {}).get("strawberry-definition")
    declared = getattr(definition, "directives", None) or ()
    return next((found for found in declared if isinstance(found, Requires)), None)


def needed_scopes(schema: GraphQLSchema, rules: ScopeRules, document: DocumentNode) -> dict[str | None, Scopes]:
    """Returns the scopes that each operation of a valid document needs, by its name.

    Fields count whether or not @skip or @include leave them out, so that the variables do not matter.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return {
        node.name.value if node.name else None: NeededScopes(schema, rules, fragments).of(node) for node in operations
    }


@dataclass
class NeededScopes:
    """Collects the scopes of one operation."""

    schema: GraphQLSchema
    rules: ScopeRules
    fragments: Mapping[str, FragmentDefinitionNode]
    found: set[KeyScope] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def of(self, operation: OperationDefinitionNode) -> Scopes:
        """Returns the scopes of an operation."""
        self._collect(operation.selection_set, self.schema.get_root_type(operation.operation))
        return frozenset(self.found)

    def _collect(self, selections: SelectionSetNode, parent: Any) -> None:
        """Adds the scopes of a selection set of a type."""
        for node in selections.selections:
            if isinstance(node, FieldNode):
                self._collect_field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self._collect(node.selection_set, self._type(condition.name.value) if condition else parent)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in self.seen:
                self.seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                self._collect(fragment.selection_set, self._type(fragment.type_condition.name.value))

    def _collect_field(self, node: FieldNode, parent: Any) -> None:
        """Adds the scopes of a field and of its selections."""
        self.found |= self.rules.of_field(parent.name, node.name.value)
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if node.selection_set is not None and definition is not None:  # the fields of introspection are read by all
            self._collect(node.selection_set, get_named_type(definition.type))

    def _type(self, name: str) -> Any:
        return self.schema.type_map[name]
