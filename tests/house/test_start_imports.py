"""The server starts without the libraries of heavy computations, which processes of jobs alone import."""

from __future__ import annotations

import subprocess
import sys

from tests.support.servers import clean_environment

HEAVY = ("jax", "numpy", "pyarrow", "scipy")
IMPORTED = f"""
import sys
import {{module}}
print(*(name for name in {HEAVY} if name in sys.modules))
"""


def imported_with(module: str) -> list[str]:
    """Returns the heavy libraries that a module imports."""
    command = [sys.executable, "-c", IMPORTED.format(module=module)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_server_starts_without_heavy_libraries():
    assert imported_with("tunix_rt.app") == []


def test_the_process_of_an_evaluation_has_numpy():
    assert imported_with("tunix_rt.jobs.evaluations.process") == ["numpy"]
