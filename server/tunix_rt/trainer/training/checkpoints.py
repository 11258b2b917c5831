"""Checkpoints: when one is made, and how it is told."""

from __future__ import annotations

from typing import Any

import orbax.checkpoint as ocp

from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, TrainerEvent

CHECKPOINTS_KEPT = 3


def checkpoint_options() -> Any:
    """Orbax's options: a save ends when the checkpoint is whole on the disk, what a kill left half made goes."""
    return ocp.CheckpointManagerOptions(
        max_to_keep=CHECKPOINTS_KEPT, enable_async_checkpointing=False, cleanup_tmp_directories=True, create=True
    )


class Checkpoints:
    """Tunix's checkpoint manager, which saves every ``every`` steps and tells each.

    It stands in the trainer's place for it, so it has that one's methods.
    """

    def __init__(self, inner: Any, every: int, events: EventLog) -> None:
        self.inner = inner
        self.every = every
        self.events = events

    def latest_step(self) -> int | None:
        """The newest checkpoint's step."""
        step: int | None = self.inner.latest_step()
        return step

    def save(self, step: int, model: Any, optimizer: Any = None, *, force: bool = False, **options: Any) -> bool:
        """Saves if it is time, or if forced."""
        if not force and step % self.every:
            return False
        saved = bool(self.inner.save(step, model, optimizer, force=True, **options))
        if saved:
            self.events.emit(TrainerEvent.CHECKPOINT, step=step, path=f"{CHECKPOINTS_FOLDER}/{step}")
        return saved

    def close(self) -> None:
        """Ends it."""
        self.inner.close()
