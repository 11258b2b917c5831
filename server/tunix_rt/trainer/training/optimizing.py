"""How the weights are moved: the learning rate's schedule, the optimizer, the loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import optax

from tunix_rt.trainer.contract import Schedule
from tunix_rt.trainer.manifest.manifest import TrainingSection

Rate = Callable[[int], Any]


def learning_rate(training: TrainingSection, total_steps: int) -> Rate:
    """The learning rate at each step from 0: up to its peak in a line, then as the schedule says, to 0 at the end."""
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
    """AdamW; gradients longer than ``max_grad_norm`` are shortened first."""
    adam = optax.adamw(rate, b1=0.9, b2=0.999, weight_decay=training.weight_decay)
    if training.max_grad_norm is None:
        return adam
    return optax.chain(optax.clip_by_global_norm(training.max_grad_norm), adam)


def model_input(batch: Any) -> dict[str, Any]:
    """What the loss is given for a batch. Padding is on the right, where no token before it looks."""
    rows, length = batch.input_tokens.shape
    positions = jnp.broadcast_to(jnp.arange(length, dtype=jnp.int32), (rows, length))
    causal = jnp.tril(jnp.ones((length, length), dtype=jnp.bool_))
    return {
        "input_tokens": batch.input_tokens,
        "input_mask": batch.input_mask,
        "positions": positions,
        "attention_mask": jnp.broadcast_to(causal, (rows, length, length)),
    }


def loss(
    model: Any, input_tokens: Any, input_mask: Any, positions: Any, attention_mask: Any
) -> tuple[Any, tuple[Any, Any]]:
    """The mean over a batch's targets of how unlikely the model found each, in nats; beside it sum and count."""
    logits, _ = model(input_tokens, positions, None, attention_mask)
    surprise = optax.softmax_cross_entropy_with_integer_labels(logits[:, :-1].astype(jnp.float32), input_tokens[:, 1:])
    targets = input_mask[:, 1:]
    total, count = jnp.sum(surprise * targets), jnp.sum(targets)
    return total / jnp.maximum(count, 1.0), (total, count)
