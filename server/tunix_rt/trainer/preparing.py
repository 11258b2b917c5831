"""The inputs of training: the model's folder, the encoded datasets and the step plan. Does not need JAX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import TrainingAttempt
from tunix_rt.trainer.contract import DatasetSplit, TrainerEvent
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.batching import batches_of
from tunix_rt.trainer.data.datasets import encode_file
from tunix_rt.trainer.data.encoding import EncodedDataset
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.models.source import ModelOrigin, download, folder_of, origin_of
from tunix_rt.trainer.models.tiny import make_tiny
from tunix_rt.trainer.step_plan import StepPlan

BASE_MODEL_FOLDER = "base_model"


@dataclass(frozen=True)
class TrainingInputs:
    """Everything that training reads.

    Args:
        folder: the base model's.
        evaluation: None if the manifest names no evaluation dataset.
    """

    folder: Path
    source: ModelOrigin
    plan: StepPlan
    batches: Batches
    evaluation: Batches | None


def prepare_inputs(run: TrainingAttempt) -> TrainingInputs:
    """Creates or downloads the model if necessary, encodes the datasets and emits their counts.

    Raises:
        TrainerError: if the model or a dataset is not available, or the dataset has no training records.
    """
    source = origin_of(run.manifest.model)
    folder = model_folder(run, source)
    run.raise_if_stopping()
    return encode_inputs(run, folder, source)


def model_folder(run: TrainingAttempt, source: ModelOrigin) -> Path:
    """Returns the folder of the base model, which is created or downloaded if necessary."""
    manifest = run.manifest
    if source is ModelOrigin.TINY_RANDOM:
        dataset, seed = Path(manifest.dataset.path), manifest.training.seed
        folder = run.output / BASE_MODEL_FOLDER
        return make_tiny(manifest.model.model_id, dataset, seed, folder, manifest.dataset.format)
    if source is ModelOrigin.HUGGING_FACE:
        run.log(f"downloading {manifest.model.model_id}")
    return folder_of(manifest.model) or download(manifest.model)


def encode_inputs(run: TrainingAttempt, folder: Path, source: ModelOrigin) -> TrainingInputs:
    """Encodes the datasets with the tokenizer of the model's folder, and emits their counts."""
    training = run.manifest.training
    train, held_out = encode_datasets(run, folder)
    plan = StepPlan.of(train.used, training, run.manifest.iterations)
    found = batches_of([train] if held_out is None else [train, held_out], run.manifest)
    counts = train.counts() | {"sequenceLength": found[0].length} | plan.counts()
    run.events.emit(TrainerEvent.DATASET, split=DatasetSplit.TRAIN, **counts)
    left_out = f"; {train.too_long:,} are longer than {run.manifest.record_length:,} tokens" if train.too_long else ""
    run.log(f"{train.used:,} of {train.records:,} records, {plan.total_steps:,} steps{left_out}")
    for warning in plan.warnings(training):
        run.events.emit(TrainerEvent.WARNING, message=f"{warning}.")
    if held_out is not None:
        length = found[1].length
        run.events.emit(TrainerEvent.DATASET, split=DatasetSplit.EVAL, **held_out.counts(), sequenceLength=length)
    return TrainingInputs(folder, source, plan, found[0], found[1] if held_out is not None else None)


def encode_datasets(run: TrainingAttempt, folder: Path) -> tuple[EncodedDataset, EncodedDataset | None]:
    """Encodes the training and the evaluation dataset."""
    encoder, section = load_encoder(folder), run.manifest.dataset
    train, held_out = (
        None if path is None else encode_file(Path(path), encoder, run.manifest)
        for path in (section.path, section.eval_path)
    )
    if train is None:
        raise TypeError("dataset.path is never null")
    return train, held_out
