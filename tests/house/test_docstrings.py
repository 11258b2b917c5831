"""What follows a constant and describes it stands below that constant: no two such texts follow one another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from tests.support.repository import ROOT
from tests.support.source_tree import tree_of

FOLDERS = (ROOT / "server", ROOT / "client" / "python", ROOT / "tests")


def is_text(node: ast.AST) -> bool:
    """Returns whether a statement is nothing but a text."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def texts_in_a_row(tree: ast.Module) -> Iterator[int]:
    """Yields the lines of the texts in modules, classes and functions that follow another text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (after.lineno for before, after in pairwise(node.body) if is_text(before) and is_text(after))


def test_each_text_follows_what_it_describes():
    paths = [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]

    assert [f"{path.relative_to(ROOT)}:{line}" for path in paths for line in texts_in_a_row(tree_of(path))] == []


def test_a_text_below_another_one_is_found():
    tree = ast.parse('"""Module."""\nONE = 1\n"""One."""\n"""Two, whose constant is above."""\nTWO = 2\n')

    assert list(texts_in_a_row(tree)) == [4]
