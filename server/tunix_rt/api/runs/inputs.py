"""What a run shall do, as `startTunixRun` takes it."""

from __future__ import annotations

import uuid
from dataclasses import fields
from typing import Any

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.inputs import given
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.traces.mutations import KEY
from tunix_rt.db.models.runs import RunMethod, RunMode
from tunix_rt.domain.runs.config import RunConfig, config_errors
from tunix_rt.domain.runs.manifest import Lora, Mesh, Schedule, Training
from tunix_rt.errors import BadUserInput, NotFound, TunixRtError, ValidationErrors

CHOICE = "the trainer's choice if not given."
NO_DATASET = uuid.UUID(int=0)
"""Stands for a dataset that was not found, while what else is wrong is looked for."""


@strawberry.input(description="Low-rank adapters, for the method LORA.")
class TunixRunLoraInput:
    rank: int | None = strawberry.field(default=UNSET, description=f"Their rank, 1 to 1024; {CHOICE}")
    alpha: float | None = strawberry.field(
        default=UNSET, description=f"What they are scaled by, over the rank: above 0, at most 4096; {CHOICE}"
    )
    module_path: str | None = strawberry.field(
        default=UNSET,
        description=f"The pattern (a regular expression) of the layers that get one, up to 256 characters; {CHOICE}",
    )


@strawberry.input(description="How training is spread over devices.")
class TunixRunMeshInput:
    fsdp: int | None = strawberry.field(
        default=UNSET, description="How many devices the weights and each batch are spread over; divides `batchSize`."
    )
    tp: int | None = strawberry.field(default=UNSET, description="How many devices each layer is spread over.")


@strawberry.input(description="What a run shall do. Steps are updates of the weights.")
class StartTunixRunInput:
    dataset_id: strawberry.ID = strawberry.field(description=f"The dataset to learn: {ways_to_name('Dataset')}.")
    eval_dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description=f"Another dataset, to evaluate with: {ways_to_name('Dataset')}."
    )
    model_id: str = strawberry.field(
        description="The model to start from: one of `models`, or an id of Hugging Face's, which is downloaded."
    )
    mode: RunMode = strawberry.field(default=RunMode.DRY_RUN, description="Whether to check only, or to train.")
    method: RunMethod = strawberry.field(default=RunMethod.SFT, description="What of the model is trained.")
    learning_rate: float = strawberry.field(
        default=Training.learning_rate, description="The learning rate at its highest: above 0, at most 1."
    )
    num_epochs: int = strawberry.field(default=Training.num_epochs, description="Passes over the dataset: 1 to 100.")
    batch_size: int = strawberry.field(default=Training.batch_size, description="Records in a batch: 1 to 512.")
    max_seq_length: int = strawberry.field(
        default=Training.max_seq_length, description="Tokens of a record, 128 to 32,768; longer ones are left out."
    )
    max_steps: int | None = strawberry.field(
        default=UNSET, description="After how many steps to end, 1 to 10,000,000; after the epochs if not given."
    )
    seed: int | None = strawberry.field(
        default=UNSET, description=f"What makes the run repeatable, 0 to 2,147,483,647; {CHOICE}"
    )
    gradient_accumulation_steps: int | None = strawberry.field(
        default=UNSET, description=f"Batches in a step, 1 to 1024; {CHOICE}"
    )
    warmup_steps: int | None = strawberry.field(
        default=UNSET, description=f"Steps in which the learning rate rises from nothing, 0 to 10,000,000; {CHOICE}"
    )
    schedule: Schedule | None = strawberry.field(
        default=UNSET, description=f"How the learning rate goes on then; {CHOICE}"
    )
    weight_decay: float | None = strawberry.field(default=UNSET, description=f"How fast weights fade, 0 to 1; {CHOICE}")
    max_grad_norm: float | None = strawberry.field(
        default=UNSET, description=f"What longer gradients are cut to: above 0, at most 1000; {CHOICE}"
    )
    save_every_steps: int | None = strawberry.field(
        default=UNSET, description=f"Steps between two checkpoints, 1 to 10,000,000; {CHOICE}"
    )
    eval_every_steps: int | None = strawberry.field(
        default=UNSET, description=f"Steps between two evaluations, 1 to 10,000,000; {CHOICE}"
    )
    lora: TunixRunLoraInput | None = strawberry.field(default=UNSET, description="The adapters of a LORA run.")
    mesh: TunixRunMeshInput | None = strawberry.field(default=UNSET, description="The devices.")
    timeout_seconds: int | None = strawberry.field(
        default=UNSET,
        description="How long one attempt may take: from 1 to what the server lets it, which is taken if not given.",
    )
    output_name: str | None = strawberry.field(
        default=UNSET,
        description="The name of the run's folder, no path: 1 to 64 letters, digits and signs of `. _ -`, of no other "
        "run. Its UUID if not given.",
    )
    wait: bool = strawberry.field(
        default=False, description="Whether to answer when the run has ended, and not as soon as it is entered."
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


async def config_of(context: Context, input: StartTunixRunInput) -> RunConfig:
    """The parameters that an input gives.

    Raises:
        Errors: what is wrong with the datasets, together with everything else that is wrong.
    """
    errors: list[TunixRtError] = []
    dataset_id = await dataset_of(context, input.dataset_id, "datasetId", errors)
    eval_dataset_id = await dataset_of(context, given(input.eval_dataset_id), "evalDatasetId", errors)
    lora, mesh = given(input.lora), given(input.mesh)
    config = RunConfig(
        dataset_id=dataset_id or NO_DATASET,
        eval_dataset_id=eval_dataset_id,
        model_id=input.model_id,
        mode=input.mode,
        method=input.method,
        training=part_of(input, Training),
        lora=None if lora is None else part_of(lora, Lora),
        mesh=None if mesh is None else part_of(mesh, Mesh),
        timeout_seconds=given(input.timeout_seconds),
        output_name=given(input.output_name),
    )
    if errors:
        raise ValidationErrors([*errors, *config_errors(config, context.settings)])
    return config


def part_of(input: Any, part: type[Any]) -> Any:
    """The fields of an input that a dataclass of the domain has, as one."""
    return part(**{spec.name: given(getattr(input, spec.name)) for spec in fields(part)})


async def dataset_of(context: Context, text: str | None, name: str, errors: list[TunixRtError]) -> uuid.UUID | None:
    """The dataset that a field names; what is wrong with that is added to ``errors``."""
    try:
        return None if text is None else await row_id(context, text, "Dataset", [name])
    except (BadUserInput, NotFound) as error:
        errors.append(error)
    return None
