"""The distribution of tests among parallel processes."""

from __future__ import annotations

import os
import re
from uuid import UUID

import pytest

MOST_WORKERS = 8
"""Maximum number of workers. Each has a PostgreSQL server and starts processes: more would mostly wait for memory."""

TOGETHER = {
    "compiled": "trainer",
    "wheel": "wheel",
    "object_server": "objects",
    "ray": "ray",
    "slurm": "slurm",
    "stock": "stock",
    "browser": "browser",
}
"""Costly fixtures, and the group whose tests share each one in one process: programs compiled once, one wheel, one
server that has something to show, one Ray and one Slurm cluster. A test with several of them belongs to the first."""

BROWSER = ("stock", "browser")
"""The groups whose tests have a browser: two, so that no process waits while the other is at all of them."""

FIRST = ("tests/house/test_package.py", "tests/jobs", "tests/client", "tests/property", "tests/cli", "tests/migration")
"""What takes longest begins first, so that no process ends long before another."""

UUID_FORM = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def worker_count() -> int:
    """Returns the number of processes for the tests: three for two cores.

    Each works for about 60 % of its time: the rest it waits, for servers, jobs and pages that it has started.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
    return max(2, min(cores + cores // 2, MOST_WORKERS))


def steady_name(value: object) -> str | None:
    """The name of a parameter whose own would be another in each process; None leaves it to pytest."""
    text = str(value) if isinstance(value, str | UUID) else ""
    return UUID_FORM.sub("uuid", text) if UUID_FORM.search(text) else None


def engine_of(item: pytest.Item) -> str:
    """The engine of a test that is repeated for each one, whose name is that of its cluster's fixture."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return str(parameters.get("engine", ""))


def group_of(item: pytest.Item) -> str | None:
    """The group of a test that shares something costly with others."""
    names = {*getattr(item, "fixturenames", ()), engine_of(item)}
    return next((group for fixture, group in TOGETHER.items() if fixture in names), None)


def place_of(item: pytest.Item) -> tuple[int, int]:
    """Returns the position of a test in the order of all.

    The trainer's tests come first, as they take longest, and the browser's last: from its first page on, Playwright
    keeps its thread's event loop running, so that no asynchronous test can follow in the same process.
    """
    group, path = group_of(item), item.nodeid
    if group in BROWSER:
        return (2, 0)
    folder = next((position for position, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))
    return (0 if group == "trainer" else 1, folder)
