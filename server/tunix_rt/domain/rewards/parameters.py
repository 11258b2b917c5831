"""The rewards and rollouts of GRPO runs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Reward:
    """A scorer whose score is a reward, and its weight in the sum of rewards."""

    scorer: str
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Grpo:
    """The rollouts of a GRPO run and their rewards; None leaves a choice to the trainer.

    Args:
        num_generations: the number of answers to each prompt of a batch.
        num_iterations: the number of updates from each batch.
        epsilon: the distance from 1 to which the ratio of probabilities is clipped.
    """

    rewards: tuple[Reward, ...]
    num_generations: int | None = None
    num_iterations: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_new_tokens: int | None = None
    epsilon: float | None = None


def grpo_values(grpo: Grpo | None) -> dict[str, Any] | None:
    """Returns the values of GRPO by name, the rewards as weights by scorer; None stays None."""
    if grpo is None:
        return None
    values = {spec.name: getattr(grpo, spec.name) for spec in fields(grpo)}
    return values | {"rewards": {reward.scorer: reward.weight for reward in grpo.rewards}}
