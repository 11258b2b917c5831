"""The client's operations, read and validated against the schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)


@dataclass(frozen=True)
class Operations:
    """Operations and fragments by name, each valid against the schema."""

    schema: GraphQLSchema
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]

    @classmethod
    def read(cls, schema_file: Path, folder: Path) -> Operations:
        """Reads the ``.graphql`` files of a folder.

        Raises:
            ValueError: a document is not valid against the schema; the message has every error.
        """
        schema = build_schema(schema_file.read_text("utf-8"))
        document = parse(
            "\n".join(path.read_text("utf-8") for path in sorted(folder.glob("*.graphql"))), no_location=True
        )
        require_valid(schema, document)
        operations = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode) and node.name is not None
        }
        fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        return cls(schema, operations, fragments)

    def fragments_of(self, node: Node) -> list[FragmentDefinitionNode]:
        """Returns the fragments that a definition spreads, directly or through others, sorted by name."""
        found: dict[str, FragmentDefinitionNode] = {}
        waiting = list(spreads(node))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = self.fragments[name]
                waiting += spreads(found[name])
        return [found[name] for name in sorted(found)]


def require_valid(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Checks a document.

    Raises:
        ValueError: it is not valid against the schema.
    """
    errors = validate(schema, document)
    if errors:
        raise ValueError("\n".join(error.message for error in errors))


def spreads(node: Node) -> Iterable[str]:
    """Returns the names of the fragments that a definition spreads itself."""
    names: list[str] = []

    class Spreads(Visitor):
        """Collects fragment spreads."""

        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            """Takes the name of one."""
            names.append(spread.name.value)

    visit(node, Spreads())
    return names
