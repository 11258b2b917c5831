"""Checkpoints: saved at intervals and reported as events."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import orbax.checkpoint as ocp
from flax import nnx

from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, TrainerEvent

CHECKPOINTS_KEPT = 3


def checkpoint_options() -> Any:
    """Returns Orbax's options: saves are synchronous, and partial checkpoints of killed attempts are removed."""
    return ocp.CheckpointManagerOptions(
        max_to_keep=CHECKPOINTS_KEPT, enable_async_checkpointing=False, cleanup_tmp_directories=True, create=True
    )


def weights_digest(module: Any, kind: Any) -> str:
    """Returns the SHA-256 of a module's parameters of a kind."""
    digest = hashlib.sha256()
    found = nnx.to_flat_state(nnx.state(module, kind))
    for path, variable in sorted(found, key=lambda item: str(item[0])):
        value = np.asarray(variable.get_value())
        digest.update(f"{path} {value.dtype} {value.shape}\n".encode())
        digest.update(value.tobytes())
    return digest.hexdigest()


class Checkpoints:
    """Wraps Tunix's checkpoint manager: saves every ``every`` steps, and emits an event for each checkpoint.

    It replaces the manager in Tunix's trainer, so it has its methods.
    """

    def __init__(self, inner: Any, every: int, events: EventLog) -> None:
        self.inner = inner
        self.every = every
        self.events = events

    def latest_step(self) -> int | None:
        """Returns the step of the newest checkpoint; None if there is none."""
        step: int | None = self.inner.latest_step()
        return step

    def save(self, step: int, model: Any, optimizer: Any = None, *, force: bool = False, **options: Any) -> bool:
        """Saves if the step is a multiple of the interval, or if forced; returns whether it saved."""
        if not force and step % self.every:
            return False
        saved = bool(self.inner.save(step, model, optimizer, force=True, **options))
        if saved:
            trained = nnx.LoRAParam if nnx.state(model, nnx.LoRAParam) else nnx.Param
            path, digest = f"{CHECKPOINTS_FOLDER}/{step}", weights_digest(model, trained)
            self.events.emit(TrainerEvent.CHECKPOINT, step=step, path=path, sha256=digest)
        return saved

    def close(self) -> None:
        """Closes the manager."""
        self.inner.close()
