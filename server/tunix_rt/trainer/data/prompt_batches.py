"""Batches of prompts to sample rollouts for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.training_prompts import TrainingPrompts


@dataclass(frozen=True)
class PromptBatches(Batches):
    """Batches of prompts, each the rows of its prompts; ``length`` is the longest prompt's, rounded up."""

    encoded: TrainingPrompts

    def of(self, rows: Sequence[int]) -> list[int]:
        """Returns the rows; the last batch of an epoch may have fewer than the others."""
        return list(rows)
