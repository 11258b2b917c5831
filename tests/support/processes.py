"""The processes that tests start: finding and ending those that are left."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
JOB_MODULES = b"tunix_rt.jobs."


def processes_about(folder: Path) -> list[int]:
    """Returns the other processes that work in a folder, or for a data folder in it."""
    found, setting = [], f"TUNIX_RT_DATA_DIR={folder}".encode()
    for entry in PROCESSES.glob("[0-9]*"):
        with suppress(OSError):
            within = (entry / "cwd").readlink().is_relative_to(folder)
            if int(entry.name) != os.getpid() and (within or setting in (entry / "environ").read_bytes()):
                found.append(int(entry.name))
    return found


def job_processes() -> list[int]:
    """Returns the processes of jobs that this process has started, and all that they have started."""
    found: list[int] = []
    for child in children_of(os.getpid()):
        with suppress(OSError):
            if JOB_MODULES in (PROCESSES / str(child) / "cmdline").read_bytes():
                found += [child, *descendants_of(child)]
    return found


def kill(pids: Iterable[int]) -> None:
    """Kills processes, of which some may have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def descendants_of(pid: int) -> Iterator[int]:
    """Yields the processes that a process has started, directly or indirectly."""
    for child in children_of(pid):
        yield child
        yield from descendants_of(child)


def children_of(pid: int) -> list[int]:
    """Returns the processes that the threads of a process have started."""
    found: list[int] = []
    for file in (PROCESSES / str(pid) / "task").glob("*/children"):
        with suppress(OSError):
            found += map(int, file.read_text().split())
    return found
