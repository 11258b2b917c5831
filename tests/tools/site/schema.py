"""The reference of the schema: pages generated from schema.graphql."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.language import print_ast
from graphql.pyutils import Undefined
from graphql.utilities import ast_from_value

from tests.support.repository import ROOT
from tests.tools.site.markdown import page, prose, table

PAGE_OF_KIND = {
    GraphQLObjectType: "objects",
    GraphQLInterfaceType: "interfaces",
    GraphQLUnionType: "interfaces",
    GraphQLInputObjectType: "inputs",
    GraphQLEnumType: "enums",
    GraphQLScalarType: "scalars",
}
TITLES = {
    "objects": "Objects",
    "interfaces": "Interfaces",
    "inputs": "Inputs",
    "enums": "Enums",
    "scalars": "Scalars",
}
ROOTS = {"queries": "Query", "mutations": "Mutation", "subscriptions": "Subscription"}

Described = GraphQLField | GraphQLArgument | GraphQLInputField


def write_schema_pages(folder: Path) -> None:
    """Writes one page for each root type and for each kind of type."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    folder.mkdir(parents=True, exist_ok=True)
    for name, root in ROOTS.items():
        found = schema.get_type(root)
        assert isinstance(found, GraphQLObjectType)
        (folder / f"{name}.md").write_text(page(f"# {name.capitalize()}", *root_fields(found)))
    for name, title in TITLES.items():
        types = [kind for kind in types_of(schema) if PAGE_OF_KIND[type(kind)] == name]
        (folder / f"{name}.md").write_text(page(f"# {title}", *(section(kind, schema) for kind in types)))


def types_of(schema: GraphQLSchema) -> Iterable[GraphQLNamedType]:
    """Returns the types to describe, by name."""
    return [
        kind
        for _, kind in sorted(schema.type_map.items())
        if kind.name not in ROOTS.values() and not is_introspection_type(kind)
    ]


def root_fields(root: GraphQLObjectType) -> Iterable[str]:
    """Yields a section for each query, mutation or subscription, by name."""
    for name, field in sorted(root.fields.items()):
        yield page(
            f"## {name}",
            prose(field.description or ""),
            f"Returns {linked(field)}.",
            rows(field.args, "Argument"),
        ).rstrip()


def section(kind: GraphQLNamedType, schema: GraphQLSchema) -> str:
    """Returns the description of a type with its fields, values or members."""
    parts = [f"## {kind.name}", prose(description_of(kind))]
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        interfaces = ", ".join(type_link(one) for one in kind.interfaces)
        parts.append(f"Implements {interfaces}." if interfaces else "")
        parts.append(rows(kind.fields, "Field"))
    if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
        members = ", ".join(sorted(type_link(one) for one in schema.get_possible_types(kind)))
        parts.append(f"Types: {members}.")
    if isinstance(kind, GraphQLInputObjectType):
        parts.append(rows(kind.fields, "Field"))
    if isinstance(kind, GraphQLEnumType):
        values = sorted(kind.values.items())
        parts.append(table(("Value", ""), ((f"`{name}`", prose(one.description or "")) for name, one in values)))
    return page(*parts).rstrip()


def description_of(kind: GraphQLNamedType) -> str:
    """Returns the description of a type; that of a scalar of GraphQL itself is one paragraph of its specification."""
    text = kind.description or ""
    return text.partition("\n\n")[0] if is_specified_scalar_type(kind) else text


def rows(described: Mapping[str, Described], title: str) -> str:
    """Returns a table of fields or arguments: name, type with default, description with arguments."""
    return table(
        (title, "Type", ""),
        ((f"`{name}`", linked(one) + default_of(one), explained(one)) for name, one in described.items()),
    )


def explained(one: Described) -> str:
    """Returns the description of a field with its arguments, if it has any."""
    text = prose(one.description or "")
    if isinstance(one, GraphQLField) and one.args:
        arguments = (
            f"`{name}`: {linked(argument)}{default_of(argument)}. {prose(argument.description or '')}"
            for name, argument in one.args.items()
        )
        text = "<br>".join([text, *arguments])
    return text


def default_of(one: Described) -> str:
    """Returns the default of an argument as GraphQL writes it, or an empty text."""
    value = getattr(one, "default_value", Undefined)
    node = None if value is Undefined else ast_from_value(value, one.type)  # type: ignore[arg-type]
    return "" if node is None else f" = `{print_ast(node)}`"


def linked(one: Described) -> str:
    """Returns the type of a field or argument, with a link to its description."""
    named = get_named_type(one.type)
    before, _, after = str(one.type).partition(named.name)
    return f"{before}{type_link(named)}{after}".replace("[[", "\\[[") if before else f"{type_link(named)}{after}"


def type_link(kind: GraphQLNamedType) -> str:
    """Returns a link to a type."""
    return f"[{kind.name}]({PAGE_OF_KIND[type(kind)]}.md#{kind.name.lower()})"
