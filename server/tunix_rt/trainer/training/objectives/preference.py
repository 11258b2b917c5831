"""Direct preference optimization: prefer the chosen response to the rejected one, staying close to the base model.

The loss is Tunix's. The base model's log-probabilities are computed once, before training, so that no second copy of
the model is in memory while it trains.
"""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
from tunix.rl.common import build_positions_from_mask, make_causal_attn_mask
from tunix.sft.dpo.dpo_trainer import TrainExample, compute_logps, dpo_loss_fn

from tunix_rt.trainer.contract import BETA_OF, Method
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.preference_batches import PreferenceBatch, PreferenceBatches
from tunix_rt.trainer.manifest.manifest import TrainingSection

PERPLEXITY = False
LOSS_OF_NOTHING = math.log(2)
"""The loss of a pair whose responses are equally likely, such as the empty pairs that fill up a batch."""


def prepare(module: Any, batches: Batches) -> None:
    """Computes the base model's log-probabilities of all responses."""
    if not isinstance(batches, PreferenceBatches):
        raise TypeError("DPO trains on preference pairs")
    used, size = batches.encoded.used, batches.batch_size
    for number, batch in enumerate(batches.in_order()):
        example = example_of(batch)
        chosen, rejected = compute_logps(
            module,
            example.input_ids,
            example.positions,
            example.attention_mask,
            example.logits_to_keep,
            example.completion_mask,
        )
        rows = slice(number * size, min((number + 1) * size, used))
        batches.reference[rows] = np.stack([chosen, rejected], axis=1)[: rows.stop - rows.start]


def example_of(batch: PreferenceBatch) -> TrainExample:
    """Returns a batch as Tunix's loss takes it: each prompt twice, the chosen responses before the rejected ones."""
    prompts, masks = jnp.concatenate([batch.prompt_ids] * 2), jnp.concatenate([batch.prompt_mask] * 2)
    responses = jnp.concatenate([batch.chosen_ids, batch.rejected_ids])
    completion = jnp.concatenate([batch.chosen_mask, batch.rejected_mask])
    mask = jnp.concatenate([masks, completion], axis=1)
    return TrainExample(
        input_ids=jnp.concatenate([prompts, responses], axis=1),
        positions=build_positions_from_mask(mask),
        attention_mask=make_causal_attn_mask(mask > 0),
        ref_chosen_logps=batch.reference[:, 0],
        ref_rejected_logps=batch.reference[:, 1],
        completion_mask=completion,
        logits_to_keep=responses.shape[1],
    )


def options(training: TrainingSection) -> dict[str, Any]:
    """Returns ``beta``."""
    return {"beta": BETA_OF[Method.DPO] if training.beta is None else training.beta}


def model_input(batch: PreferenceBatch) -> dict[str, Any]:
    """Returns the loss function's arguments."""
    return {"example": example_of(batch)}


def loss(model: Any, example: TrainExample, beta: float) -> tuple[Any, dict[str, tuple[Any, Any]]]:
    """Returns the mean loss of a batch's pairs, and the sum and the count of every metric.

    Tunix's means include the empty pairs; their rewards are 0 and their losses known, so that they are taken out.
    """
    mean, metrics = dpo_loss_fn(model, example, beta=beta)
    rows = example.completion_mask.shape[0] // 2
    count = jnp.maximum(jnp.sum(jnp.any(example.completion_mask[:rows] > 0, axis=1)), 1).astype(jnp.float32)
    total = mean * rows - (rows - count) * LOSS_OF_NOTHING
    return total / count, {"loss": (total, count)} | {name: (found * rows, count) for name, found in metrics.items()}
