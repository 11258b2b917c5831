"""The parameters of a run, typed, and their validation, which reports all errors together."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.db.models.runs import CLUSTERS, PARAMETERS, RunEngine, RunMode
from tunix_rt.domain.global_ids import identity_errors
from tunix_rt.domain.jobs.labels import label_errors
from tunix_rt.domain.jobs.resources import Resources, resource_errors
from tunix_rt.domain.preferences.pairs import PairRecipe, require_pair_recipe
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, checked_template
from tunix_rt.domain.rewards.checks import grpo_errors
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE
from tunix_rt.domain.runs.manifest import (
    Lora,
    ManifestFields,
    Mesh,
    Training,
    manifest_yaml,
    require_model_id,
    training_errors,
)
from tunix_rt.errors import BadUserInput, Conflict
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import Method

OUTPUT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
OUTPUT_RULE = "1 to 64 letters, digits and characters of . _ -, starting with a letter or digit"


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of a run, as they are stored with it.

    Args:
        timeout_seconds: the time limit of one attempt; None for the limit of the settings.
        output_name: the name of the run's folder, never a path; None for the run's id.
        template: the reasoning template of the training records, by its name in lower case or as a text.
        preference: how pairs are found among the dataset's traces, of the method DPO.
        grpo: the rollouts and their rewards, of the method GRPO.
        replay_of: the run that this one repeats.
        engine: the engine that trains it.
        resources: the resources of each attempt, of an engine that reserves them.
        labels: the labels that the worker must have.
    """

    dataset_id: uuid.UUID
    model_id: str
    eval_dataset_id: uuid.UUID | None = None
    mode: RunMode = RunMode.DRY_RUN
    method: Method = Method.SFT
    training: Training = Training()
    lora: Lora | None = None
    mesh: Mesh | None = None
    timeout_seconds: int | None = None
    output_name: str | None = None
    template: str = DEFAULT_TEMPLATE
    preference: PairRecipe | None = None
    grpo: Grpo | None = None
    replay_of: uuid.UUID | None = None
    engine: RunEngine = RunEngine.LOCAL
    resources: Resources | None = None
    labels: tuple[str, ...] = ()


def config_errors(config: RunConfig, settings: Settings) -> Iterator[BadUserInput]:
    """Yields the errors of the parameters that need no database, each on its own field."""
    try:
        require_model_id(config.model_id)
    except BadUserInput as error:
        yield error
    yield from training_errors(config.training, config.method, config.lora, config.mesh)
    yield from preference_errors(config.preference, config.method)
    yield from grpo_errors(
        config.grpo, config.method, config.training.max_seq_length, config.training.gradient_accumulation_steps
    )
    if config.method is Method.GRPO and config.eval_dataset_id is not None:
        yield BadUserInput(
            "eval_dataset_id is not for the method GRPO; evaluate the run's model instead.", ["eval_dataset_id"]
        )
    longest, given = settings.run_timeout_seconds, config.timeout_seconds
    if given is not None and not 1 <= given <= longest:
        yield BadUserInput(f"timeout_seconds must be between 1 and {longest}; it is {given}.", ["timeout_seconds"])
    yield from engine_errors(config, settings)
    yield from name_errors(config.output_name)
    yield from label_errors(config.labels)
    yield from template_errors(config.template)


def engine_errors(config: RunConfig, settings: Settings) -> Iterator[BadUserInput]:
    """Yields the errors of the engine and of its resources."""
    name = config.engine.name
    if config.engine not in CLUSTERS:
        if config.resources is not None:
            wanted = " and ".join(engine.name for engine in CLUSTERS)
            yield BadUserInput(f"resources is for the engines {wanted}; leave it out, or choose one.", ["resources"])
        return
    if config.mode is not RunMode.TRAIN:
        yield BadUserInput("engine must be LOCAL for a dry run: no cluster performs them.", ["engine"])
    elif not getattr(settings, f"{config.engine.value}_address"):
        yield BadUserInput(f"engine {name} is not configured here; `engines` has those that are.", ["engine"])
    if config.resources is not None:
        yield from resource_errors(config.resources)


def template_errors(template: str) -> Iterator[BadUserInput]:
    """Yields the error of a text that is no reasoning template."""
    try:
        checked_template(template, ["custom_template"])
    except BadUserInput as error:
        yield error


def preference_errors(recipe: PairRecipe | None, method: Method) -> Iterator[BadUserInput]:
    """Yields the errors of a recipe of pairs, which the method DPO needs."""
    if recipe is None:
        if method is Method.DPO:
            yield BadUserInput("preference is required by the method DPO: name a scorer.", ["preference"])
        return
    if method is not Method.DPO:
        yield BadUserInput("preference is for the method DPO; leave it out, or choose that method.", ["preference"])
    try:
        require_pair_recipe(recipe)
    except BadUserInput as error:
        yield BadUserInput(error.message, ["preference", *error.path])


def name_errors(name: str | None) -> Iterator[BadUserInput]:
    """Yields an error if a folder cannot have this name, or if it could be another run's id or default name, a UUID."""
    if name is None:
        return
    if not OUTPUT_NAME.fullmatch(name):
        yield BadUserInput(f"output_name must be a name, not a path: {OUTPUT_RULE}.", ["output_name"])
    else:
        yield from identity_errors(name, ["output_name"])


def config_json(config: RunConfig) -> dict[str, Any]:
    """Returns the parameters as JSON."""
    built: dict[str, Any] = msgspec.to_builtins(config)
    return built


def parameters_of(config: RunConfig) -> dict[str, Any]:
    """Returns the parameters that have columns; None where the trainer chooses."""
    lora = config.lora or Lora()
    stored = msgspec.to_builtins(config.training) | {"lora_rank": lora.rank, "lora_alpha": lora.alpha}
    return {name: stored[name] for name in PARAMETERS}


def without_parameters() -> Conflict:
    """Returns the error of a run that the original application has made, and that has no parameters here."""
    return Conflict("The run was imported without its parameters; start a new run instead.", ["id"])


def config_of(value: Any) -> RunConfig:
    """Returns the parameters that ``config_json`` has converted to JSON."""
    return msgspec.convert(value, RunConfig)


def folder_name(run_id: uuid.UUID, output_name: str | None) -> str:
    """Returns the name of a run's folder."""
    return output_name or str(run_id)


def run_manifest(config: RunConfig, dataset_key: str, folder: Path, models_folder: Path) -> str:
    """Returns the manifest as YAML for a run whose files are in ``folder``.

    Its paths are relative to that folder, so that it reveals nothing about the machine.

    Raises:
        ValidationErrors: a value is out of its range.
    """
    return manifest_yaml(
        ManifestFields(
            model_id=config.model_id,
            dataset_path=DATASET_FILE,
            dataset_name=dataset_key,
            eval_path=None if config.eval_dataset_id is None else EVAL_FILE,
            models_dir=os.path.relpath(models_folder.resolve(), folder.resolve()),
            runs_dir=os.pardir,
            output_dir=".",
            training=config.training,
            method=config.method,
            lora=config.lora,
            grpo=config.grpo,
            mesh=config.mesh,
            template=config.template,
        )
    )
