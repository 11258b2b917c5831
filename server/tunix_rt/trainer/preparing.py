"""What is trained, and on what: the model's folder, the data, the plan. JAX is not needed yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import TrainingAttempt
from tunix_rt.trainer.contract import DatasetSplit, StepPlan, TrainerEvent
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import Encoded, encode_dataset, sequence_length
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.models.source import Source, download, folder_of, source_of
from tunix_rt.trainer.models.tiny import make_tiny

BASE_MODEL_FOLDER = "base_model"


@dataclass(frozen=True)
class Material:
    """What is trained, and on what."""

    folder: Path
    source: Source
    plan: StepPlan
    batches: Batches
    evaluation: Batches | None


def gather(run: TrainingAttempt) -> Material:
    """The model's folder, made or downloaded if need be, and the data, encoded and told.

    Raises:
        TrainerError: if the model or a dataset cannot be had, or nothing can be learnt from it.
    """
    source = source_of(run.manifest.model)
    folder = model_folder(run, source)
    run.still_wanted()
    return material(run, folder, source)


def model_folder(run: TrainingAttempt, source: Source) -> Path:
    """The folder of the model to start from."""
    manifest = run.manifest
    if source is Source.TINY_RANDOM:
        dataset, seed = Path(manifest.dataset.path), manifest.training.seed
        return make_tiny(manifest.model.model_id, dataset, seed, run.output / BASE_MODEL_FOLDER)
    if source is Source.HUGGING_FACE:
        run.say(f"downloading {manifest.model.model_id}")
    return folder_of(manifest.model) or download(manifest.model)


def material(run: TrainingAttempt, folder: Path, source: Source) -> Material:
    """The data as the model of a folder reads it."""
    training = run.manifest.training
    learnt, evaluated = datasets(run, folder)
    plan = StepPlan.of(learnt.used, training)
    length = sequence_length(training.max_seq_length, *(found for found in (learnt, evaluated) if found is not None))
    run.events.emit(
        TrainerEvent.DATASET, split=DatasetSplit.TRAIN, **learnt.counts(), sequenceLength=length, **plan.counts()
    )
    run.say(f"{learnt.used:,} of {learnt.records:,} records, {plan.total_steps:,} steps")
    for warning in plan.warnings(training):
        run.events.emit(TrainerEvent.WARNING, message=f"{warning}.")
    evaluation = None
    if evaluated is not None:
        run.events.emit(TrainerEvent.DATASET, split=DatasetSplit.EVAL, **evaluated.counts(), sequenceLength=length)
        evaluation = Batches(evaluated, training.batch_size, length)
    return Material(folder, source, plan, Batches(learnt, training.batch_size, length), evaluation)


def datasets(run: TrainingAttempt, folder: Path) -> tuple[Encoded, Encoded | None]:
    """What is learnt from and what is evaluated with, encoded."""
    encoder, section = load_encoder(folder), run.manifest.dataset
    learnt, evaluated = (
        None
        if path is None
        else encode_dataset(Path(path), encoder, run.manifest.training.max_seq_length, section.too_long)
        for path in (section.path, section.eval_path)
    )
    if learnt is None:
        raise TypeError("dataset.path is never null")
    return learnt, evaluated
