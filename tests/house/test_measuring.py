"""Coverage counts each test once, and everything that a paused test runs is left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tests.support.measuring import HANDED_ON, UNMEASURED, is_measured
from tests.support.repository import ROOT

PROGRAM = """
import coverage, subprocess, sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast
sys.path[:0] = [{root!r}, {folder!r}]
measured = coverage.Coverage(data_file=None, source=[{folder!r}])
measured.start()
from tests.support.measuring import unmeasured
import counted
counted.first()
with unmeasured():
    counted.second()
counted.third()
measured.stop()
_, _, missing, _ = measured.analysis(counted.__file__)
print(missing)
"""
COUNTED = "def first():\n    return 1\ndef second():\n    return 2\ndef third():\n    return 3\n"


def test_what_a_paused_test_runs_does_not_count(tmp_path: Path):
    (tmp_path / "counted.py").write_text(COUNTED)
    program = PROGRAM.format(root=str(ROOT), folder=str(tmp_path))
    environment = {name: value for name, value in os.environ.items() if name != HANDED_ON}
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[4]\n", done.stderr


def test_a_test_that_is_repeated_on_postgresql_is_measured_on_sqlite_alone(request: pytest.FixtureRequest):
    def on(kind: str, fixture: str = "database_url", path: str = "tests/db/test_x.py") -> pytest.Item:
        return cast(pytest.Item, SimpleNamespace(nodeid=path, callspec=SimpleNamespace(params={fixture: kind})))

    assert [is_measured(on(kind)) for kind in ("sqlite", "postgresql")] == [True, False]
    assert not is_measured(on("postgresql", "empty_database_url"))
    assert not is_measured(on("sqlite", path="tests/house/test_x.py"))
    assert is_measured(cast(pytest.Item, SimpleNamespace(nodeid="tests/db/test_x.py")))
    assert not is_measured(request.node)


def test_what_is_not_measured_exists():
    for path in UNMEASURED:
        file, _, test = path.partition("::")
        assert (ROOT / file).exists(), path
        assert not test or f"def {test}(" in (ROOT / file).read_text(), path
