"""Loads the model that answers: a model's folder, or the weights of a run at one of its checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tunix_rt.trainer.attempt.saved_checkpoints import steps_saved
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, DType, TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.generation.request import CheckpointSection, GenerationRequest
from tunix_rt.trainer.manifest.manifest import Manifest, ModelSection, read_manifest
from tunix_rt.trainer.models.loading import LoadedModel, add_adapters, load_model
from tunix_rt.trainer.models.source import ModelOrigin, download, first_line, folder_of, origin_of
from tunix_rt.trainer.models.tiny import make_tiny
from tunix_rt.trainer.preparing import BASE_MODEL_FOLDER


def load_answering_model(request: GenerationRequest) -> LoadedModel:
    """Loads the model of a request.

    Raises:
        TrainerError: NOT_FOUND if the model or its checkpoint does not exist, BAD_MODEL if it cannot be read.
    """
    if request.checkpoint is not None:
        return load_checkpoint(request.checkpoint)
    if origin_of(request.model) is ModelOrigin.TINY_RANDOM:
        prompts, folder = Path(request.prompts_path), request.output / BASE_MODEL_FOLDER
        return load_model(
            make_tiny(request.model.model_id, prompts, request.sampling.seed, folder), request.model.dtype
        )
    return load_model(available_folder(request.model), request.model.dtype)


def available_folder(model: ModelSection) -> Path:
    """Returns the folder of a model, downloaded if necessary."""
    return folder_of(model) or download(model)


def load_checkpoint(checkpoint: CheckpointSection) -> LoadedModel:
    """Loads the weights of a run at a step; at step 0, its base model."""
    manifest = read_manifest(Path(checkpoint.manifest))
    model = load_model(base_folder(manifest), DType.FLOAT32)
    if checkpoint.step == 0:
        return model
    if manifest.lora is not None:
        add_adapters(model, manifest.lora, manifest.training.seed, None)
    restore(model.module, manifest, checkpoint.step)
    return model


def base_folder(manifest: Manifest) -> Path:
    """Returns the folder of a run's base model.

    Raises:
        TrainerError: NOT_FOUND if the run has not created it, and its dataset is not here to create it again.
    """
    if origin_of(manifest.model) is not ModelOrigin.TINY_RANDOM:
        return available_folder(manifest.model)
    folder, dataset = manifest.output_dir / BASE_MODEL_FOLDER, Path(manifest.dataset.path)
    if not folder.is_dir() and not dataset.is_file():
        raise TrainerError(TrainerErrorCode.NOT_FOUND, "The run has not created its base model.")
    return make_tiny(manifest.model.model_id, dataset, manifest.training.seed, folder, manifest.dataset.format)


def restore(module: Any, manifest: Manifest, step: int) -> None:
    """Replaces the trained weights of a model by those of a checkpoint."""
    import orbax.checkpoint as ocp
    from tunix.sft.checkpoint_manager import CheckpointManager

    saved = steps_saved(manifest.output_dir)
    if step not in saved:
        known = ", ".join(map(str, saved)) or "none"
        raise TrainerError(TrainerErrorCode.NOT_FOUND, f"The run has no checkpoint {step:,}; it has {known}.")
    folder = str(manifest.output_dir / CHECKPOINTS_FOLDER)
    manager = CheckpointManager(folder, ocp.CheckpointManagerOptions(read_only=True))
    try:
        manager.maybe_restore(module, step=step, restore_only_lora_params=manifest.lora is not None)
    except Exception as error:  # Orbax fails in as many ways as a damaged file can be read wrongly
        raise TrainerError(
            TrainerErrorCode.BAD_MODEL, f"Checkpoint {step:,} cannot be read: {first_line(error)}"
        ) from error
    finally:
        manager.close()
