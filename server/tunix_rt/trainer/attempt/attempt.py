"""One attempt: what it is told, and where it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.manifest.manifest import Manifest


class Stopped(Exception):
    """The attempt was told to stop; ``step`` is where it did."""

    def __init__(self, step: int = 0) -> None:
        super().__init__(f"stopped at step {step:,}")
        self.step = step


@dataclass(frozen=True)
class TrainingAttempt:
    """One attempt: its manifest, where it tells how it fares, and whether it is to stop."""

    manifest: Manifest
    events: EventLog
    stopping: Callable[[], bool]
    say: Callable[[str], None]
    began: float

    @property
    def output(self) -> Path:
        """The output folder."""
        return self.manifest.output_dir

    def still_wanted(self) -> None:
        """Ends the attempt here if it has been told to stop.

        Raises:
            Stopped: if so.
        """
        if self.stopping():
            raise Stopped
