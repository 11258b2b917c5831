"""The context of an attempt: its manifest, its event log and its stop signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.manifest.manifest import Manifest


class TrainingStopped(Exception):
    """Raised when the attempt stops early; ``step`` is the last completed step."""

    def __init__(self, step: int = 0) -> None:
        super().__init__(f"stopped at step {step:,}")
        self.step = step


@dataclass(frozen=True)
class TrainingAttempt:
    """One attempt at a run.

    Args:
        stopping: returns whether a stop was requested.
        log: prints a line to stdout.
        started: the monotonic time of the start.
    """

    manifest: Manifest
    events: EventLog
    stopping: Callable[[], bool]
    log: Callable[[str], None]
    started: float

    @property
    def output(self) -> Path:
        """The output folder."""
        return self.manifest.output_dir

    def raise_if_stopping(self) -> None:
        """Ends the attempt if a stop was requested.

        Raises:
            TrainingStopped: a stop was requested.
        """
        if self.stopping():
            raise TrainingStopped
