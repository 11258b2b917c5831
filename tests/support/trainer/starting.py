"""Starts programs with JAX as forks of one process that has imported the libraries."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.forks import Fork, start
from tunix_rt.trainer.attempt.signals import QUIET

LIBRARIES = "tests.support.trainer.libraries"


def start_forked(module: str, path: Path, stdout: Path, stderr: Path, environment: Mapping[str, str]) -> Fork:
    """Starts ``python -m MODULE PATH``.

    Args:
        environment: all of its environment. What JAX reads of it when it is imported is that of the first program that
            a process of the tests starts.
    """
    command = [sys.executable, "-m", module, str(path)]
    for_jax = {name: value for name, value in environment.items() if name.startswith("JAX_")}
    return start(
        command, environment, stdout=stdout, stderr=stderr, libraries=[LIBRARIES], at_import={**QUIET, **for_jax}
    )
