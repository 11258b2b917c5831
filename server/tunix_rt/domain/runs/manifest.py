"""The manifest: the specification of a training run, as the YAML that the trainer reads.

With only the four basic hyperparameters it equals the original application's, byte for byte (5.3 of its behaviour).
Other values are written only if they are given, so that older manifests stay valid.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from tunix_rt.domain.parameter_checks import number_errors, require_one_line
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.rewards.checks import grpo_errors
from tunix_rt.domain.rewards.parameters import Grpo, grpo_values
from tunix_rt.domain.text import path_text, require_text
from tunix_rt.errors import BadUserInput, PathPart, ValidationErrors
from tunix_rt.trainer.contract import (
    BATCH_SIZE,
    BETA_OF,
    BOUNDS,
    FORMAT_OF,
    LEARNING_RATE,
    MAX_SEQ_LENGTH,
    MODEL_ID_MAX_CHARS,
    NUM_EPOCHS,
    PATH_MAX_CHARS,
    PATTERN_MAX_CHARS,
    RUN_PREFIX,
    WITH_ADAPTERS,
    ManifestVersion,
    Method,
    Schedule,
    TrainerRunner,
    TrainingMode,
)

NO_NAMES = frozenset({"", ".", ".."})
"""Parts that a model's name must not have: with them, a name is a path to another place."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """The hyperparameters; None leaves a choice to the trainer and is left out of the manifest.

    ``max_steps``, ``warmup_steps``, ``save_every_steps`` and ``eval_every_steps`` count updates of the weights.
    ``beta`` is the weight of staying close to the base model, of the methods in ``BETA_OF``.
    """

    learning_rate: float = LEARNING_RATE
    num_epochs: int = NUM_EPOCHS
    batch_size: int = BATCH_SIZE
    max_seq_length: int = MAX_SEQ_LENGTH
    max_steps: int | None = None
    seed: int | None = None
    gradient_accumulation_steps: int | None = None
    warmup_steps: int | None = None
    schedule: Schedule | None = None
    weight_decay: float | None = None
    max_grad_norm: float | None = None
    save_every_steps: int | None = None
    eval_every_steps: int | None = None
    beta: float | None = None


@dataclass(frozen=True, kw_only=True)
class Lora:
    """The adapter of a LoRA run; ``module_path`` is a regular expression that selects its layers."""

    rank: int | None = None
    alpha: float | None = None
    module_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """The device mesh: the weights and the batch are sharded over ``fsdp`` devices, each layer over ``tp``."""

    fsdp: int | None = None
    tp: int | None = None


@dataclass(frozen=True, kw_only=True)
class ManifestFields:
    """The content of a manifest.

    Args:
        model_id: 1 to 256 characters.
        dataset_path: the JSONL file to train on.
        output_dir: the folder for all output of the run.
        eval_path: the JSONL file to evaluate on.
        models_dir: the folder with the models of this machine.
        runs_dir: the folder of all runs, for a model that a run has exported.
        dataset_name: the dataset's name in the model card.
        template: the reasoning template of the records, by its name in lower case or as a text.
    """

    model_id: str
    dataset_path: str
    output_dir: str
    training: Training = Training()
    method: Method | None = None
    lora: Lora | None = None
    grpo: Grpo | None = None
    mesh: Mesh | None = None
    eval_path: str | None = None
    models_dir: str | None = None
    runs_dir: str | None = None
    dataset_name: str | None = None
    template: str = DEFAULT_TEMPLATE


def require_training(
    training: Training, method: Method | None = None, lora: Lora | None = None, mesh: Mesh | None = None
) -> None:
    """Validates hyperparameters, adapter and device mesh.

    Raises:
        ValidationErrors: every value that is out of its range, each on its own field.
    """
    errors = list(training_errors(training, method, lora, mesh))
    if errors:
        raise ValidationErrors(errors)


def require_model_id(model_id: str) -> str:
    """Returns ``model_id`` if it is valid: a name such as ``OWNER/NAME``, never a path.

    Raises:
        BadUserInput: it is too short or too long, or a path.
    """
    require_text(model_id, 1, MODEL_ID_MAX_CHARS, ["model_id"])
    require_one_line(model_id, ["model_id"])
    parts = model_id.split("/")
    if "\\" in model_id or model_id.startswith("~") or any(part in NO_NAMES for part in parts):
        raise BadUserInput("model_id must be a name such as owner/name, not a path.", ["model_id"])
    return model_id


def training_errors(
    training: Training, method: Method | None, lora: Lora | None, mesh: Mesh | None
) -> Iterator[BadUserInput]:
    """Yields all errors of hyperparameters, adapter and device mesh; the trainer accepts what has none."""
    yield from number_errors(training)
    warmup, steps = training.warmup_steps, training.max_steps
    if warmup is not None and steps is not None and warmup > steps >= 1:
        yield BadUserInput(f"warmup_steps must be at most max_steps, {steps}; it is {warmup}.", ["warmup_steps"])
    if training.beta is not None and method not in BETA_OF:
        yield BadUserInput(f"beta is for {methods_text(BETA_OF)}; leave it out, or choose that method.", ["beta"])
    if lora is not None:
        yield from lora_errors(lora, method)
    if mesh is not None:
        yield from number_errors(mesh, "mesh")
        yield from mesh_errors(training, mesh)


def mesh_errors(training: Training, mesh: Mesh) -> Iterator[BadUserInput]:
    """Yields an error if a batch cannot be divided among the devices."""
    if mesh.fsdp is not None and mesh.fsdp in BOUNDS["fsdp"] and training.batch_size % mesh.fsdp:
        yield BadUserInput(
            f"batch_size must be a multiple of fsdp, {mesh.fsdp}; it is {training.batch_size}.", ["batch_size"]
        )


def lora_errors(lora: Lora, method: Method | None) -> Iterator[BadUserInput]:
    """Yields each error of an adapter."""
    if method not in WITH_ADAPTERS:
        yield BadUserInput(f"lora is for {methods_text(WITH_ADAPTERS)}; leave it out, or choose that method.", ["lora"])
    yield from number_errors(lora, "lora")
    if lora.module_path is not None:
        try:
            require_pattern(lora.module_path, ["lora", "module_path"])
        except BadUserInput as error:
            yield error


def methods_text(methods: Iterable[Method]) -> str:
    """Returns the names of methods for a message."""
    names = [method.value for method in methods]
    *first, last = names
    return f"the methods {', '.join(first)} and {last}" if first else f"the method {last}"


def require_pattern(pattern: str, path: Sequence[PathPart]) -> str:
    """Returns the pattern of layers if it is valid.

    Raises:
        BadUserInput: it is too long or not a regular expression.
    """
    require_one_line(require_text(pattern, 1, PATTERN_MAX_CHARS, path), path)
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadUserInput(f"{path_text(path)} must be a regular expression: {error}.", path) from None
    return pattern


def manifest_yaml(manifest: ManifestFields) -> str:
    """Returns the manifest as YAML: keys in a fixed order, Unicode unescaped, texts quoted where necessary.

    Raises:
        ValidationErrors: as ``require_training`` and ``require_model_id``.
    """
    training = manifest.training
    require_training(training, manifest.method, manifest.lora, manifest.mesh)
    errors = grpo_errors(manifest.grpo, manifest.method, training.max_seq_length, training.gradient_accumulation_steps)
    if found := list(errors):
        raise ValidationErrors(found)
    require_model_id(manifest.model_id)
    for name in ("dataset_path", "output_dir"):
        require_one_line(require_text(getattr(manifest, name), 1, PATH_MAX_CHARS, [name]), [name])
    return yaml_text(content_of(manifest))


def yaml_text(content: Mapping[str, Any]) -> str:
    """Returns plain values as YAML, which parses to exactly the same values.

    PyYAML writes a text with a Unicode line end (such as U+0085) so that it is read as a space; texts with unprintable
    characters are therefore quoted and escaped.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper with one more representer than its base, which stays unchanged."""

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')

    Dumper.add_representer(str, represent_text)
    text: str = yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=math.inf)
    return text


def content_of(manifest: ManifestFields) -> dict[str, Any]:
    """Returns the manifest's content, in the order of the YAML, without values that are not given."""
    return given_parts(
        {
            "version": ManifestVersion.V1,
            "runner": TrainerRunner.TUNIX,
            "mode": TrainingMode.SFT,
            "method": manifest.method,
            "model": {
                "model_id": manifest.model_id,
                "models_dir": manifest.models_dir,
                "runs_dir": manifest.runs_dir if manifest.model_id.startswith(RUN_PREFIX) else None,
            },
            "dataset": {
                "format": FORMAT_OF[manifest.method or Method.SFT],
                "path": manifest.dataset_path,
                "eval_path": manifest.eval_path,
                "name": manifest.dataset_name,
                "template": None if manifest.template == DEFAULT_TEMPLATE else manifest.template,
            },
            "training": values_of(manifest.training),
            "lora": values_of(manifest.lora),
            "grpo": grpo_values(manifest.grpo),
            "mesh": values_of(manifest.mesh),
            "output": {"output_dir": manifest.output_dir},
        }
    )


def values_of(part: Any) -> dict[str, Any] | None:
    """Returns a dataclass's values by name; None stays None."""
    return None if part is None else {spec.name: getattr(part, spec.name) for spec in fields(part)}


def given_parts(content: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a mapping without its Nones and without parts that are empty then; enums become their values."""
    found: dict[str, Any] = {}
    for name, value in content.items():
        kept = given_parts(value) if isinstance(value, Mapping) else value.value if isinstance(value, Enum) else value
        if kept is not None and kept != {}:
            found[name] = kept
    return found
