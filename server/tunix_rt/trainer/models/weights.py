"""Weights between Tunix's layout and Hugging Face's: the way back of the table by which Tunix reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from flax import nnx

from tunix_rt.trainer.models.loading import LoadedModel

Array = Any
FUSED: dict[str, list[tuple[str, int | None]]] = {
    "q": [("q_einsum.w", None), ("qkv_einsum.w", 0)],
    "k": [("kv_einsum.w", 0), ("qkv_einsum.w", 1)],
    "v": [("kv_einsum.w", 1), ("qkv_einsum.w", 2)],
}


@dataclass(frozen=True)
class TensorLocation:
    """Where a tensor of Hugging Face's lies in Tunix's model.

    ``part`` is its index in a parameter that fuses several; ``order`` is how its axes were permuted when it was read.
    """

    key: str
    part: int | None
    order: tuple[int, ...] | None


class Weights:
    """The parameters of a model, on the host, by name."""

    def __init__(self, model: LoadedModel) -> None:
        self.table: dict[str, tuple[str, Any]] = model.family.params._get_key_and_transform_mapping(model.family.config)
        self.plain: dict[str, Array] = {}
        self.adapters: dict[str, Array] = {}
        for path, variable in nnx.iter_graph(model.module):
            if isinstance(variable, nnx.LoRAParam):
                self.adapters[".".join(map(str, path))] = variable.get_value()
            elif isinstance(variable, nnx.Param):
                self.plain[".".join(map(str, path))] = variable.get_value()

    def location_of(self, name: str) -> TensorLocation | None:
        """Where a tensor lies; None if the model has no such, as for what it does not train."""
        for pattern, (key, rules) in self.table.items():
            if re.fullmatch(pattern, name):
                return self.found(re.sub(pattern, key, name), rules[0] if rules else None)
        return None

    def found(self, key: str, order: tuple[int, ...] | None) -> TensorLocation | None:
        """The place of Tunix's key, looked for in fused parameters too."""
        if key in self.plain:
            return TensorLocation(key, None, order)
        if fused := re.fullmatch(r"tmp\.(layers\.\d+\.attn)\.([qkv])", key):
            for name, part in FUSED[fused[2]]:
                if f"{fused[1]}.{name}" in self.plain:
                    return TensorLocation(f"{fused[1]}.{name}", part, order)
        return None

    def tensor(self, place: TensorLocation, shape: tuple[int, ...]) -> Array:
        """A tensor as Hugging Face has it."""
        value = np.asarray(self.plain[place.key])
        if "einsum" in place.key and place.key.split(".")[-2] in ("q_einsum", "kv_einsum", "qkv_einsum"):
            value = (value if place.part is None else value[place.part]).transpose(1, 0, 2)
        if place.order is None:
            return value.reshape(shape)
        return value.reshape([shape[axis] for axis in place.order]).transpose(np.argsort(place.order))

    def adapter(self, place: TensorLocation) -> tuple[Array, Array] | None:
        """The two matrices of a tensor's adapter, ``[rank, in]`` and ``[out, rank]``; None if it has none."""
        inner = self.adapters.get(f"{place.key}_lora_a")
        outer = self.adapters.get(f"{place.key}_lora_b")
        if inner is None or outer is None:
            return None
        down, up = np.asarray(inner, np.float32), np.asarray(outer, np.float32)
        if place.part is not None:
            up = up[:, place.part]
        return down.reshape(-1, down.shape[-1]).T, up.reshape(up.shape[0], -1).T
