"""Training itself, from the loaded model to its exported weights. Importing this imports JAX and Tunix."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from importlib import metadata
from typing import Any

import jax

from tunix_rt.trainer.attempt.attempt import Stopped, TrainingAttempt
from tunix_rt.trainer.attempt.saved_checkpoints import remove_from
from tunix_rt.trainer.contract import MODEL_FOLDER, Method, TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.models.loading import Model, add_adapters, load_model, make_mesh
from tunix_rt.trainer.output.card import model_card
from tunix_rt.trainer.output.export import check_exportable, export, tell_artifacts
from tunix_rt.trainer.preparing import Material
from tunix_rt.trainer.training.progress import NonFiniteLoss
from tunix_rt.trainer.training.trainer import Job, Trainer, make_trainer, train

PACKAGES = {
    "jax": "jax",
    "jaxlib": "jaxlib",
    "flax": "flax",
    "optax": "optax",
    "orbax": "orbax-checkpoint",
    "qwix": "qwix",
    "tunix": "google-tunix",
}


def fit(run: TrainingAttempt, material: Material) -> None:
    """Trains and exports.

    Raises:
        Stopped: if it was told to stop before the end.
        TrainerError: if training cannot go on.
    """
    tell_environment(run)
    mesh = make_mesh(run.manifest.mesh)
    model = ready_model(run, material, mesh)
    run.still_wanted()
    job = job_of(run, material)
    trainer = make_trainer(model.module, job)
    if not guarded(trainer, job, mesh):
        raise Stopped(trainer.train_steps)
    run.say("exporting the weights")
    export(model, run.manifest.lora, model_card(run.manifest, material, trainer.metrics.last), run.output)
    tell_artifacts(run.output, run.events)
    tell_done(run, trainer)


def ready_model(run: TrainingAttempt, material: Material, mesh: Any) -> Model:
    """The model, with adapters if it is to have some, told."""
    manifest = run.manifest
    model = load_model(material.folder, manifest.model.dtype, manifest.mesh, mesh)
    check_vocabulary(model, material)
    if manifest.method is Method.LORA and manifest.lora is not None:
        add_adapters(model, manifest.lora, manifest.training.seed, mesh)
        check_exportable(model)
    tell_model(run, material, model)
    return model


def check_vocabulary(model: Model, material: Material) -> None:
    """Refuses a tokenizer that is not the model's: a token that the model does not know would read another's weights.

    Raises:
        TrainerError: BAD_MODEL.
    """
    largest = max(max(found.encoded.ids) for found in (material.batches, material.evaluation) if found is not None)
    if largest >= model.vocabulary:
        raise TrainerError(
            TrainerErrorCode.BAD_MODEL,
            f"The tokenizer gives token {largest:,}, but the model knows {model.vocabulary:,} tokens only.",
        )


def job_of(run: TrainingAttempt, material: Material) -> Job:
    """What the trainer needs to know."""
    return Job(
        run.manifest.training,
        material.plan,
        material.batches,
        material.evaluation,
        run.output,
        run.events,
        run.stopping,
        run.say,
    )


def guarded(trainer: Trainer, job: Job, mesh: Any) -> bool:
    """Trains, and lets no one go on from weights that are no numbers any more.

    Returns:
        Whether training came to its end.
    """
    try:
        return train(trainer, job, mesh)
    except NonFiniteLoss as error:
        remove_from(job.output, error.step - 1)
        raise


def tell_environment(run: TrainingAttempt) -> None:
    """What the attempt runs on."""
    run.events.emit(
        TrainerEvent.ENV,
        pid=os.getpid(),
        python=platform.python_version(),
        platform=platform.platform(),
        versions={name: metadata.version(package) for name, package in PACKAGES.items()},
        devices=[str(device) for device in jax.devices()],
    )
    run.say(f"Tunix {metadata.version('google-tunix')} on {len(jax.devices())} x {jax.devices()[0].platform}")


def tell_model(run: TrainingAttempt, material: Material, model: Model) -> None:
    """What is trained."""
    trainable = model.adapters or model.parameters
    run.events.emit(
        TrainerEvent.MODEL,
        modelId=run.manifest.model.model_id,
        source=material.source.value,
        family=model.family.name,
        vocabulary=model.vocabulary,
        parameters=model.parameters,
        trainableParameters=trainable,
        dtype=run.manifest.model.dtype.value,
    )
    run.say(f"{run.manifest.model.model_id}: {trainable:,} of {model.parameters:,} parameters are trained")


def tell_done(run: TrainingAttempt, trainer: Trainer) -> None:
    """The attempt has come to its end."""
    last = trainer.metrics.last
    run.events.emit(
        TrainerEvent.DONE,
        step=trainer.train_steps,
        totalSteps=trainer.train_steps,
        trainLoss=last.get("train/loss"),
        evalLoss=last.get("eval/loss"),
        durationSeconds=round(time.monotonic() - run.began, 3),
        peakMemoryBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        path=MODEL_FOLDER,
    )
    run.say("done")
