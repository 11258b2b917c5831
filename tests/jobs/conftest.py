"""Fixtures of the jobs' tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

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
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert not left, f"processes are left: {left}"


def processes_about(folder: Path) -> list[int]:
    """Returns the other processes that work in a folder, or for a data folder in it."""
    found, setting = [], f"TUNIX_RT_DATA_DIR={folder}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            within = (entry / "cwd").readlink().is_relative_to(folder)
            if int(entry.name) != os.getpid() and (within or setting in (entry / "environ").read_bytes()):
                found.append(int(entry.name))
    return found
