"""The machine: what it is, and which of its cores the measured process has to itself."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.report import note
from tests.support.postgres import find_programs

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CORES = sorted(os.sched_getaffinity(0))
MEASURED_CORE = set(CORES[:1])
OTHER_CORES = set(CORES[1:]) or MEASURED_CORE
ALL_CORES = set(CORES)


def describe() -> None:
    """Prints what the figures depend on."""
    postgres = subprocess.run(
        [find_programs() / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout.strip()
    note(f"{cpu_model()}, {len(CORES)} cores, load {os.getloadavg()[0]:.1f}, {platform.system()} {platform.release()}")
    note(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {postgres}")
    if len(CORES) > 1:
        note("A server that is pinned has one core to itself; the client and PostgreSQL have the rest.")
    else:
        note("There is one core, which the client and the server share: requests/s are too low, CPU times hold.")


def cpu_model() -> str:
    """Returns the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keeps this process, and those that it starts meanwhile, on some cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(process_id: int) -> float:
    """The CPU time that all threads of a process have used so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
