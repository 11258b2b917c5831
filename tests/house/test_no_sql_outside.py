"""SQL is built in ``db/`` and ``domain/`` only: what translates for users (api, http, cli) asks the domain.

SQLAlchemy's types may be named there, and columns handed on; statements, functions and conditions may not be made.
"""

from __future__ import annotations

import ast

import pytest

from tests.support.source_tree import PACKAGE, check_exceptions, tree_of

ROOMS = ("api", "http", "cli")
TYPES = {"Column", "ColumnElement", "Row", "Table"}
CLAUSES = {"where", "order_by", "values", "join", "outerjoin", "in_", "is_", "is_not", "label"}

BUILDING: set[str] = set()
"""Modules of these rooms that still build SQL. This list may only shrink."""


def is_column(node: ast.AST) -> bool:
    """Returns whether an expression is a table's column: ``traces.c.id``."""
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "c"


def sql_in(tree: ast.AST) -> list[int]:
    """Returns the lines on which a module makes statements or conditions."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            found += [node.lineno for alias in node.names if alias.name not in TYPES]
        elif isinstance(node, ast.Import):
            found += [node.lineno for alias in node.names if alias.name.split(".")[0] == "sqlalchemy"]
        elif isinstance(node, ast.Compare) and any(map(is_column, [node.left, *node.comparators])):
            found.append(node.lineno)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_column(node.func.value):
            found += [node.lineno] if node.func.attr in CLAUSES else []
    return found


def test_what_translates_builds_no_sql():
    files = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]

    assert files
    check_exceptions({path.relative_to(PACKAGE).as_posix() for path in files if sql_in(tree_of(path))}, BUILDING)


@pytest.mark.parametrize(
    "source",
    [
        "def load():\n    from sqlalchemy import select",
        "import json\nimport sqlalchemy as sa",
        "import json\nfrom sqlalchemy.dialects.postgresql import insert",
        "import json\ncondition = traces.c.id == id_",
        "import json\ncondition = traces.c.id.in_(ids)",
    ],
)
def test_sql_is_found(source: str):
    assert sql_in(ast.parse(source)) == [2]


def test_types_and_columns_that_are_handed_on_are_allowed():
    assert not sql_in(ast.parse("from sqlalchemy import Column, Row\nID = identified('Trace', traces.c.id)"))
