"""Exports the trained model: weights in Hugging Face's layout, and adapters in PEFT's."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.contract import (
    ADAPTER_FOLDER,
    MODEL_FOLDER,
    TOKENIZER_FILE,
    ArtifactKind,
    TrainerErrorCode,
    TrainerEvent,
)
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import LoraSection
from tunix_rt.trainer.models.loading import LoadedModel
from tunix_rt.trainer.models.weights import Weights

ADAPTER_PREFIX = "base_model.model."
CARD_FILE = "README.md"
NOT_WEIGHTS = {".safetensors", ".bin", ".pt", ".pth", ".gguf", ".onnx", ".msgpack", ".h5", ".md"}


def export(model: LoadedModel, lora: LoraSection | None, card: str, output: Path) -> Path:
    """Writes ``model/`` (with adapters merged) and ``adapter/`` to the output folder, each atomically.

    Tensors keep the base model's names, shapes, data types and files.
    """
    weights = Weights(model)
    part = empty_folder(output / f"{MODEL_FOLDER}.part")
    for file in sorted(model.folder.glob("*.safetensors")):
        save_file(dict(tensors_of(file, weights, lora)), str(part / file.name), metadata={"format": "pt"})
    copy_companions(model.folder, part)
    (part / CARD_FILE).write_text(card)
    if lora is not None:
        write_adapter(model, weights, lora, output)
    return put_in_place(part, output / MODEL_FOLDER)


def empty_folder(folder: Path) -> Path:
    """Creates an empty folder, in place of an existing one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def put_in_place(part: Path, folder: Path) -> Path:
    """Renames a complete folder to its final name; it replaces the folder of an earlier attempt."""
    shutil.rmtree(folder, ignore_errors=True)
    return part.rename(folder)


def tensors_of(file: Path, weights: Weights, lora: LoraSection | None) -> Iterator[tuple[str, Any]]:
    """Yields the trained tensors of one file of the base model; those that are not trained are unchanged."""
    with safe_open(str(file), "numpy") as base:
        for name in base.keys():  # noqa: SIM118  it is not a mapping
            location = weights.location_of(name)
            if location is None:
                yield name, base.get_tensor(name)
            elif lora is None:
                old = base.get_slice(name)
                value = weights.tensor(location, tuple(old.get_shape()))
                yield name, np.ascontiguousarray(value).astype(base.get_tensor(name).dtype, copy=False)
            else:
                yield name, merge_adapter(base.get_tensor(name), weights.adapter(location), lora)


def merge_adapter(base: Any, adapter: tuple[Any, Any] | None, lora: LoraSection) -> Any:
    """Returns a matrix with its adapter added."""
    if adapter is None:
        return base
    down, up = adapter
    return (base.astype(np.float32) + (up @ down) * np.float32(lora.alpha / lora.rank)).astype(base.dtype)


def copy_companions(source: Path, folder: Path) -> None:
    """Copies configuration and tokenizer to the weights' folder."""
    for file in sorted(source.iterdir()):
        if file.is_file() and file.suffix not in NOT_WEIGHTS and not file.name.startswith("."):
            shutil.copyfile(file, folder / file.name)


def write_adapter(model: LoadedModel, weights: Weights, lora: LoraSection, output: Path) -> None:
    """Writes the adapters alone, in PEFT's layout."""
    part = empty_folder(output / f"{ADAPTER_FOLDER}.part")
    tensors: dict[str, Any] = {}
    for name, (down, up) in adapters_of(model, weights):
        stem = ADAPTER_PREFIX + name.removesuffix(".weight")
        tensors[f"{stem}.lora_A.weight"] = np.ascontiguousarray(down)
        tensors[f"{stem}.lora_B.weight"] = np.ascontiguousarray(up)
    save_file(tensors, str(part / "adapter_model.safetensors"), metadata={"format": "pt"})
    targets = sorted({name.split(".")[-3] for name in tensors})
    (part / "adapter_config.json").write_text(json.dumps(adapter_config(lora, targets), indent=2) + "\n")
    put_in_place(part, output / ADAPTER_FOLDER)


def adapter_config(lora: LoraSection, targets: list[str]) -> dict[str, Any]:
    """Returns PEFT's configuration of the adapters."""
    return {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "target_modules": targets,
    }


def adapters_of(model: LoadedModel, weights: Weights) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Yields the name of each adapted tensor of the base model, with the adapter's two matrices."""
    for file in sorted(model.folder.glob("*.safetensors")):
        with safe_open(str(file), "numpy") as base:
            for name in sorted(base.keys()):
                location = weights.location_of(name)
                adapter = weights.adapter(location) if location is not None else None
                if adapter is not None:
                    yield name, adapter


def check_exportable(model: LoadedModel) -> None:
    """Rejects adapters that could not be exported; called before training.

    Raises:
        TrainerError: BAD_MANIFEST, with the modules.
    """
    weights = Weights(model)
    names = [name for file in model.folder.glob("*.safetensors") for name in names_in(file)]
    keys = {location.key for name in names if (location := weights.location_of(name)) is not None}
    homeless = sorted({key.rpartition("_lora_")[0] for key in weights.adapters} - keys)
    if homeless:
        raise TrainerError(
            TrainerErrorCode.BAD_MANIFEST,
            f"lora.module_path matches what cannot be exported: {', '.join(homeless[:5])}.",
        )


def names_in(file: Path) -> list[str]:
    """Returns the names of a file's tensors."""
    with safe_open(str(file), "numpy") as base:
        return list(base.keys())


def emit_artifacts(output: Path, events: EventLog) -> None:
    """Emits an event for each exported file."""
    for folder in (MODEL_FOLDER, ADAPTER_FOLDER):
        for file in sorted((output / folder).glob("*")):
            content = hash_of(file)
            events.emit(
                TrainerEvent.ARTIFACT,
                name=file.name,
                kind=kind_of(file).value,
                path=f"{folder}/{file.name}",
                byteSize=file.stat().st_size,
                sha256=content,
            )


def kind_of(file: Path) -> ArtifactKind:
    """Returns a file's kind of artifact."""
    if file.parent.name == ADAPTER_FOLDER:
        return ArtifactKind.ADAPTER
    if file.suffix == ".safetensors":
        return ArtifactKind.WEIGHTS
    if file.name == CARD_FILE:
        return ArtifactKind.CARD
    tokenizer = file.name.startswith(
        ("tokenizer", "special_tokens", "chat_template", "vocab", "merges", "added_tokens")
    )
    return ArtifactKind.TOKENIZER if tokenizer or file.name == TOKENIZER_FILE else ArtifactKind.CONFIG


def hash_of(file: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
