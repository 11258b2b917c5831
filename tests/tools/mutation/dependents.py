"""Which modules of the server import a module, directly or through others, by their import statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

DECORATING = "strawberry"
"""A package that marks the enums which its importers name; an importer that comes later finds them marked."""


def name_of(file: Path, root: Path) -> str:
    """The dotted name of a module's file below ``root``."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str) -> Iterator[str]:
    """The dotted names that a source may import, wherever in it; some are names in modules, not modules."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_of(name: str) -> Iterator[str]:
    """The packages around a module, which are imported before it."""
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))


def dependents_of(target: str, root: Path) -> set[str]:
    """Returns the names of the modules below ``root`` that depend on ``target``, and that name."""
    needs: dict[str, set[str]] = {}
    for file in root.rglob("*.py"):
        name = name_of(file, root)
        imported = set(imports_of(file.read_text()))
        needs[name] = imported.union(packages_of(name), *(packages_of(other) for other in imported))
    found, before = {target}, 0
    while before != len(found):
        before = len(found)
        found |= {name for name, needed in needs.items() if needed & found}
    return found


def imported_by_forks(target: str, root: Path) -> set[str]:
    """Returns the names of the modules below ``root`` that each fork has to import, with its source of ``target``.

    These are its dependents. If one of them makes types for the schema, all modules that do are imported there: some of
    them before the fork and others in it would make two types of one enum.
    """
    dependents, decorating = dependents_of(target, root), dependents_of(DECORATING, root)
    return dependents | decorating if dependents & decorating else dependents
