"""Fixtures of the jobs' tests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import kill, processes_about
from tests.support.runs import stand_in

__all__ = ["stand_in"]

END_SECONDS = 10.0


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path) -> Iterator[None]:
    """Ensures that the processes which a test has started, directly or indirectly, end with it."""
    yield
    deadline = time.monotonic() + END_SECONDS
    while (left := processes_about(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.02)
    kill(left)
    assert not left, f"processes are left: {left}"
