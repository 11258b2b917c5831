"""Base models that training can start from offline: built-in ones, those in the models folder, and those of runs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.domain.runs.files import folder_of
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import CONFIG_FILE, MODEL_FOLDER, RUN_PREFIX, TINY_MODELS, TOKENIZER_FILE

TOKENIZER_MAX_BYTES = 1 << 28
CONFIG_MAX_BYTES = 1 << 20
HEADER_MAX_BYTES = 1 << 25
LISTED_MAX = 500


class ModelSource(Enum):
    """The origin of a base model."""

    TINY_RANDOM = "TINY_RANDOM"
    FOLDER = "FOLDER"
    RUN = "RUN"


@dataclass(frozen=True)
class Model:
    """A base model.

    Args:
        family: the ``model_type`` of its configuration.
        has_tokenizer: whether the folder has a tokenizer file that the trainer can probably read.
        parameters: the number of its parameters.
        problem: the reason why it cannot be trained, as far as a quick check finds one.
    """

    model_id: str
    source: ModelSource
    family: str | None
    parameters: int | None = None
    byte_size: int | None = None
    has_tokenizer: bool = True
    problem: str | None = None


BUILT_IN = tuple(Model(name, ModelSource.TINY_RANDOM, name.rpartition("/")[2]) for name in TINY_MODELS)
"""Models with random weights, for experiments; their tokenizer is trained on the dataset."""


def models_in(folder: Path) -> list[Model]:
    """Returns the built-in models, then at most 500 of a folder, by name. Blocks; call it in a thread."""
    found = islice(folders(folder), LISTED_MAX)
    return [*BUILT_IN, *(model_at(path, path.relative_to(folder).as_posix()) for path in found)]


@dataclass(frozen=True)
class RunModel:
    """A model that a run has exported, as the database lists it.

    Args:
        name: the name of the run's folder.
        byte_size: the size of the weights.
        is_stored: whether the storage has all of its files.
    """

    name: str
    byte_size: int
    has_tokenizer: bool
    is_stored: bool


def models_of_runs(data_dir: Path, found: Sequence[RunModel]) -> list[Model]:
    """Returns the models that runs have exported. Blocks; call it in a thread.

    One that is only in the storage is not read: a job that needs it copies it to this machine.
    """
    return [model_of_run(folder_of(data_dir, model.name) / MODEL_FOLDER, model) for model in found]


def model_of_run(folder: Path, model: RunModel) -> Model:
    """Returns the model that a run has exported to a folder, or to the storage."""
    model_id = f"{RUN_PREFIX}{model.name}"
    if model.is_stored and not (folder / CONFIG_FILE).is_file():
        return Model(model_id, ModelSource.RUN, None, None, model.byte_size, model.has_tokenizer)
    return model_at(folder, model_id, ModelSource.RUN)


def model_folder(settings: Settings, model_id: str) -> Path:
    """Returns the folder that a model of this machine has, whether or not it exists."""
    if model_id.startswith(RUN_PREFIX):
        return folder_of(settings.data_dir, model_id.removeprefix(RUN_PREFIX)) / MODEL_FOLDER
    return settings.models_folder / model_id


def folders(root: Path) -> Iterator[Path]:
    """Yields the folders with a configuration, ``NAME`` and ``OWNER/NAME``, by name; skips links out of the root."""
    for folder in subfolders(root):
        if (folder / CONFIG_FILE).is_file():
            yield folder
        else:
            yield from (below for below in subfolders(folder) if (below / CONFIG_FILE).is_file())


def subfolders(folder: Path) -> list[Path]:
    """Returns the folders in a folder; none if it does not exist or cannot be read."""
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    inside = folder.resolve()
    return [path for path in found if path.is_dir() and path.resolve().is_relative_to(inside)]


def model_at(folder: Path, model_id: str, source: ModelSource = ModelSource.FOLDER) -> Model:
    """Returns the model in a folder; if it cannot be read, ``problem`` has the reason."""
    weights = sorted(folder.glob("*.safetensors"))
    tokenizer = has_tokenizer(folder / TOKENIZER_FILE)
    try:
        family = family_of(folder / CONFIG_FILE)
        parameters, size = sum(map(parameters_of, weights)), sum(file.stat().st_size for file in weights)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return Model(model_id, source, None, has_tokenizer=tokenizer, problem=f"It cannot be read: {reason}.")
    problem = None if weights else "It has no weights in safetensors."
    if problem is None and not tokenizer:
        problem = f"It has no {TOKENIZER_FILE} that can be read."
    return Model(model_id, source, family, parameters or None, size or None, tokenizer, problem)


class TokenizerFile(msgspec.Struct):
    """The part of ``tokenizer.json`` that every tokenizer has."""

    model: dict[str, msgspec.Raw]


def has_tokenizer(file: Path) -> bool:
    """Returns whether a file is a tokenizer; the answer is cached until the file changes."""
    try:
        found = file.stat()
        return is_tokenizer(file, found.st_size, found.st_mtime_ns)
    except OSError:
        return False


@lru_cache(maxsize=LISTED_MAX)
def is_tokenizer(file: Path, size: int, _: int) -> bool:
    """Returns whether a file of this size and modification time is a tokenizer.

    Raises:
        OSError: it cannot be read.
    """
    if size > TOKENIZER_MAX_BYTES:
        return False
    try:
        return bool(msgspec.json.decode(file.read_bytes(), type=TokenizerFile).model)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def family_of(file: Path) -> str | None:
    """Returns the ``model_type`` of a configuration, if it has one.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    with file.open("rb") as opened:
        config = read_object(opened.read(CONFIG_MAX_BYTES), file.name)
    kind = config.get("model_type")
    return kind if isinstance(kind, str) else None


def parameters_of(file: Path) -> int:
    """Returns the number of parameters in a safetensors file, by its header (8 bytes of length, then JSON).

    Raises:
        OSError, ValueError: it cannot be read.
    """
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if length > HEADER_MAX_BYTES:
            raise ValueError(f"{file.name} is not in the format safetensors")
        header = read_object(opened.read(length), file.name)
    shapes = [tensor.get("shape", ()) for name, tensor in header.items() if name != "__metadata__"]
    return sum(math.prod(shape) for shape in shapes)


def read_object(raw: bytes, name: str) -> dict[str, Any]:
    """Parses a JSON object.

    Raises:
        ValueError: the text is not a JSON object.
    """
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"{name} is not a JSON object")
    return found
