"""Rooms stay small and equally named: files of a folder, packages' ``__init__``, names of files in a noun's folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGE, check_exceptions, tree_of

MAX_FILES = 15

CROWDED: set[str] = set()
"""Folders that still have more files. This list may only shrink."""

REGISTRIES = {
    "cli",
    "domain/exports/containers",
    "domain/exports/formats",
    "domain/exports/scored_formats",
    "domain/imports/formats",
    "domain/scorers",
    "trainer/training/objectives",
}
"""Packages whose ``__init__`` finds what stands in the folder by name."""

DEFINING: set[str] = set()
"""Other packages whose ``__init__`` still defines something. This list may only shrink."""

ROLES = {"types", "inputs", "queries", "mutations", "subscriptions", "lifecycle", "storage", "kind", "process"}
"""Files that any noun's folder may have: what they hold is the same for all nouns."""

SHARED_NOUNS = [
    *(
        "traces",
        "groups",
        "scores",
        "datasets",
        "evaluations",
        "exports",
        "generations",
        "runs",
        "views",
        "rubrics",
        "keys",
        "audit",
        "job_sets",
    )
]
NOUNS = {
    "api": [*SHARED_NOUNS, "server"],
    "domain": [*SHARED_NOUNS, "imports", "jobs"],
    "jobs": ["datasets", "evaluations", "exports", "generations", "runs", "dry_runs"],
}
NOUN_FOLDERS = [PACKAGE / layer / noun for layer, nouns in NOUNS.items() for noun in nouns]
"""The folders of nouns. Any other file or folder in one is introduced by the docstring of its ``__init__``."""


def path_of(folder: Path) -> str:
    """Returns a folder's path in the package."""
    return folder.relative_to(PACKAGE).as_posix()


def packages() -> list[Path]:
    """Returns every folder of the server that has Python files, but the package itself."""
    return sorted({path.parent for path in PACKAGE.rglob("*.py")} - {PACKAGE})


def is_definition(node: ast.stmt) -> bool:
    """Returns whether a statement defines more than what a package exports."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return False
    return not (
        isinstance(node, ast.Assign)
        and all(isinstance(target, ast.Name) and target.id in {"__all__", "__version__"} for target in node.targets)
    )


def unknown_names(names: set[str], docstring: str) -> set[str]:
    """Returns the names that are no role and that a package's docstring does not list in its table."""
    return names - ROLES - listed_names(docstring)


def listed_names(docstring: str) -> set[str]:
    """Returns the names that a docstring lists, each at the start of an indented line."""
    return set(re.findall(r"^ {4}(\w+) ", docstring, re.MULTILINE))


def names_in(folder: Path) -> set[str]:
    """Returns the names of a package's modules and of the packages in it."""
    return {path.stem for path in folder.glob("*.py")} - {"__init__"} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }


def test_no_folder_is_crowded():
    crowded = {path_of(folder) for folder in packages() if len(list(folder.glob("*.py"))) > MAX_FILES}

    check_exceptions(crowded, CROWDED)


def test_packages_define_nothing_but_registries():
    defining = {
        path_of(folder)
        for folder in packages()
        if (folder / "__init__.py").exists() and any(map(is_definition, tree_of(folder / "__init__.py").body))
    }

    assert defining >= REGISTRIES
    check_exceptions(defining - REGISTRIES, DEFINING)


@pytest.mark.parametrize("folder", NOUN_FOLDERS, ids=path_of)
def test_a_nouns_files_have_names_that_are_roles_or_are_introduced(folder: Path):
    docstring = ast.get_docstring(tree_of(folder / "__init__.py"), clean=False) or ""

    assert not unknown_names(names_in(folder), docstring)


@pytest.mark.parametrize("folder", NOUN_FOLDERS, ids=path_of)
def test_what_a_nouns_docstring_introduces_is_there(folder: Path):
    docstring = ast.get_docstring(tree_of(folder / "__init__.py"), clean=False) or ""

    assert listed_names(docstring) <= names_in(folder)


@pytest.mark.parametrize(
    ("source", "defines"),
    [
        ('"""The rooms."""', False),
        ("from a import b\nimport c", False),
        ('__all__ = ["b"]\n__version__ = "1"', False),
        ("LIMIT = 1", True),
        ("def find():\n    pass", True),
        ("class Finder:\n    pass", True),
        ("for name in names:\n    add(name)", True),
    ],
)
def test_a_definition_is_found(source: str, defines: bool):
    assert any(map(is_definition, ast.parse(source).body)) is defines


def test_a_file_of_an_unknown_name_is_found():
    docstring = "Traces.\n\n    comparison  two traces side by side\n    ungar       card games"

    assert unknown_names({"types", "storage", "ungar", "comparison", "misc"}, docstring) == {"misc"}
