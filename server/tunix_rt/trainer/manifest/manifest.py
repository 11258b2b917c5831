"""The manifest: the full specification of a training run, in one YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from tunix_rt.trainer.contract import (
    BETA_OF,
    BOUNDS,
    DATASET_NAME_MAX_CHARS,
    FORMAT_OF,
    GRPO_BOUNDS,
    MODEL_ID_MAX_CHARS,
    PATH_MAX_CHARS,
    PATTERN_MAX_CHARS,
    TEMPLATE_MAX_CHARS,
    WITH_ADAPTERS,
    Bounds,
    DatasetFormat,
    DType,
    ManifestVersion,
    Method,
    Schedule,
    TooLong,
    TrainerErrorCode,
    TrainerRunner,
    TrainingMode,
)
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.values import (
    Boolean,
    Integer,
    Lines,
    Number,
    OneOf,
    Optional,
    Pattern,
    RewardWeights,
    Text,
    key,
    read_section,
    real,
    section,
    whole,
)

LONGEST_MANIFEST = 1 << 20
ATTEMPTS = Bounds(1, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class ModelSection:
    """The base model."""

    model_id: str = key(Text(MODEL_ID_MAX_CHARS))
    models_dir: str | None = key(Optional(Text(PATH_MAX_CHARS)), None)
    runs_dir: str | None = key(Optional(Text(PATH_MAX_CHARS)), None)
    revision: str | None = key(Optional(Text(MODEL_ID_MAX_CHARS)), None)
    dtype: DType = key(OneOf(DType), DType.FLOAT32)


@dataclass(frozen=True, kw_only=True)
class DatasetSection:
    """The training dataset and the evaluation dataset.

    Args:
        template: the reasoning template that the records were written by, which training does not read.
    """

    format: DatasetFormat = key(OneOf(DatasetFormat), DatasetFormat.TUNIX_SFT)
    path: str = key(Text(PATH_MAX_CHARS))
    eval_path: str | None = key(Optional(Text(PATH_MAX_CHARS)), None)
    too_long: TooLong = key(OneOf(TooLong), TooLong.DROP)
    name: str | None = key(Optional(Text(DATASET_NAME_MAX_CHARS)), None)
    template: str | None = key(Optional(Lines(TEMPLATE_MAX_CHARS)), None)


@dataclass(frozen=True, kw_only=True)
class TrainingSection:
    """The hyperparameters.

    A step is one update of the weights, with batch_size times gradient_accumulation_steps records.
    """

    learning_rate: float = real(BOUNDS["learning_rate"])
    num_epochs: int = whole(BOUNDS["num_epochs"])
    batch_size: int = whole(BOUNDS["batch_size"])
    max_seq_length: int = whole(BOUNDS["max_seq_length"])
    max_steps: int | None = key(Optional(Integer(BOUNDS["max_steps"])), None)
    seed: int = whole(BOUNDS["seed"])
    gradient_accumulation_steps: int = whole(BOUNDS["gradient_accumulation_steps"])
    warmup_steps: int = whole(BOUNDS["warmup_steps"])
    schedule: Schedule = key(OneOf(Schedule), Schedule.CONSTANT)
    weight_decay: float = real(BOUNDS["weight_decay"])
    max_grad_norm: float | None = key(Optional(Number(BOUNDS["max_grad_norm"])), BOUNDS["max_grad_norm"].default)
    save_every_steps: int | None = key(Optional(Integer(BOUNDS["save_every_steps"])), None)
    eval_every_steps: int | None = key(Optional(Integer(BOUNDS["eval_every_steps"])), None)
    beta: float | None = key(Optional(Number(BOUNDS["beta"])), None)


@dataclass(frozen=True, kw_only=True)
class LoraSection:
    """The adapters of the method LORA, and of other methods if given."""

    rank: int = whole(BOUNDS["rank"])
    alpha: float = real(BOUNDS["alpha"])
    module_path: str | None = key(Optional(Pattern(PATTERN_MAX_CHARS)), None)


@dataclass(frozen=True, kw_only=True)
class GrpoSection:
    """The rollouts of the method GRPO and their rewards.

    Args:
        rewards: the weight of each reward, by the name of its scorer.
        num_generations: the number of answers to each prompt of a batch, which are compared with each other.
        num_iterations: the number of updates from each batch of rollouts.
        epsilon: the distance from 1 to which the ratio of probabilities is clipped.
    """

    rewards: Mapping[str, float] = key(RewardWeights())
    num_generations: int = whole(GRPO_BOUNDS["num_generations"])
    num_iterations: int = whole(GRPO_BOUNDS["num_iterations"])
    temperature: float = real(GRPO_BOUNDS["temperature"])
    top_p: float = real(GRPO_BOUNDS["top_p"])
    max_new_tokens: int = whole(GRPO_BOUNDS["max_new_tokens"])
    epsilon: float = real(GRPO_BOUNDS["epsilon"])


@dataclass(frozen=True, kw_only=True)
class MeshSection:
    """The device mesh: data and weights are sharded over ``fsdp`` devices, each layer over ``tp``."""

    fsdp: int = whole(BOUNDS["fsdp"])
    tp: int = whole(BOUNDS["tp"])


@dataclass(frozen=True, kw_only=True)
class OutputSection:
    """The output folder."""

    output_dir: str = key(Text(PATH_MAX_CHARS))


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The manifest of one run."""

    version: ManifestVersion = key(OneOf(ManifestVersion))
    runner: TrainerRunner = key(OneOf(TrainerRunner))
    mode: TrainingMode = key(OneOf(TrainingMode))
    method: Method = key(OneOf(Method), Method.SFT)
    model: ModelSection = section(ModelSection)
    dataset: DatasetSection = section(DatasetSection)
    training: TrainingSection = section(TrainingSection, TrainingSection())
    lora: LoraSection | None = section(LoraSection, None)
    grpo: GrpoSection | None = section(GrpoSection, None)
    mesh: MeshSection | None = section(MeshSection, None)
    output: OutputSection = section(OutputSection)
    resume: bool = key(Boolean(), True)
    attempt: int | None = key(Optional(Integer(ATTEMPTS)), None)
    run_id: str | None = key(Optional(Text(MODEL_ID_MAX_CHARS)), None)

    @property
    def output_dir(self) -> Path:
        """The absolute path of the output folder."""
        return Path(self.output.output_dir).absolute()

    @property
    def iterations(self) -> int:
        """The number of consecutive steps that use the same batch."""
        return self.grpo.num_iterations if self.grpo else 1

    @property
    def record_length(self) -> int:
        """The maximum number of tokens of a record: without those that the training samples after it."""
        return self.training.max_seq_length - (self.grpo.max_new_tokens if self.grpo else 0)


def read_manifest(path: Path) -> Manifest:
    """Reads and validates a manifest's file; relative paths in it are relative to the file's folder.

    Raises:
        TrainerError: BAD_MANIFEST, with every error and its path.
    """
    raw = load_yaml(path)
    manifest = manifest_from(raw)
    folder = path.absolute().parent
    return replace(
        manifest,
        model=resolve_paths(manifest.model, folder, "models_dir", "runs_dir"),
        dataset=resolve_paths(manifest.dataset, folder, "path", "eval_path"),
        output=resolve_paths(manifest.output, folder, "output_dir"),
    )


def load_yaml(path: Path) -> Any:
    """Parses the YAML of a file.

    Raises:
        TrainerError: it cannot be read, is too large or is not YAML.
    """
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(LONGEST_MANIFEST + 1)
        if len(text) > LONGEST_MANIFEST:
            raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"{path} is larger than {LONGEST_MANIFEST:,} characters.")
        return yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"{path} cannot be read: {error}") from None


def manifest_from(raw: Any) -> Manifest:
    """Returns the manifest of a mapping, validated; its paths are unchanged.

    Raises:
        TrainerError: BAD_MANIFEST, with every error and its path.
    """
    errors: list[str] = []
    manifest: Manifest | None = read_section(Manifest, raw, "", errors)
    if manifest is not None:
        errors = contradictions(manifest)
    if manifest is None or errors:
        raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"The manifest is wrong: {'; '.join(errors)}.")
    return replace(manifest, lora=manifest.lora or LoraSection()) if manifest.method is Method.LORA else manifest


def contradictions(manifest: Manifest) -> list[str]:
    """Returns the errors of values that are valid by themselves but contradict each other."""
    found = []
    if manifest.lora is not None and manifest.method not in WITH_ADAPTERS:
        names = " or ".join(method.value for method in WITH_ADAPTERS)
        found.append(f"lora is given, but method is not {names}")
    if manifest.training.beta is not None and manifest.method not in BETA_OF:
        found.append(f"training.beta is given, but method is not {' or '.join(method.value for method in BETA_OF)}")
    if manifest.dataset.format is not FORMAT_OF[manifest.method]:
        found.append(f"dataset.format must be {FORMAT_OF[manifest.method].value} if method is {manifest.method.value}")
    found += grpo_contradictions(manifest)
    if manifest.mesh is not None and manifest.training.batch_size % manifest.mesh.fsdp:
        found.append("training.batch_size must be a multiple of mesh.fsdp")
    return found


def grpo_contradictions(manifest: Manifest) -> list[str]:
    """Returns the errors of values that contradict the method GRPO, or need it."""
    grpo, training = manifest.grpo, manifest.training
    if manifest.method is not Method.GRPO:
        return ["grpo is given, but method is not GRPO"] if grpo is not None else []
    if grpo is None:
        return ["grpo is missing, which method GRPO needs"]
    found = []
    if grpo.max_new_tokens >= training.max_seq_length:
        found.append("grpo.max_new_tokens must be less than training.max_seq_length")
    if training.gradient_accumulation_steps > 1:
        found.append("training.gradient_accumulation_steps must be 1 if method is GRPO")
    if manifest.dataset.eval_path is not None:
        found.append("dataset.eval_path is given, but method GRPO evaluates nothing")
    return found


def resolve_paths(part: Any, folder: Path, *names: str) -> Any:
    """Returns a section with its relative paths resolved against ``folder``."""
    given = {name: str(folder / getattr(part, name)) for name in names if getattr(part, name) is not None}
    return replace(part, **given)


def as_plain(value: Any) -> Any:
    """Converts a manifest or a part of it to plain values for YAML and JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {spec.name: as_plain(getattr(value, spec.name)) for spec in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {name: as_plain(inner) for name, inner in value.items()}
    return value
