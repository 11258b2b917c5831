"""The inputs of training: the model's folder, the encoded datasets and the step plan. Does not need JAX."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import TrainingAttempt
from tunix_rt.trainer.contract import DatasetSplit, StepPlan, TrainerEvent
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import EncodedDataset, encode_dataset, sequence_length
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.models.source import ModelOrigin, download, folder_of, origin_of
from tunix_rt.trainer.models.tiny import make_tiny

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
        return make_tiny(manifest.model.model_id, dataset, seed, run.output / BASE_MODEL_FOLDER)
    if source is ModelOrigin.HUGGING_FACE:
        run.log(f"downloading {manifest.model.model_id}")
    return folder_of(manifest.model) or download(manifest.model)


def encode_inputs(run: TrainingAttempt, folder: Path, source: ModelOrigin) -> TrainingInputs:
    """Encodes the datasets with the tokenizer of the model's folder, and emits their counts."""
    training = run.manifest.training
    train, held_out = encode_datasets(run, folder)
    plan = StepPlan.of(train.used, training)
    length = sequence_length(training.max_seq_length, *(found for found in (train, held_out) if found is not None))
    counts = train.counts() | {"sequenceLength": length} | plan.counts()
    run.events.emit(TrainerEvent.DATASET, split=DatasetSplit.TRAIN, **counts)
    run.log(f"{train.used:,} of {train.records:,} records, {plan.total_steps:,} steps")
    for warning in plan.warnings(training):
        run.events.emit(TrainerEvent.WARNING, message=f"{warning}.")
    evaluation = None
    if held_out is not None:
        run.events.emit(TrainerEvent.DATASET, split=DatasetSplit.EVAL, **held_out.counts(), sequenceLength=length)
        evaluation = Batches(held_out, training.batch_size, length)
    return TrainingInputs(folder, source, plan, Batches(train, training.batch_size, length), evaluation)


def encode_datasets(run: TrainingAttempt, folder: Path) -> tuple[EncodedDataset, EncodedDataset | None]:
    """Encodes the training and the evaluation dataset."""
    encoder, section = load_encoder(folder), run.manifest.dataset
    train, held_out = (
        None
        if path is None
        else encode_dataset(Path(path), encoder, run.manifest.training.max_seq_length, section.too_long)
        for path in (section.path, section.eval_path)
    )
    if train is None:
        raise TypeError("dataset.path is never null")
    return train, held_out
