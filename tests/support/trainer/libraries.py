"""Imports what the trainer's programs import of libraries; the server of ``forks`` does it once for all of them."""

from __future__ import annotations

from importlib import import_module

from tunix_rt.trainer.tunix_package import import_by_module

LIBRARIES = (
    *("flax.nnx", "jax", "optax", "orbax.checkpoint", "qwix", "safetensors.numpy", "tokenizers", "yaml"),
    *("tunix.generate.sampler", "tunix.models.gemma3.model", "tunix.models.llama3.model", "tunix.models.qwen3.model"),
    *("tunix.rl.grpo.grpo_learner", "tunix.sft.dpo.dpo_trainer", "tunix.sft.peft_trainer"),
)

import_by_module()
for name in LIBRARIES:
    import_module(name)
