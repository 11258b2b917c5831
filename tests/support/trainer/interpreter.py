"""Runs questions in a process with JAX, which the tests' own process never loads."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.support.trainer.starting import start_forked


def ask(folder: Path, cache: Path, questions: list[dict[str, Any]]) -> list[Any]:
    """Returns the answers of a process with JAX."""
    (folder / "questions.json").write_text(json.dumps(questions))
    environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(cache)}
    stdout, stderr = folder / "probes.out", folder / "probes.err"
    done = start_forked("tests.support.trainer.probes", folder, stdout, stderr, environment)
    assert done.wait() == 0, stderr.read_text()
    given: list[Any] = json.loads((folder / "answers.json").read_text())
    return given
