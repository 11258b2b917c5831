"""Converts weights from Tunix's layout to Hugging Face's: the inverse of the table by which Tunix reads them."""

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
    """The location of a Hugging Face tensor in Tunix's model.

    ``part`` is its index in a fused parameter; ``order`` is the permutation of its axes at loading.
    """

    key: str
    part: int | None
    order: tuple[int, ...] | None


class Weights:
    """The parameters of a model, by name, in host memory."""

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
        """Returns a tensor's location; None if the model lacks it, for example because it is not trained."""
        for pattern, (key, rules) in self.table.items():
            if re.fullmatch(pattern, name):
                return self.find(re.sub(pattern, key, name), rules[0] if rules else None)
        return None

    def find(self, key: str, order: tuple[int, ...] | None) -> TensorLocation | None:
        """Returns the location of a key of Tunix's, in fused parameters too; None if there is none."""
        if key in self.plain:
            return TensorLocation(key, None, order)
        if fused := re.fullmatch(r"tmp\.(layers\.\d+\.attn)\.([qkv])", key):
            for name, part in FUSED[fused[2]]:
                if f"{fused[1]}.{name}" in self.plain:
                    return TensorLocation(f"{fused[1]}.{name}", part, order)
        return None

    def tensor(self, location: TensorLocation, shape: tuple[int, ...]) -> Array:
        """Returns a tensor in Hugging Face's layout."""
        value = np.asarray(self.plain[location.key])
        if "einsum" in location.key and location.key.split(".")[-2] in ("q_einsum", "kv_einsum", "qkv_einsum"):
            value = (value if location.part is None else value[location.part]).transpose(1, 0, 2)
        if location.order is None:
            return value.reshape(shape)
        return value.reshape([shape[axis] for axis in location.order]).transpose(np.argsort(location.order))

    def adapter(self, location: TensorLocation) -> tuple[Array, Array] | None:
        """Returns the two matrices of a tensor's adapter, ``[rank, in]`` and ``[out, rank]``; None if it has none."""
        inner = self.adapters.get(f"{location.key}_lora_a")
        outer = self.adapters.get(f"{location.key}_lora_b")
        if inner is None or outer is None:
            return None
        down, up = np.asarray(inner, np.float32), np.asarray(outer, np.float32)
        if location.part is not None:
            up = up[:, location.part]
        return down.reshape(-1, down.shape[-1]).T, up.reshape(up.shape[0], -1).T
