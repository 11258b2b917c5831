"""A training method is complete: every place that a new member of ``Method`` needs has an entry for it."""

from __future__ import annotations

import ast
import re
import sqlite3
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tests.support.source_tree import PACKAGE, tree_of
from tunix_rt.db.migrate import upgrade
from tunix_rt.trainer.contract import FORMAT_OF, Method
from tunix_rt.trainer.training import objectives

METHODS = [method.value for method in Method]


def test_the_schema_describes_every_method():
    (found,) = re.findall(
        r"^enum RunMethod \{(.*?)^\}", (ROOT / "schema.graphql").read_text(), re.MULTILINE | re.DOTALL
    )

    assert re.findall(r'^  """.+?"""\n  (\w+)$', found, re.MULTILINE | re.DOTALL) == METHODS


@pytest.mark.parametrize("method", Method)
def test_a_method_has_an_objective(method: Method):
    file = PACKAGE / "trainer" / "training" / "objectives" / f"{objectives.OBJECTIVES[method]}.py"
    functions = {node.name for node in tree_of(file).body if isinstance(node, ast.FunctionDef)}

    assert {"prepare", "options", "model_input", "loss"} <= functions
    assert method in FORMAT_OF


def test_the_database_accepts_every_method(tmp_path: Path):
    file = tmp_path / "methods.db"
    upgrade(f"sqlite+aiosqlite:///{file}")

    with sqlite3.connect(file) as connection:
        (table,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'tunix_runs'").fetchone()
    (check,) = re.findall(r"\bmethod IN \(([^)]*)\)", table)
    assert re.findall(r"'(\w+)'", check) == METHODS
