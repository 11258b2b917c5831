"""Objectives: for each training method the module of this folder that defines what training minimizes.

A module has ``model_input(batch)``, which returns the loss function's arguments, and ``loss(model, ...)``, which
returns the loss and, for evaluations, the sum and the count that it is the mean of. Modules import JAX, so that they
are named here and imported by the trainer.
"""

from collections.abc import Mapping

from tunix_rt.trainer.contract import Method

OBJECTIVES: Mapping[Method, str] = {
    Method.SFT: "supervised",
    Method.LORA: "supervised",
}
"""The module of each method's objective."""
