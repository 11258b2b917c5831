"""Group relative policy optimization: make answers likelier whose rewards are above those of their group.

The loss is Tunix's, with its penalty for leaving the base model.
"""

from __future__ import annotations

from typing import Any

from tunix.rl.algo_core import grpo_loss_fn
from tunix.rl.common import TrainExample
from tunix.rl.grpo.grpo_learner import GRPOConfig

from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.manifest.manifest import TrainingSection

PERPLEXITY = False
METRICS = ("kl", "pg_clipfrac", "entropy")
"""The metrics of Tunix's loss that are reported."""


def prepare(module: Any, batches: Batches) -> None:
    """Does nothing: the source of rollouts has the base model."""


def options(training: TrainingSection) -> dict[str, Any]:
    """Returns no further arguments: the source of rollouts has them."""
    return {}


def model_input(example: TrainExample) -> dict[str, Any]:
    """Returns the loss function's arguments."""
    return {"example": example}


def loss(model: Any, example: TrainExample, config: GRPOConfig, pad: int) -> tuple[Any, dict[str, tuple[Any, Any]]]:
    """Returns the loss of a batch of rollouts, and the sum and the count of every metric."""
    mean, metrics = grpo_loss_fn(model, example, algo_config=config, pad_id=pad, eos_id=pad)
    return mean, {"loss": (mean, 1.0)} | {name: (metrics[name], 1.0) for name in METRICS}
