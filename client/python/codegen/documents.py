"""The module of documents: the text of each operation with the fragments that it needs."""

from __future__ import annotations

import re

from graphql import print_ast

from codegen.operations import Operations

HEADER = '"""The text of every operation, generated from ``operations/*.graphql`` and ``schema.graphql``."""\n'


def documents_module(operations: Operations) -> str:
    """Returns the module's source, with a constant for each operation."""
    parts = [HEADER]
    for name, node in sorted(operations.operations.items()):
        text = "\n\n".join(print_ast(part) for part in (node, *operations.fragments_of(node)))
        parts.append(f'{constant_of(name)} = """\n{text}\n"""\n')
    return "\n".join(parts)


def constant_of(name: str) -> str:
    """Returns the constant of an operation: ``TRACES_PAGE`` for ``TracesPage``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
