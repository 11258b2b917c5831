"""The batches and steps of a training, as the trainer makes them and a dry run predicts them.

Server and trainer import this module, as they do the contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Protocol


class StepParameters(Protocol):
    """The training parameters that determine the number of steps; None means the trainer's default."""

    @property
    def learning_rate(self) -> float: ...
    @property
    def num_epochs(self) -> int: ...
    @property
    def batch_size(self) -> int: ...
    @property
    def max_steps(self) -> int | None: ...
    @property
    def gradient_accumulation_steps(self) -> int | None: ...
    @property
    def warmup_steps(self) -> int | None: ...


@dataclass(frozen=True)
class StepPlan:
    """The number of batches and optimizer steps. The last batch of an epoch is padded with rows without targets."""

    batches_per_epoch: int
    batches_per_step: int
    steps_per_epoch: int
    total_steps: int

    @classmethod
    def of(cls, used: int, training: StepParameters, iterations: int = 1) -> StepPlan:
        """Returns the plan for ``used`` records. ``max_steps`` overrides ``num_epochs``, in either direction.

        Each batch is used in ``iterations`` consecutive steps.

        Without ``max_steps`` no record is used more than ``num_epochs`` times: a step accumulates at most all batches
        of the training, and remaining batches that do not fill a step are dropped.
        """
        batches = ceil(used / training.batch_size) * iterations
        accumulated = training.gradient_accumulation_steps or 1
        if training.max_steps is not None:
            return cls(batches, accumulated, ceil(batches / accumulated), training.max_steps)
        available = batches * training.num_epochs
        accumulated = min(accumulated, available)
        return cls(batches, accumulated, ceil(batches / accumulated), available // accumulated)

    def counts(self) -> dict[str, int]:
        """Returns the counts as ``dataset`` events report them."""
        return {
            "batchesPerEpoch": self.batches_per_epoch,
            "batchesPerStep": self.batches_per_step,
            "stepsPerEpoch": self.steps_per_epoch,
            "totalSteps": self.total_steps,
        }

    def warnings(self, training: StepParameters) -> Iterator[str]:
        """Yields warnings about unusual plans, as sentences without their full stops."""
        accumulated, warmup = training.gradient_accumulation_steps or 1, training.warmup_steps or 0
        available = self.batches_per_epoch * training.num_epochs
        if self.batches_per_step < accumulated:
            yield f"Gradient accumulation is reduced from {accumulated:,} to {available:,} batches: there are no more"
        left = 0 if training.max_steps is not None else available % self.batches_per_step
        if left:
            yield (
                f"The last {left:,} of {available:,} batches are dropped: they do not fill a step of "
                f"{self.batches_per_step:,}"
            )
        if warmup >= self.total_steps:
            yield (
                f"Warmup ({warmup:,} steps) is not shorter than the training ({self.total_steps:,} steps): "
                f"the learning rate never reaches {training.learning_rate:g}"
            )
