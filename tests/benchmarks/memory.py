"""The memory of a process and of those that it starts, watched over a while; and the CPU time of all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.benchmarks.machine import TICKS_PER_SECOND

INTERVAL_SECONDS = 0.1


def resident(process_id: int) -> int:
    """The resident bytes of a process; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def children_of(process_id: int) -> Iterator[int]:
    """The processes that a process has started and that still live."""
    for task in Path(f"/proc/{process_id}/task").glob("*/children"):
        try:
            yield from map(int, task.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue


def cpu_of_all(process_id: int) -> float:
    """The CPU seconds of a process, of the children that it has waited for, and of those that still live."""
    own = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    seconds = sum(int(field) for field in own[11:15]) / TICKS_PER_SECOND
    for child in children_of(process_id):
        try:
            seconds += cpu_of_all(child)
        except (FileNotFoundError, ProcessLookupError):
            continue
    return seconds


class Memory:
    """Watches from the beginning of a block to its end.

    ``grown`` is the process's greatest size less its first one, ``children`` the greatest size of one of its children,
    ``curve`` the process's sizes, all in bytes.
    """

    def __init__(self, process_id: int, interval: float = INTERVAL_SECONDS) -> None:
        self._process_id = process_id
        self._interval = interval
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.curve = [resident(process_id)]
        self.children = 0

    @property
    def grown(self) -> int:
        """Returns the maximum growth of the process."""
        return max(self.curve) - self.curve[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(self._interval):
            self.curve.append(resident(self._process_id))
            self.children = max([self.children, *map(resident, children_of(self._process_id))])


def megabytes(size: int) -> float:
    """Bytes as megabytes."""
    return size / 1_000_000


def downsampled(curve: list[int], points: int = 20) -> list[int]:
    """Returns a curve in megabytes, with at most ``points`` of its points."""
    step = max(1, len(curve) // points)
    return [round(megabytes(value)) for value in curve[::step]]
