"""Tests stand alone: what several of them need is in ``tests/support``, once, and no test imports from another."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.support.repository import ROOT
from tests.support.source_tree import imported_names, tree_of

TESTS = ROOT / "tests"
MAX_LINES = 350


def files() -> list[Path]:
    """Returns every Python file of the tests."""
    return [path for path in sorted(TESTS.rglob("*.py")) if "node_modules" not in path.parts]


def imports_of_tests(tree: ast.AST) -> list[str]:
    """Returns what is imported from modules of tests."""
    return [name for _, name in imported_names(tree, "tests.module") if ".test_" in name and name.startswith("tests.")]


def functions_in(trees: Iterable[ast.Module]) -> list[str]:
    """Returns the names of all top-level functions."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for tree in trees for node in tree.body if isinstance(node, kinds)]


def test_no_test_imports_from_another():
    found = {path.relative_to(ROOT).as_posix(): imports_of_tests(tree_of(path)) for path in files()}

    assert not {path: names for path, names in found.items() if names}


def test_an_import_from_a_test_is_found():
    source = "from tests.api.test_errors import ask\nfrom tests.support.api import Ask\nimport tests.db.test_locks"

    assert imports_of_tests(ast.parse(source)) == ["tests.api.test_errors.ask", "tests.db.test_locks"]


def test_there_is_one_way_to_wait():
    assert functions_in(map(tree_of, files())).count("until") == 1


def test_no_file_of_tests_is_long():
    assert not [path for path in files() if len(path.read_text().splitlines()) > MAX_LINES]
