"""Runs questions in a process with JAX, which the tests' own process never loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.repository import ROOT


def ask(folder: Path, cache: Path, questions: list[dict[str, Any]]) -> list[Any]:
    """Returns the answers of a process with JAX."""
    (folder / "questions.json").write_text(json.dumps(questions))
    environment = os.environ | {
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    }
    command = [sys.executable, "-m", "tests.support.trainer.probes", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    given: list[Any] = json.loads((folder / "answers.json").read_text())
    return given
