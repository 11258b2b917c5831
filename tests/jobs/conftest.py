"""Fixtures of the jobs' tests."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.processes import processes_about, send
from tests.support.runs import stand_in
from tests.support.waiting import WAIT_SECONDS

__all__ = ["stand_in"]


@pytest.fixture
def end_jobs() -> Callable[[], None]:
    """Leaves the jobs alone: here each test has to see to their end."""
    return lambda: None


@pytest.fixture(autouse=True)
def no_process_is_left(tmp_path: Path) -> Iterator[None]:
    """Ensures that the processes which a test has started, directly or indirectly, end with it."""
    yield
    deadline = time.monotonic() + WAIT_SECONDS
    while (left := processes_about(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.02)
    send(signal.SIGKILL, left)
    assert not left, f"processes are left: {left}"
