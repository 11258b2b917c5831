"""The files by which the trainer asks for rewards: it appends rollouts to one, and reads their rewards from the other.

``rollouts.jsonl`` has a line for each batch, on disk before its rewards are awaited. A later attempt that comes to the
batch again uses that line and does not sample. ``rewards.jsonl`` is written by the program that has started the
trainer, in the same order. A line of either is complete once it has its newline.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunix_rt.trainer.contract import TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError

BATCH = re.compile(rb'\{"batch": ?(\d+)[,}]')
POLL_SECONDS = 0.02


class BatchLines:
    """A file with a line for each batch.

    Args:
        first: the first batch that is needed; lines of earlier ones are passed over.
    """

    def __init__(self, path: Path, first: int) -> None:
        self.path = path
        self._first = first
        self._offset = 0
        self._starts: dict[int, int] = {}

    def line(self, batch: int) -> dict[str, Any] | None:
        """Returns the line of a batch; None if it is not complete yet."""
        self._look()
        start = self._starts.get(batch)
        if start is None:
            return None
        with self.path.open("rb") as file:
            file.seek(start)
            found: dict[str, Any] = json.loads(file.readline())
        return found

    def complete_bytes(self) -> int:
        """Returns the size of the complete lines."""
        self._look()
        return self._offset

    def _look(self) -> None:
        """Finds the complete lines that were appended since the last call."""
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return
        with file:
            file.seek(self._offset)
            while (line := file.readline()).endswith(b"\n"):
                named = BATCH.match(line)
                if named and int(named[1]) >= self._first:
                    self._starts[int(named[1])] = self._offset
                self._offset += len(line)


class RolloutFile:
    """The rollouts of a run.

    Args:
        first: the first batch that is needed.
    """

    def __init__(self, path: Path, first: int) -> None:
        self._lines = BatchLines(path, first)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, self._lines.complete_bytes())

    def known_rollouts(self, batch: int) -> dict[str, Any] | None:
        """Returns the rollouts of a batch that an earlier attempt has sampled; None if there are none."""
        return self._lines.line(batch)

    def append(self, rollouts: dict[str, Any]) -> None:
        """Appends the rollouts of a batch.

        Raises:
            OSError: the disk is full.
        """
        rest = json.dumps(rollouts).encode() + b"\n"
        while rest:
            rest = rest[os.write(self._file, rest) :]
        os.fsync(self._file)


class RewardFile:
    """The rewards of a run's rollouts.

    Args:
        first: the first batch that is needed.
        names: the names of the rewards.
        stopping: returns whether a stop was requested.
    """

    def __init__(self, path: Path, first: int, names: list[str], stopping: Callable[[], bool]) -> None:
        self._lines = BatchLines(path, first)
        self._names = names
        self._stopping = stopping

    def wait(self, batch: int, count: int) -> dict[str, list[float]] | None:
        """Waits for the rewards of a batch of ``count`` rollouts, by name; returns None if a stop was requested before.

        Raises:
            TrainerError: BAD_DATASET if a reward is missing or no finite number.
        """
        while (line := self._lines.line(batch)) is None:
            if self._stopping():
                return None
            time.sleep(POLL_SECONDS)
        found = line.get("rewards")
        rewards = {name: (found or {}).get(name) for name in self._names}
        if any(not isinstance(given, list) or len(given) != count for given in rewards.values()):
            raise TrainerError(
                TrainerErrorCode.BAD_DATASET, f"{self._lines.path.name} lacks rewards of the rollouts of batch {batch}."
            )
        return {name: [float(value) for value in given or ()] for name, given in rewards.items()}
