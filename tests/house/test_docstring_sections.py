"""The sections of docstrings name what exists: ``Args`` parameters or fields, and ``Raises`` classes of errors.

A name that is left over from a renaming sends a reader to look for something that does not exist.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from tests.support.repository import ROOT
from tests.support.source_tree import tree_of

FOLDERS = (ROOT / "server", ROOT / "client" / "python", ROOT / "tests")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
PLAIN_BASES = {"NamedTuple", "Protocol", "Struct"}
"""Bases from which a class inherits no fields."""

ENTRY = re.compile(r" {4}([\w*.]+(?:, [\w*.]+)*): ")
"""An entry of a section: one name or several, before a colon. Its further lines are indented more deeply."""


def files() -> list[Path]:
    """Returns the source files in order."""
    return [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]


def named_in(docstring: str, section: str) -> list[str]:
    """Returns the names that a section of a docstring describes."""
    _, found, rest = f"\n{docstring}".partition(f"\n{section}:\n")
    lines = rest.splitlines() if found else []
    names: list[str] = []
    for line in lines:
        if line and not line.startswith(" "):
            break
        if entry := ENTRY.match(f"{line} "):
            names += [name.strip("*") for name in entry[1].split(", ")]
    return names


def parameters_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Returns the names of a function's parameters."""
    given = function.args
    single = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
    return {argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, *single)}


def described_by(node: ast.AST) -> set[str] | None:
    """Returns what the arguments of a function or of a class may be called; None if they are inherited."""
    if isinstance(node, FUNCTIONS):
        return parameters_of(node)
    if not isinstance(node, ast.ClassDef) or any(
        ast.unparse(base).split(".")[-1] not in PLAIN_BASES for base in node.bases
    ):
        return None
    fields = {
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    constructors = [part for part in node.body if isinstance(part, FUNCTIONS) and part.name in {"__init__", "__new__"}]
    return fields.union(*map(parameters_of, constructors))


def definitions(node: ast.Module | Definition) -> Iterator[Definition]:
    """Yields the classes and functions that a module, class or function has in its body, and those inside of them."""
    for part in node.body:
        if isinstance(part, (ast.ClassDef, *FUNCTIONS)):
            yield part
            yield from definitions(part)


def documented(tree: ast.Module) -> Iterator[tuple[Definition, str]]:
    """Yields the classes and functions of a module that have a docstring, with it."""
    for node in definitions(tree):
        if docstring := ast.get_docstring(node):
            yield node, docstring


def unknown_arguments(tree: ast.Module) -> Iterator[str]:
    """Yields the names in sections ``Args`` that are neither parameters nor fields."""
    for node, docstring in documented(tree):
        if (known := described_by(node)) is not None:
            yield from (f"{node.name}: {name}" for name in named_in(docstring, "Args") if name not in known)


@cache
def error_classes() -> set[str]:
    """Returns the names of all classes here, and of the errors of Python."""
    defined = {node.name for path in files() for node in definitions(tree_of(path)) if isinstance(node, ast.ClassDef)}
    return defined.union(dir(builtins))


def uses(tree: ast.Module, name: str) -> bool:
    """Returns whether a module has an expression with a name, such as of a library's class."""
    return any(name in {getattr(node, "id", ""), getattr(node, "attr", "")} for node in ast.walk(tree))


def unknown_errors(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """Yields the names in sections ``Raises`` that are no class: a library's are used in the module, or dotted."""
    for node, docstring in documented(tree):
        names = [name for name in named_in(docstring, "Raises") if "." not in name]
        yield from (f"{node.name}: {name}" for name in names if name not in known and not uses(tree, name))


def test_arguments_that_docstrings_describe_exist():
    found = [f"{path.relative_to(ROOT)}: {name}" for path in files() for name in unknown_arguments(tree_of(path))]

    assert found == []


def test_errors_that_docstrings_name_exist():
    known = error_classes()

    assert [
        f"{path.relative_to(ROOT)}: {name}" for path in files() for name in unknown_errors(tree_of(path), known)
    ] == []


SAMPLE = '''
class Page:
    """A page.

    Args:
        rows: its rows,
            in order.
        place: its end.
    """

    rows: list[int]


def read(path):
    """Reads a page.

    Args:
        file: the file.

    Raises:
        Lost, OSError: it cannot be read.
    """
'''


def test_names_that_are_left_over_are_found():
    tree = ast.parse(SAMPLE)

    assert list(unknown_arguments(tree)) == ["Page: place", "read: file"]
    assert list(unknown_errors(tree, {"OSError"})) == ["read: Lost"]
