"""The small changes of a module's source that its tests have to notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names


@dataclass(frozen=True)
class Change:
    """One change: the operator that made it, and the whole source after it."""

    operator: str
    source: str


class Unannotated(ast.NodeTransformer):
    """Removes what has no effect when the module runs: annotations and docstrings."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Removes the annotation of an argument."""
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Makes the annotations of all names equal."""
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Removes the annotation of the result."""
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        """Removes the annotation of the result."""
        node.returns = None
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Removes texts that stand alone."""
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)


def effect_of(source: str) -> str:
    """A text that two sources share if they do the same but for annotations.

    Raises:
        SyntaxError: it is not Python.
    """
    return ast.dump(Unannotated().visit(ast.parse(source)))


def operators() -> Iterator[tuple[str, Any]]:
    """The operators that need no configuration."""
    for name in sorted(operator_names()):
        kind = get_operator(name)
        if not kind.arguments():
            yield name.removeprefix("core/"), kind()


def changes_of(source: str) -> list[Change]:
    """Returns every change of a source that has an effect, each effect once."""
    tree, seen, found = get_ast(source), {effect_of(source)}, []
    for name, operator in operators():
        places = sum(1 for node in ast_nodes(tree) for _ in operator.mutation_positions(node))
        for place in range(places):
            try:
                changed = mutate_code(source, operator, place)
                effect = effect_of(changed)
            except (SyntaxError, AttributeError):  # AttributeError: cosmic-ray replaces no exceptions in tuples
                continue
            if effect not in seen:
                seen.add(effect)
                found.append(Change(name, changed))
    return found
