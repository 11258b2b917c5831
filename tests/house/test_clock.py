"""Module constants of the tests do not read the clock: a worker imports them minutes before its test runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.support.repository import ROOT

CLOCKS = ("now", "utcnow", "today", "time", "monotonic")


def readings(tree: ast.Module) -> Iterator[int]:
    """The lines on which a statement of the module itself, outside functions and classes, reads the clock."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                yield node.lineno


def test_no_constant_of_a_test_module_reads_the_clock():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "node_modules" not in path.parts
        for line in readings(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_the_rule_sees_a_constant_that_reads_the_clock():
    source = "from datetime import datetime\nSTART = datetime.now()\ndef f():\n    return datetime.now()\n"
    assert list(readings(ast.parse(source))) == [2]
