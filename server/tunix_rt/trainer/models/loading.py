"""Loads a model from its folder into memory with Tunix, with or without adapters."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from tunix_rt.trainer.contract import CONFIG_FILE, DType, TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import LoraSection, MeshSection
from tunix_rt.trainer.models.families import Family, family_of
from tunix_rt.trainer.models.source import first_line

DTYPES = {DType.FLOAT32: jnp.float32, DType.BFLOAT16: jnp.bfloat16}


@dataclass
class LoadedModel:
    """A model in memory, and the folder that it was loaded from."""

    folder: Path
    family: Family
    module: Any

    @property
    def parameters(self) -> int:
        """The number of its parameters without adapters."""
        return count(self.module, nnx.Param) - count(self.module, nnx.LoRAParam)

    @property
    def adapters(self) -> int:
        """The number of its adapters' parameters."""
        return count(self.module, nnx.LoRAParam)

    @property
    def vocabulary(self) -> int:
        """The size of its vocabulary."""
        return vocabulary_of(self.family)


def count(module: Any, kind: Any) -> int:
    """Returns the number of parameters of a kind in a module."""
    return sum(int(leaf.size) for leaf in jax.tree.leaves(nnx.state(module, kind)))


def read_config(folder: Path) -> dict[str, Any]:
    """Reads the ``config.json`` of a model's folder.

    Raises:
        TrainerError: BAD_MODEL if it cannot be read.
    """
    try:
        config = json.loads((folder / CONFIG_FILE).read_text())
    except (OSError, ValueError) as error:
        raise TrainerError(TrainerErrorCode.BAD_MODEL, f"{folder / CONFIG_FILE} cannot be read: {error}") from None
    if not isinstance(config, dict):
        raise TrainerError(TrainerErrorCode.BAD_MODEL, f"{folder / CONFIG_FILE} is not a JSON object.")
    return config


def load_model(folder: Path, dtype: DType, section: MeshSection | None = None, mesh: Any = None) -> LoadedModel:
    """Loads the model of a folder, converted to ``dtype`` and sharded over ``mesh``, which ``section`` describes.

    Raises:
        TrainerError: BAD_MODEL if Tunix lacks the family, or if the weights do not match ``config.json``.
    """
    if not any(folder.glob("*.safetensors")):
        raise TrainerError(TrainerErrorCode.BAD_MODEL, f"The model's folder {folder} has no weights in safetensors.")
    family = family_of(read_config(folder), DTYPES[dtype])
    if section is not None:
        check_mesh(family, section)
    try:
        module = family.params.create_model_from_safe_tensors(
            file_dir=str(folder), config=family.config, mesh=mesh, dtype=DTYPES[dtype], mode="auto"
        )
    except (ValueError, RuntimeError, KeyError, TypeError, AssertionError) as error:
        raise TrainerError(
            TrainerErrorCode.BAD_MODEL,
            f"The weights in {folder} do not match its {CONFIG_FILE}: {first_line(error)}",
        ) from error
    return LoadedModel(folder, family, module)


def vocabulary_of(family: Family) -> int:
    """Returns the size of a model's vocabulary."""
    return int(family.config.vocab_size if hasattr(family.config, "vocab_size") else family.config.num_embed)


def add_adapters(model: LoadedModel, lora: LoraSection, seed: int, mesh: Any) -> None:
    """Adds low-rank adapters to the modules that ``lora`` selects.

    Raises:
        TrainerError: BAD_MANIFEST if it selects none.
    """
    import qwix

    path = lora.module_path or model.family.lora_path
    provider = qwix.LoraProvider(module_path=path, rank=lora.rank, alpha=lora.alpha)

    def adapted(module: Any) -> Any:
        return qwix.apply_lora_to_model(module, provider, rngs=nnx.Rngs(seed), **module.get_model_input())

    model.module = with_new_weights(model.module, adapted)
    if not model.adapters:
        raise TrainerError(
            TrainerErrorCode.BAD_MANIFEST,
            f"lora.module_path {path!r} matches no module of the model; such are {', '.join(module_names(model))}.",
        )
    if mesh is not None:
        from tunix.rl import reshard

        model.module = reshard.reshard_model_to_mesh(model.module, mesh)


def with_new_weights(module: Any, adapted: Callable[[Any], Any]) -> Any:
    """Returns ``adapted(module)``; only the adapters are computed, in one compiled program.

    Adapting runs the module once, with each operation compiled separately, which is three times as slow.
    """
    structure, _, _ = nnx.split(nnx.eval_shape(adapted, module), nnx.LoRAParam, ...)
    adapters = nnx.jit(lambda base: nnx.state(adapted(base), nnx.LoRAParam))(module)
    return nnx.merge(structure, adapters, nnx.state(module))


def module_names(model: LoadedModel) -> list[str]:
    """Returns the first layer's modules that can have adapters, those with a matrix; other layers have the same."""
    names = {
        "/".join(map(str, path[:-1]))
        for path, variable in nnx.iter_graph(model.module)
        if isinstance(variable, nnx.Param) and variable.get_value().ndim > 1
    }
    return sorted(name for name in names if re.match(r"layers/0/(attn|mlp)/", name))


def make_mesh(mesh: MeshSection | None) -> Any:
    """Returns the device mesh; None for a single device.

    Raises:
        TrainerError: BAD_MANIFEST if there are too few devices.
    """
    if mesh is None or mesh.fsdp * mesh.tp == 1:
        return None
    wanted, there = mesh.fsdp * mesh.tp, jax.device_count()
    if wanted > there:
        raise TrainerError(
            TrainerErrorCode.BAD_MANIFEST,
            f"mesh.fsdp times mesh.tp is {wanted}, but there is {there} device{'s' * (there > 1)}.",
        )
    kinds = (jax.sharding.AxisType.Auto,) * 2
    return jax.make_mesh((mesh.fsdp, mesh.tp), ("fsdp", "tp"), axis_types=kinds, devices=jax.devices()[:wanted])


def check_mesh(family: Family, mesh: MeshSection) -> None:
    """Rejects a mesh that does not divide the model's dimensions.

    Raises:
        TrainerError: BAD_MANIFEST, with each dimension.
    """
    config = family.config
    sizes = {
        "the vocabulary": (vocabulary_of(family), mesh.tp, "tp"),
        "the key-value heads": (config.num_kv_heads, mesh.tp, "tp"),
        "the hidden size": (config.embed_dim, mesh.fsdp, "fsdp"),
        "the inner size": (config.hidden_dim, mesh.tp, "tp"),
    }
    wrong = [f"{what} ({size:,}) by mesh.{axis} {by}" for what, (size, by, axis) in sizes.items() if size % by]
    if wrong:
        raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"The model cannot be divided: {', '.join(wrong)}.")
