"""The server's source as the house's rules read it: its modules, parsed, and the imports between them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from tests.support.repository import ROOT

PACKAGE = ROOT / "server" / "tunix_rt"
NAME = "tunix_rt"


def name_of(path: Path, package: Path = PACKAGE) -> str:
    """Returns a module's full name; a package's is that of its folder."""
    parts = [NAME, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> Mapping[str, Path]:
    """Returns every module of the server by its full name."""
    return {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def tree_of(path: Path) -> ast.Module:
    """Returns a file's parsed source."""
    return ast.parse(path.read_text())


def imported_names(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the full name of each import, those in functions and under ``TYPE_CHECKING`` included.

    Args:
        module: the module's own full name, which relative imports start from; a package's ends in ``.__init__``.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def module_of(name: str, known: Collection[str]) -> str | None:
    """Returns the module that defines an imported name, or None if it is not among the known ones."""
    if name in known:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in known else None


@cache
def import_graph() -> Mapping[str, frozenset[str]]:
    """Returns the modules of the server that each of its modules imports."""
    return {
        name: frozenset(
            target
            for _, imported in imported_names(tree_of(path), own_name(name, path))
            if (target := module_of(imported, modules())) and target != name
        )
        for name, path in modules().items()
    }


def own_name(name: str, path: Path) -> str:
    """Returns the name that a module's relative imports start from."""
    return f"{name}.__init__" if path.name == "__init__.py" else name


def circles(graph: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """Returns the groups of modules that import each other in a circle, by Tarjan's algorithm."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[frozenset[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for target in graph.get(module, ()):
            if target not in order:
                visit(target)
                lowest[module] = min(lowest[module], lowest[target])
            elif target in stack:
                lowest[module] = min(lowest[module], order[target])
        if lowest[module] == order[module]:
            at = stack.index(module)
            group = frozenset(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for module in graph:
        if module not in order:
            visit(module)
    return found


def check_exceptions(found: Iterable[str], exceptions: Iterable[str]) -> None:
    """Fails for a breach that is no exception, and for an exception that is no breach any more."""
    breaches, allowed = set(found), set(exceptions)
    new, stale = sorted(breaches - allowed), sorted(allowed - breaches)
    assert not new, "new breaches:\n" + "\n".join(new)
    assert not stale, "no breaches any more, take these exceptions out:\n" + "\n".join(stale)
