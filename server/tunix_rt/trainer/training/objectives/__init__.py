"""Objectives: for each training method the module of this folder that defines what training minimizes.

A module has

    prepare(module, batches)        what the untrained model contributes, before any checkpoint is restored
    model_input(batch)              the loss function's arguments
    options(training)               further arguments, which depend on the manifest only
    loss(model, ...)                the loss, and of it and of each other metric the sum and the count whose mean it is
    PERPLEXITY                      whether e to the power of the loss is a perplexity

Modules import JAX, so that they are named here and imported by the trainer.
"""

from collections.abc import Mapping

from tunix_rt.trainer.contract import Method

OBJECTIVES: Mapping[Method, str] = {
    Method.SFT: "supervised",
    Method.LORA: "supervised",
    Method.DPO: "preference",
    Method.GRPO: "reward",
}
"""The module of each method's objective."""
