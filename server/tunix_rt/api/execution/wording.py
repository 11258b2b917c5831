"""Error messages in the schema's spelling, with paths into the arguments and examples.

The domain's messages name its fields, which imports and the command line spell the same way. graphql-core's messages
about values lack a path. This module converts both for every error that is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    VariableNode,
    Visitor,
    visit,
)

from tunix_rt.domain.text import path_text
from tunix_rt.errors import PathPart

FREE_FORM = frozenset({"meta", "details", "metadata"})
"""Fields whose content, and its spelling, users define."""
QUOTED = re.compile(r"((?<!\w)'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`)")
NAME = re.compile(r"(?<![\w.{])[a-z][\w\[\]]*(?:\.[\w\[\]]+)*")
SNAKE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
NO_FILTER = re.compile(r"(Expected value of type '(\w+)Filter' to be an object), found: (.*)\.$", re.DOTALL)
OBJECT_SHOWN = re.compile(
    r"((?:unknown field '\w+'(?:\. Did you mean [^?]*\?)?)|(?:required field '\w+'))(?: Found|, found): .*$", re.DOTALL
)
"""An unknown or missing field in a message of graphql-core, before the whole object that was given."""
SHOWN_CHARS = 60
VARIABLE = re.compile(r"Variable '\$(?P<name>\w+)'(?: has invalid value at (?P<path>[\w.\[\]]+))?")
"""The beginning of graphql-core's messages about a variable, with the path of the value in it."""
PART = re.compile(r"\w+")
NO_MEMBER = re.compile(r"does not exist in '(\w+)' enum\.$")
"""The end of graphql-core's message about an unknown enum value, unless a similar one exists."""


def graphql_name(name: str) -> str:
    """Returns a Python field name in the schema's spelling."""
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in rest)


def as_spelled(message: str) -> str:
    """Returns a message of the domain with fields in the schema's spelling, except in quoted texts and metadata."""
    parts = QUOTED.split(message)
    parts[::2] = [NAME.sub(lambda found: spelled_path(found[0]), part) for part in parts[::2]]
    return "".join(parts)


def spelled_path(path: str) -> str:
    """Returns a path such as ``steps[0].step_type`` in the schema's spelling, up to a free-form part."""
    spelled: list[str] = []
    for part in path.split("."):
        free = any(name in FREE_FORM for name in spelled)
        spelled.append(part if free else SNAKE.sub(lambda found: graphql_name(found[0]), part))
    return ".".join(spelled)


def without_object(message: str) -> str:
    """Returns a message about an unknown or missing field of an object without the object's content.

    The content may be a whole trace, and clients log messages.
    """
    found = OBJECT_SHOWN.search(message)
    if found is None:
        return message
    return message[: found.end(1)] + ("" if found[1].endswith("?") else ".")


def with_example(message: str) -> str:
    """Returns a message about a value given instead of a filter, with the filter that was probably meant."""
    found = NO_FILTER.search(message)
    if found is None:
        return message
    expected, kind, value = found.groups()
    shown = value.replace("'", '"') if '"' not in value else value
    shown = shown if len(shown) <= SHOWN_CHARS else "…"
    operator = "in" if value.startswith("[") and kind != "DateTime" else "eq"
    path = 'path: ["KEY"], ' if kind == "Meta" else ""
    return message.replace(f"{expected},", f"{expected} such as {{{path}{operator}: {shown}}},", 1)


def add_members(schema: GraphQLSchema, errors: Sequence[GraphQLError]) -> None:
    """Adds the values of the enum to messages about an unknown one."""
    for error in errors:
        found = NO_MEMBER.search(error.message)
        kind = schema.get_type(found[1]) if found else None
        if isinstance(kind, GraphQLEnumType):
            error.message += f" It has {', '.join(kind.values)}."


def locate_errors(schema: GraphQLSchema, document: DocumentNode, errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """Returns a document's errors; those about a value in an argument get its path."""
    add_members(schema, errors)
    if not any(is_value(node) for error in errors for node in error.nodes or ()):
        return list(errors)
    paths = Paths()
    visit(document, paths)
    return [at_path(error, paths.known) for error in errors]


def locate_variable_errors(
    schema: GraphQLSchema, document: DocumentNode, errors: Sequence[GraphQLError]
) -> list[GraphQLError]:
    """Returns the errors of an operation's variables; each gets the path of the argument that has the value.

    It is the path that a literal would have: the path of the first argument with the variable, then the path in its
    value.
    """
    add_members(schema, errors)
    paths = Paths()
    visit(document, paths)
    return [in_argument(error, paths.of_variables) for error in errors]


def in_argument(error: GraphQLError, known: Mapping[str, tuple[PathPart, ...]]) -> GraphQLError:
    """Returns an error about a variable with the path of the argument."""
    found = VARIABLE.match(error.message)
    if found is None or found["name"] not in known:
        return error
    path = [*map(str, known[found["name"]]), *PART.findall(found["path"] or "")]
    return GraphQLError(
        error.message, error.nodes, original_error=error.original_error, extensions={"argumentPath": path}
    )


def is_value(node: Node) -> bool:
    """Returns whether a node is a value, or a field in one."""
    return node.kind.endswith("_value") or isinstance(node, ObjectFieldNode)


def at_path(error: GraphQLError, known: dict[int, tuple[PathPart, ...]]) -> GraphQLError:
    """Returns an error with the path of its value."""
    path = next((known[id(node)] for node in error.nodes or () if id(node) in known), None)
    if path is None:
        return error
    extensions: dict[str, Any] = {"argumentPath": [str(part) for part in path]}
    return GraphQLError(f"{path_text(path)}: {error.message}", error.nodes, extensions=extensions)


class Paths(Visitor):
    """Collects the path of every value in the arguments of a document.

    Attributes:
        known: the paths by the identity of the node.
        of_variables: the path of each variable's first use, by its name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[int, tuple[PathPart, ...]] = {}
        self.of_variables: dict[str, tuple[PathPart, ...]] = {}

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        pending: list[tuple[Node, tuple[PathPart, ...]]] = [(node.value, (node.name.value,))]
        while pending:
            value, path = pending.pop()
            self.known[id(value)] = path
            if isinstance(value, VariableNode):
                self.of_variables.setdefault(value.name.value, path)
            pending += inner_values(value, path)


def inner_values(node: Node, path: tuple[PathPart, ...]) -> Iterator[tuple[Node, tuple[PathPart, ...]]]:
    """Yields the values directly inside a value, with their paths."""
    if isinstance(node, ObjectValueNode):
        for field in node.fields:
            yield field, (*path, field.name.value)
    elif isinstance(node, ObjectFieldNode):
        yield node.value, path
    elif isinstance(node, ListValueNode):
        for position, item in enumerate(node.values):
            yield item, (*path, position)
