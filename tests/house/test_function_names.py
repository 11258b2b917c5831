"""Functions and methods are named by a verb or by what they return, never by a bare participle such as ``stored``.

A participle alone names neither an action nor a value, and is easily taken for the variable that holds the result.
Properties may have one, since they are read like a value, and so may functions inside of functions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.repository import ROOT
from tests.support.source_tree import check_exceptions, tree_of

FOLDERS = (ROOT / "server", ROOT / "client" / "python")

IRREGULAR = {
    *("bound", "broken", "brought", "built", "caught", "chosen", "done", "found", "frozen", "given"),
    *("gone", "held", "hidden", "kept", "known", "lost", "made", "meant", "met", "paid", "seen", "sent", "shown"),
    *("sold", "spent", "spoken", "taken", "thought", "torn", "won", "woven", "written"),
}
"""Participles without the ending ``-ed`` which are not also the name of an action, as ``read`` and ``split`` are;
``tests/house/test_words.py`` rules out further ones everywhere."""

OTHER_WORDS = {"embed", "exceed", "feed", "need", "proceed", "seed", "shed", "speed"}
"""Words with the ending ``-ed`` that are no participles."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

PARTICIPLES: set[str] = set()
"""Functions that still have such a name. This list may only shrink."""


def is_participle(name: str) -> bool:
    """Returns whether a name is a single participle."""
    word = name.strip("_")
    return word in IRREGULAR or (word.isalpha() and word.endswith("ed") and word not in OTHER_WORDS)


def is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Returns whether a method is read like an attribute."""
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def participles_in(tree: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Yields the names of the functions and methods of a module that are participles."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from participles_in(node)
        elif isinstance(node, FUNCTIONS) and is_participle(node.name) and not is_property(node):
            yield node.name


def files() -> Iterator[Path]:
    """Yields the source of the server and of the Python client."""
    for folder in FOLDERS:
        yield from sorted(folder.rglob("*.py"))


def test_no_function_is_named_by_a_participle():
    found = {
        f"{path.relative_to(ROOT).as_posix()}: {name}" for path in files() for name in participles_in(tree_of(path))
    }

    check_exceptions(found, PARTICIPLES)


def test_a_participle_is_found():
    tree = ast.parse(
        "def stored(): ...\n"
        "class Store:\n"
        "    async def _held(self): ...\n"
        "    @cached_property\n"
        "    def opened(self): ...\n"
        "    def feed(self): ...\n"
        "    def read_expired(self):\n"
        "        def wrapped(): ...\n"
    )

    assert list(participles_in(tree)) == ["stored", "_held"]
