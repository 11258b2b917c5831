"""The request of a generation: the model, the prompts and the sampling parameters, in one YAML file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tunix_rt.trainer.contract import (
    BOUNDS,
    PATH_MAX_CHARS,
    SAMPLING_BOUNDS,
    STEPS_MAX,
    Bounds,
    ManifestVersion,
    TrainerErrorCode,
)
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import ModelSection, load_yaml, resolve_paths
from tunix_rt.trainer.manifest.values import Integer, Number, OneOf, Text, key, read_section, section


@dataclass(frozen=True, kw_only=True)
class CheckpointSection:
    """The weights of a run at a step; step 0 is its base model."""

    manifest: str = key(Text(PATH_MAX_CHARS))
    step: int = key(Integer(Bounds(0, STEPS_MAX)))


@dataclass(frozen=True, kw_only=True)
class SamplingSection:
    """The sampling parameters."""

    samples_per_prompt: int = key(Integer(SAMPLING_BOUNDS["samples_per_prompt"]))
    temperature: float = key(Number(SAMPLING_BOUNDS["temperature"]))
    top_p: float = key(Number(SAMPLING_BOUNDS["top_p"]))
    max_new_tokens: int = key(Integer(SAMPLING_BOUNDS["max_new_tokens"]))
    max_prompt_tokens: int = key(Integer(SAMPLING_BOUNDS["max_prompt_tokens"]))
    seed: int = key(Integer(BOUNDS["seed"]))


@dataclass(frozen=True, kw_only=True)
class GenerationRequest:
    """The request of one generation.

    Args:
        model: the model; not used if there is a checkpoint.
        prompts_path: the prompts, as records whose conversations end with the header of the model's turn.
    """

    version: ManifestVersion = key(OneOf(ManifestVersion))
    model: ModelSection = section(ModelSection)
    checkpoint: CheckpointSection | None = section(CheckpointSection, None)
    prompts_path: str = key(Text(PATH_MAX_CHARS))
    output_dir: str = key(Text(PATH_MAX_CHARS))
    sampling: SamplingSection = section(SamplingSection)

    @property
    def output(self) -> Path:
        """The absolute path of the output folder."""
        return Path(self.output_dir).absolute()


def read_request(path: Path) -> GenerationRequest:
    """Reads and validates a request's file; relative paths in it are relative to the file's folder.

    Raises:
        TrainerError: BAD_MANIFEST, with every error and its path.
    """
    errors: list[str] = []
    request: GenerationRequest | None = read_section(GenerationRequest, load_yaml(path), "", errors)
    if request is None:
        raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"The request is wrong: {'; '.join(errors)}.")
    folder, checkpoint = path.absolute().parent, request.checkpoint
    return replace(
        request,
        prompts_path=str(folder / request.prompts_path),
        output_dir=str(folder / request.output_dir),
        model=resolve_paths(request.model, folder, "models_dir", "runs_dir"),
        checkpoint=None if checkpoint is None else resolve_paths(checkpoint, folder, "manifest"),
    )
