"""The client runs on the oldest Python that its distribution promises: by its grammar, and by the standard library."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.repository import ROOT

CLIENT = ROOT / "client" / "python"
PACKAGE = CLIENT / "tunix_rt_client"
SETTINGS = tomllib.loads((CLIENT / "pyproject.toml").read_text(encoding="utf-8"))
OLDEST = SETTINGS["project"]["requires-python"].removeprefix(">=")
NEWER = """
from datetime import UTC, datetime


def noon() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)
"""


def type_errors(*paths: Path) -> str:
    """Returns what mypy reports about files, by the types of the oldest Python's standard library."""
    command = [sys.executable, "-m", "mypy", "--python-version", OLDEST, "--follow-imports", "silent"]
    done = subprocess.run(
        [*command, *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_source_has_the_grammar_of_the_oldest_python(path: Path):
    major, minor = map(int, OLDEST.split("."))

    ast.parse(path.read_text(encoding="utf-8"), feature_version=(major, minor))


def test_newer_grammar_is_found():
    with pytest.raises(SyntaxError):
        ast.parse("try:\n    pass\nexcept* ValueError:\n    pass", feature_version=(3, 10))


def test_the_standard_library_of_the_oldest_python_has_what_is_imported(tmp_path: Path):
    newer = tmp_path / "newer.py"
    newer.write_text(NEWER)

    assert 'has no attribute "UTC"' in type_errors(newer)
    assert type_errors(PACKAGE) == ""
