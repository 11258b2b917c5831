"""What several rooms agree on is written in one module, which they import."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.support.source_tree import NAME, modules, tree_of

Holds = Callable[[ast.AST], bool]


def is_path_of_workers(node: ast.AST) -> bool:
    """Returns whether a text begins with a path of the protocol of workers."""
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, str) and value.startswith(("/v1/attempt", "/v1/workers"))


def is_set_up_of_logging(node: ast.AST) -> bool:
    """Returns whether an expression sets up the logs of the process."""
    return isinstance(node, ast.Attribute) and node.attr in {"basicConfig", "dictConfig", "Formatter"}


def places_of(holds: Holds) -> Iterator[str]:
    """Yields the modules that have what is looked for."""
    for name, path in modules().items():
        if any(holds(node) for node in ast.walk(tree_of(path))):
            yield name


@pytest.mark.parametrize(
    ("holds", "module"),
    [(is_path_of_workers, "domain.attempts.paths"), (is_set_up_of_logging, "logs")],
)
def test_it_is_written_in_one_module(holds: Holds, module: str):
    assert list(places_of(holds)) == [f"{NAME}.{module}"]


@pytest.mark.parametrize(
    ("holds", "source"),
    [
        (is_path_of_workers, 'f"/v1/workers/{identity}"'),
        (is_path_of_workers, 'call(http, "GET", "/v1/attempt")'),
        (is_set_up_of_logging, "logging.basicConfig()"),
    ],
)
def test_a_second_place_is_found(holds: Holds, source: str):
    assert any(holds(node) for node in ast.walk(ast.parse(source)))
