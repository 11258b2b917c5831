"""Supervised fine-tuning: the negative log-likelihood of the target tokens."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import optax

from tunix_rt.trainer.data.batches import Batches, TokenBatch
from tunix_rt.trainer.manifest.manifest import TrainingSection

PERPLEXITY = True


def prepare(module: Any, batches: Batches) -> None:
    """Does nothing: the loss does not depend on the untrained model."""


def options(training: TrainingSection) -> dict[str, Any]:
    """Returns no further arguments."""
    return {}


def model_input(batch: TokenBatch) -> dict[str, Any]:
    """Returns the loss function's arguments. Padding is on the right, where the causal mask hides it."""
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
) -> tuple[Any, dict[str, tuple[Any, Any]]]:
    """Returns the mean negative log-likelihood of a batch's target tokens in nats, and its sum and count."""
    logits, _ = model(input_tokens, positions, None, attention_mask)
    negative_log_likelihood = optax.softmax_cross_entropy_with_integer_labels(
        logits[:, :-1].astype(jnp.float32), input_tokens[:, 1:]
    )
    targets = input_mask[:, 1:]
    total, count = jnp.sum(negative_log_likelihood * targets), jnp.sum(targets)
    return total / jnp.maximum(count, 1.0), {"loss": (total, count)}
