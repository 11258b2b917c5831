"""How a model is to be trained, as mutations take it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given
from tunix_rt.domain.runs.manifest import Lora, Mesh, Schedule, Training

T = TypeVar("T")


@strawberry.input(description="The adapters of a training by the method LORA.")
class LoraInput:
    rank: int | None = strawberry.field(default=UNSET, description="The adapters' rank: 1 to 1,024.")
    alpha: float | None = strawberry.field(
        default=UNSET, description="What the adapters are scaled by, over the rank: above 0, at most 4,096."
    )
    module_path: str | None = strawberry.field(
        default=UNSET,
        description="The pattern (a regular expression) of the layers that get an adapter: 1 to 256 characters.",
    )


@strawberry.input(description="How a training is spread over devices.")
class MeshInput:
    fsdp: int | None = strawberry.field(
        default=UNSET, description="How many devices the weights and each batch are spread over: 1 to 512."
    )
    tp: int | None = strawberry.field(
        default=UNSET, description="How many devices each layer is spread over: 1 to 4,096."
    )


@strawberry.input(description="The hyper-parameters of a training. Steps are updates of the weights.")
class TrainingInput:
    learning_rate: float = strawberry.field(
        default=Training.learning_rate, description="The learning rate at its highest: above 0, at most 1."
    )
    num_epochs: int = strawberry.field(default=Training.num_epochs, description="Passes over the dataset: 1 to 100.")
    batch_size: int = strawberry.field(default=Training.batch_size, description="Records in a batch: 1 to 512.")
    max_seq_length: int = strawberry.field(
        default=Training.max_seq_length, description="Tokens of a record at most: 128 to 32,768."
    )
    max_steps: int | None = strawberry.field(
        default=UNSET, description="After how many steps it ends, if its epochs do not end before: 1 to 10,000,000."
    )
    seed: int | None = strawberry.field(
        default=UNSET, description="What makes the training repeatable: 0 to 2,147,483,647."
    )
    gradient_accumulation_steps: int | None = strawberry.field(
        default=UNSET, description="Batches in a step: 1 to 1,024."
    )
    warmup_steps: int | None = strawberry.field(
        default=UNSET, description="Steps in which the learning rate rises from nothing: 0 to 10,000,000."
    )
    schedule: Schedule | None = strawberry.field(default=UNSET, description="How the learning rate goes on then.")
    weight_decay: float | None = strawberry.field(default=UNSET, description="How fast weights fade: 0 to 1.")
    max_grad_norm: float | None = strawberry.field(
        default=UNSET, description="What longer gradients are cut to: above 0, at most 1,000."
    )
    save_every_steps: int | None = strawberry.field(
        default=UNSET, description="Steps between two checkpoints: 1 to 10,000,000."
    )
    eval_every_steps: int | None = strawberry.field(
        default=UNSET, description="Steps between two evaluations: 1 to 10,000,000."
    )

    def training(self) -> Training:
        """The hyper-parameters, yet to be checked."""
        return values_of(self, Training)


def values_of(source: Any, make: type[T]) -> T:
    """What an input says of the fields of a dataclass."""
    return make(**{spec.name: given(getattr(source, spec.name)) for spec in fields(make)})  # type: ignore[arg-type]


def lora_of(source: LoraInput | None) -> Lora | None:
    """The adapters, yet to be checked."""
    return None if given(source) is None else values_of(source, Lora)


def mesh_of(source: MeshInput | None) -> Mesh | None:
    """The devices, yet to be checked."""
    return None if given(source) is None else values_of(source, Mesh)
