"""The server starts without the libraries of heavy computations, which processes of jobs alone import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from tests.support.servers import clean_environment

HEAVY = ("jax", "numpy", "pyarrow", "scipy")
OF_DATABASES = ("sqlalchemy", "asyncpg", "aiosqlite")
IMPORTED = """
import sys
import {module}
print(*(name for name in {names} if name in sys.modules))
"""


def imported_with(module: str, names: Sequence[str] = HEAVY) -> list[str]:
    """Returns those of some libraries, the heavy ones by default, that a module imports."""
    command = [sys.executable, "-c", IMPORTED.format(module=module, names=names)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_the_server_starts_without_heavy_libraries():
    assert imported_with("tunix_rt.app") == []


def test_the_process_of_an_evaluation_has_numpy():
    assert imported_with("tunix_rt.jobs.evaluations.process") == ["numpy"]


def test_the_process_that_prepares_lines_has_no_library_of_a_database():
    assert imported_with("tunix_rt.domain.imports.preparation_process", OF_DATABASES) == []
    assert imported_with("tunix_rt.domain.imports.storing", OF_DATABASES) != []
