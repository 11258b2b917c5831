"""The module of records: a struct for each fragment, with the fields that the fragment selects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
)

from codegen.operations import Operations

HEADER = '''"""A struct for every fragment, generated from ``operations/*.graphql`` and ``schema.graphql``."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tunix_rt_client.display import DisplayedRecord
'''

SCALARS = {
    "ID": "str",
    "String": "str",
    "Int": "int",
    "Float": "float",
    "Boolean": "bool",
    "BigInt": "int",
    "DateTime": "datetime",
    "UUID": "UUID",
    "JSON": "Any",
}
WIDTH = 120


def records_module(operations: Operations) -> str:
    """Returns the module's source. A fragment stands after those that it spreads."""
    written: dict[str, str] = {}
    for name in operations.fragments:
        for fragment in [*operations.fragments_of(operations.fragments[name]), operations.fragments[name]]:
            written.setdefault(fragment.name.value, struct_of(operations, fragment))
    return HEADER + "".join(f"\n\n{text}" for text in in_order(operations, written))


def in_order(operations: Operations, written: dict[str, str]) -> Iterator[str]:
    """Yields the structs, dependencies first."""
    done: set[str] = set()
    for name in sorted(written):
        for needed in [*sorted_by_depth(operations, name), name]:
            if needed not in done:
                done.add(needed)
                yield written[needed]


def sorted_by_depth(operations: Operations, name: str) -> list[str]:
    """Returns the fragments that a fragment needs, those that need no others first."""
    found = [fragment.name.value for fragment in operations.fragments_of(operations.fragments[name])]
    return sorted(found, key=lambda needed: (len(operations.fragments_of(operations.fragments[needed])), needed))


def struct_of(operations: Operations, fragment: FragmentDefinitionNode) -> str:
    """Returns the class of a fragment."""
    type_ = operations.schema.type_map[fragment.type_condition.name.value]
    if not isinstance(type_, GraphQLObjectType):
        raise TypeError(f"{fragment.name.value} must be on an object type")
    lines = [
        f'class {fragment.name.value}(DisplayedRecord, kw_only=True, rename="camel"):',
        f'    """{summary(type_.description)}"""',
        "",
    ]
    for field in fragment.selection_set.selections:
        if not isinstance(field, FieldNode):
            raise TypeError(f"{fragment.name.value} may select fields only")
        lines += field_lines(field, type_.fields[field.name.value])
    return "\n".join(lines) + "\n"


def field_lines(node: FieldNode, field: GraphQLField) -> list[str]:
    """Returns the lines of one field, with the schema's description as its documentation."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", node.name.value).lower()
    return [f"    {name}: {type_of(field.type, node)}", f'    """{summary(field.description)}"""']


def type_of(type_: GraphQLOutputType, node: FieldNode) -> str:
    """Returns the annotation of a field."""
    if isinstance(type_, GraphQLNonNull):
        return required_annotation(type_.of_type, node)
    return f"{required_annotation(type_, node)} | None"


def required_annotation(type_: GraphQLOutputType, node: FieldNode) -> str:
    """Returns the annotation of a field that is not null."""
    if isinstance(type_, GraphQLList):
        return f"list[{type_of(type_.of_type, node)}]"
    if node.selection_set is not None:
        (spread,) = node.selection_set.selections
        if not isinstance(spread, FragmentSpreadNode):
            raise TypeError(f"{node.name.value} must select one fragment")
        return spread.name.value
    return "str" if isinstance(type_, GraphQLEnumType) else SCALARS[str(type_)]


def summary(description: str | None) -> str:
    """Returns the first sentence of a description, escaped for a docstring of one line."""
    text = " ".join(cleandoc(description or "").split())
    sentence = re.split(r"(?<=[.])\s", text, maxsplit=1)[0]
    if len(sentence) > WIDTH - 12:
        sentence = sentence[: WIDTH - 15].rsplit(" ", 1)[0] + "..."
    return sentence.replace("\\", "\\\\").replace('"', "'")
