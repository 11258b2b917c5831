"""Names of top-level classes are unique in the whole server, so that a name has one meaning."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable

from tests.support.source_tree import check_exceptions, modules, tree_of

SHARED: set[str] = set()
"""Names that several classes still have. This list may only shrink."""


def shared_names(trees: Iterable[ast.Module]) -> set[str]:
    """Returns the names that more than one top-level class has."""
    counts = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    return {name for name, count in counts.items() if count > 1}


def test_a_class_name_occurs_once():
    check_exceptions(shared_names(map(tree_of, modules().values())), SHARED)


def test_a_name_that_two_classes_have_is_found():
    trees = map(ast.parse, ("class A:\n    class C: ...", "class B: ...\nclass C: ...", "class B: ..."))

    assert shared_names(trees) == {"B"}
