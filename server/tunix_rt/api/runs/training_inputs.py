"""How a model is to be trained, as mutations take it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.inputs import given
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.trainer.contract import Schedule

T = TypeVar("T")


@strawberry.input(description="Configuration of LoRA adapters. Requires method LORA.")
class LoraInput:
    rank: int | None = strawberry.field(default=UNSET, description="LoRA rank: 1 to 1,024. Defaults to 8.")
    alpha: float | None = strawberry.field(
        default=UNSET,
        description="LoRA alpha: above 0, at most 4,096. The adapters' output is scaled by alpha / rank. Defaults to "
        "16.",
    )
    module_path: str | None = strawberry.field(
        default=UNSET,
        description="Regular expression of the modules that get an adapter: 1 to 1,000 characters. Defaults to all "
        "attention and feed-forward layers.",
    )


@strawberry.input(description="Device mesh to distribute training over.")
class MeshInput:
    fsdp: int | None = strawberry.field(
        default=UNSET,
        description="Number of devices for fully sharded data parallelism: 1 to 512. Must divide `batchSize`. "
        "Defaults to 1.",
    )
    tp: int | None = strawberry.field(
        default=UNSET, description="Number of devices for tensor parallelism: 1 to 4,096. Defaults to 1."
    )


@strawberry.input(description="Training parameters. A step is one update of the weights.")
class TrainingInput:
    learning_rate: float = strawberry.field(
        default=Training.learning_rate, description="Peak learning rate: above 0, at most 1."
    )
    num_epochs: int = strawberry.field(default=Training.num_epochs, description="Number of epochs: 1 to 100.")
    batch_size: int = strawberry.field(
        default=Training.batch_size, description="Number of records per batch: 1 to 512."
    )
    max_seq_length: int = strawberry.field(
        default=Training.max_seq_length,
        description="Maximum number of tokens of a record: 128 to 32,768. Longer records are left out.",
    )
    max_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps, in place of `numEpochs`: 1 to 10,000,000. If omitted, the epochs determine it.",
    )
    seed: int | None = strawberry.field(default=UNSET, description="Random seed: 0 to 2,147,483,647. Defaults to 0.")
    gradient_accumulation_steps: int | None = strawberry.field(
        default=UNSET, description="Number of batches accumulated per step: 1 to 1,024. Defaults to 1."
    )
    warmup_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of warmup steps, over which the learning rate rises from 0 to its peak: 0 to 10,000,000. "
        "Defaults to 0.",
    )
    schedule: Schedule | None = strawberry.field(
        default=UNSET, description="Learning rate schedule after warmup. Defaults to CONSTANT."
    )
    weight_decay: float | None = strawberry.field(
        default=UNSET, description="Weight decay of AdamW: 0 to 1. Defaults to 0."
    )
    max_grad_norm: float | None = strawberry.field(
        default=UNSET,
        description="Maximum gradient norm, above 0, at most 1,000; gradients are clipped to it. Defaults to 1.",
    )
    save_every_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps between checkpoints: 1 to 10,000,000. By default, a run saves about ten.",
    )
    eval_every_steps: int | None = strawberry.field(
        default=UNSET,
        description="Number of steps between evaluations: 1 to 10,000,000. By default, a run has about ten.",
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
