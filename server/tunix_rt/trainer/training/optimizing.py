"""The optimizer, its learning rate schedule, and where its state is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import optax
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec

from tunix_rt.trainer.contract import Schedule
from tunix_rt.trainer.manifest.manifest import TrainingSection

Rate = Callable[[int], Any]


def learning_rate(training: TrainingSection, total_steps: int) -> Rate:
    """Returns the learning rate by step: linear warmup to the peak, then the manifest's schedule."""
    peak, warmup = training.learning_rate, min(training.warmup_steps, total_steps)
    left = max(1, total_steps - warmup)
    after = {
        Schedule.CONSTANT: lambda: optax.constant_schedule(peak),
        Schedule.LINEAR: lambda: optax.linear_schedule(peak, 0.0, left),
        Schedule.COSINE: lambda: optax.cosine_decay_schedule(peak, left),
    }[training.schedule]()
    if not warmup:
        return after  # type: ignore[no-any-return]
    rising = optax.linear_schedule(peak / (warmup + 1), peak, warmup)
    return optax.join_schedules([rising, after], [warmup])  # type: ignore[no-any-return]


def optimizer(training: TrainingSection, rate: Rate) -> Any:
    """Returns AdamW, with gradients clipped to ``max_grad_norm``."""
    adam = optax.adamw(rate, b1=0.9, b2=0.999, weight_decay=training.weight_decay)
    if training.max_grad_norm is None:
        return adam
    return optax.chain(optax.clip_by_global_norm(training.max_grad_norm), adam)


def commit(state: Any) -> None:
    """Assigns the counters of a new optimizer to the devices of its moments, as they are after a step.

    Without this the first step differs from all others in where its arguments are, and the training's largest program
    is compiled twice.
    """
    values = nnx.state(state)
    sharding = next(leaf.sharding for leaf in jax.tree.leaves(values) if leaf.committed)
    if isinstance(sharding, NamedSharding):
        sharding = NamedSharding(sharding.mesh, PartitionSpec())
    nnx.update(state, jax.tree.map(lambda leaf: leaf if leaf.committed else jax.device_put(leaf, sharding), values))
