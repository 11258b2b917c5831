"""Trains the loaded model and exports its weights. Importing this module imports JAX and Tunix."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from importlib import metadata
from typing import Any

import jax
from flax import nnx

from tunix_rt.trainer.attempt.attempt import TrainingAttempt, TrainingStopped
from tunix_rt.trainer.attempt.saved_checkpoints import remove_from
from tunix_rt.trainer.contract import MODEL_FOLDER, TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.data.prompt_batches import PromptBatches
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.models.loading import LoadedModel, add_adapters, load_model, make_mesh
from tunix_rt.trainer.output.card import model_card
from tunix_rt.trainer.output.export import check_exportable, emit_artifacts, export
from tunix_rt.trainer.preparing import TrainingInputs
from tunix_rt.trainer.training.checkpoints import weights_digest
from tunix_rt.trainer.training.progress import NonFiniteLoss
from tunix_rt.trainer.training.sources import BatchSource, DatasetSource
from tunix_rt.trainer.training.trainer import Trainer, TrainingJob, make_trainer, train

PACKAGES = {
    "jax": "jax",
    "jaxlib": "jaxlib",
    "flax": "flax",
    "optax": "optax",
    "orbax": "orbax-checkpoint",
    "qwix": "qwix",
    "tunix": "google-tunix",
}


def fit(run: TrainingAttempt, inputs: TrainingInputs) -> None:
    """Trains and exports.

    Raises:
        TrainingStopped: a stop was requested before the last step.
        TrainerError: training cannot continue.
    """
    emit_environment(run)
    mesh = make_mesh(run.manifest.mesh)
    model = prepare_model(run, inputs, mesh)
    run.raise_if_stopping()
    job = training_job(run, inputs, source_of(run, inputs, model))
    trainer = make_trainer(model.module, job)
    if not train_guarded(trainer, job, mesh):
        raise TrainingStopped(trainer.train_steps)
    run.log("exporting the weights")
    export(model, run.manifest.lora, model_card(run.manifest, inputs, trainer.metrics.last), run.output)
    emit_artifacts(run.output, run.events)
    emit_done(run, trainer)


def prepare_model(run: TrainingAttempt, inputs: TrainingInputs, mesh: Any) -> LoadedModel:
    """Loads the model, adds adapters if the method needs them, and emits its description."""
    manifest = run.manifest
    model = load_model(inputs.folder, manifest.model.dtype, manifest.mesh, mesh)
    check_vocabulary(model, inputs)
    if manifest.lora is not None:
        add_adapters(model, manifest.lora, manifest.training.seed, mesh)
        check_exportable(model)
    emit_model(run, inputs, model)
    return model


def check_vocabulary(model: LoadedModel, inputs: TrainingInputs) -> None:
    """Rejects a tokenizer that does not belong to the model: an unknown token would read the weights of another one.

    Raises:
        TrainerError: BAD_MODEL.
    """
    largest = max(max(found.encoded.ids) for found in (inputs.batches, inputs.evaluation) if found is not None)
    if largest >= model.vocabulary:
        raise TrainerError(
            TrainerErrorCode.BAD_MODEL,
            f"The tokenizer gives token {largest:,}, but the model knows {model.vocabulary:,} tokens only.",
        )


def source_of(run: TrainingAttempt, inputs: TrainingInputs, model: LoadedModel) -> BatchSource:
    """Returns the source of the training's batches; ``model`` has its untrained weights."""
    if run.manifest.grpo is None or not isinstance(inputs.batches, PromptBatches):
        return DatasetSource(inputs.batches, run.manifest.training.seed)
    from tunix_rt.trainer.training.rollouts import RolloutSource

    return RolloutSource(run, inputs.batches, run.manifest.grpo, model, load_encoder(inputs.folder))


def training_job(run: TrainingAttempt, inputs: TrainingInputs, source: BatchSource) -> TrainingJob:
    """Returns the parameters of the trainer."""
    return TrainingJob(
        run.manifest.method,
        run.manifest.training,
        inputs.plan,
        inputs.batches,
        source,
        inputs.evaluation,
        run.output,
        run.events,
        run.stopping,
        run.log,
    )


def train_guarded(trainer: Trainer, job: TrainingJob, mesh: Any) -> bool:
    """Trains; if the loss is not finite, removes the checkpoints of such weights, so that no attempt resumes from them.

    Returns:
        Whether training was completed.
    """
    try:
        return train(trainer, job, mesh)
    except NonFiniteLoss as error:
        remove_from(job.output, error.step - 1)
        raise


def emit_environment(run: TrainingAttempt) -> None:
    """Emits the attempt's process, versions and devices."""
    run.events.emit(
        TrainerEvent.ENV,
        pid=os.getpid(),
        python=platform.python_version(),
        platform=platform.platform(),
        versions={name: metadata.version(package) for name, package in PACKAGES.items()},
        devices=[str(device) for device in jax.devices()],
        flags={name: value for name, value in sorted(os.environ.items()) if is_flag(name)},
    )
    run.log(f"Tunix {metadata.version('google-tunix')} on {len(jax.devices())} x {jax.devices()[0].platform}")


def is_flag(name: str) -> bool:
    """Returns whether an environment variable changes how JAX computes, other than by its compilation cache."""
    return name.startswith(("XLA_", "JAX_", "LIBTPU_")) and "CACHE" not in name


def emit_model(run: TrainingAttempt, inputs: TrainingInputs, model: LoadedModel) -> None:
    """Emits the description of the trained model."""
    trainable = model.adapters or model.parameters
    run.events.emit(
        TrainerEvent.MODEL,
        modelId=run.manifest.model.model_id,
        source=inputs.source.value,
        family=model.family.name,
        vocabulary=model.vocabulary,
        parameters=model.parameters,
        trainableParameters=trainable,
        dtype=run.manifest.model.dtype.value,
        sha256=weights_digest(model.module, nnx.Param),
    )
    run.log(f"{run.manifest.model.model_id}: {trainable:,} of {model.parameters:,} parameters are trained")


def emit_done(run: TrainingAttempt, trainer: Trainer) -> None:
    """Emits the end of a completed attempt."""
    last = trainer.metrics.last
    run.events.emit(
        TrainerEvent.DONE,
        step=trainer.train_steps,
        totalSteps=trainer.train_steps,
        trainLoss=last.get("train/loss"),
        evalLoss=last.get("eval/loss"),
        durationSeconds=round(time.monotonic() - run.started, 3),
        peakMemoryBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        path=MODEL_FOLDER,
    )
    run.log("done")
