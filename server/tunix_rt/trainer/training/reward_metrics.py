"""Rewards as Tunix computes and reports them. Importing this module imports JAX and Tunix."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tunix.rl.grpo.grpo_learner import GRPOConfig
from tunix.rl.reward_manager import SequenceRewardManager

from tunix_rt.trainer.attempt.event_log import EventLog, metric_value
from tunix_rt.trainer.contract import TrainerEvent


def reward_manager(weights: Mapping[str, float], config: GRPOConfig) -> SequenceRewardManager:
    """Returns Tunix's reward manager, with a reward function for each weighted reward.

    It is called with the rewards of each rollout by name, as ``given``.
    """
    return SequenceRewardManager([reward_function(name, weight) for name, weight in weights.items()], config)


def reward_function(name: str, weight: float) -> Callable[..., list[float]]:
    """Returns the reward function of one name, as Tunix calls it."""

    def rewards(prompts: Any, completions: Any, given: Mapping[str, list[float]], **_: Any) -> list[float]:
        return [weight * value for value in given[name]]

    rewards.__name__ = name
    return rewards


def emit_rollout_metrics(events: EventLog, step: int, metrics: Mapping[str, Any], mask: Any) -> None:
    """Emits Tunix's metrics of the rewards, and the lengths of completions in tokens."""
    lengths = mask.sum(axis=-1)
    found = {
        name: aggregate(np.asarray(values)) for name, (values, aggregate) in metrics.items() if aggregate is not None
    }
    found |= {
        "completions/mean_length": np.mean(lengths),
        "completions/max_length": np.max(lengths),
        "completions/min_length": np.min(lengths),
    }
    for name, value in found.items():
        events.emit(TrainerEvent.METRIC, step=step, name=f"train/{name}", **metric_value(float(value)))
