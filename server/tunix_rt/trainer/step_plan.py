"""How many updates of the weights a training makes, and what is odd about that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Protocol


class Paced(Protocol):
    """What of a training's parameters decides how long it takes; None where nothing was said."""

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
class Plan:
    """How many batches and steps there are. The last batch of an epoch is filled up with rows that teach nothing."""

    batches_per_epoch: int
    batches_per_step: int
    steps_per_epoch: int
    total_steps: int

    @classmethod
    def of(cls, used: int, training: Paced) -> Plan:
        """The plan for ``used`` records. ``max_steps`` overrides ``num_epochs``: it stops earlier, or goes on longer.

        Without it no record is learnt from more often than ``num_epochs`` says: a step never takes more batches than
        there are in all, and batches that are left at the end and fill no step are left out.
        """
        batches, accumulated = ceil(used / training.batch_size), training.gradient_accumulation_steps or 1
        if training.max_steps is not None:
            return cls(batches, accumulated, ceil(batches / accumulated), training.max_steps)
        in_all = batches * training.num_epochs
        accumulated = min(accumulated, in_all)
        return cls(batches, accumulated, ceil(batches / accumulated), in_all // accumulated)

    def counts(self) -> dict[str, int]:
        """The counts as ``dataset`` events tell them."""
        return {
            "batchesPerEpoch": self.batches_per_epoch,
            "batchesPerStep": self.batches_per_step,
            "stepsPerEpoch": self.steps_per_epoch,
            "totalSteps": self.total_steps,
        }

    def warnings(self, training: Paced) -> Iterator[str]:
        """What whoever planned it so may not have meant, as sentences without their full stops."""
        asked, warmup = training.gradient_accumulation_steps or 1, training.warmup_steps or 0
        in_all = self.batches_per_epoch * training.num_epochs
        if self.batches_per_step < asked:
            yield f"A step was to take {asked:,} batches, and there are {in_all:,} in all: it takes those"
        left = 0 if training.max_steps is not None else in_all % self.batches_per_step
        if left:
            yield f"The last {left:,} of {in_all:,} batches fill no step of {self.batches_per_step:,}, and are left out"
        if warmup >= self.total_steps:
            yield (
                f"The warm-up takes {warmup:,} steps, and there are {self.total_steps:,} in all: "
                f"the learning rate never reaches {training.learning_rate:g}"
            )
