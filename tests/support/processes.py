"""The processes that tests start: finding and ending those that are left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
JOB_MODULES = b"tunix_rt.jobs."
GRACE_SECONDS = 5.0
PAUSE_SECONDS = 0.01


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
    for process in descendants_of(os.getpid()):
        with suppress(OSError):
            if JOB_MODULES in (PROCESSES / str(process) / "cmdline").read_bytes():
                found += [process, *descendants_of(process)]
    return list(dict.fromkeys(found))


def end(pids: Iterable[int]) -> None:
    """Ends processes, of which some may have ended: first in a way that lets them store their coverage."""
    left = list(pids)
    send(signal.SIGTERM, left)
    deadline = time.monotonic() + GRACE_SECONDS
    while (left := [pid for pid in left if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    send(signal.SIGKILL, left)


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    """Sends a signal to processes, of which some may have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def is_alive(pid: int) -> bool:
    """Returns whether there is such a process, and not merely its remains."""
    try:
        os.kill(pid, 0)
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def is_stopped(pid: int) -> bool:
    """Returns whether a process is stopped until it is continued."""
    try:
        return (PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (ProcessLookupError, FileNotFoundError):
        return False


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
