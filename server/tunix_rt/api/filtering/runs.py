"""Filters of runs and of their events, log lines and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.enums.runs import RunEventKind
from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    CREATED_BY,
    BigIntFilter,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    RunMetricFilter,
    StringFilter,
    StringListFilter,
    Where,
    op,
)
from tunix_rt.db.models.runs import LogStream, RunMode
from tunix_rt.trainer.contract import ArtifactKind, Method, Schedule


@strawberry.input(description="Conditions on the mode of a run.")
class RunModeFilter(EnumFilter[RunMode]):
    pass


@strawberry.input(description="Conditions on the training method of a run.")
class RunMethodFilter(EnumFilter[Method]):
    pass


@strawberry.input(description="Conditions on the learning rate schedule of a run.")
class LearningRateScheduleFilter(EnumFilter[Schedule]):
    pass


@strawberry.input(description="Conditions on the configuration of the LoRA adapters of a run.")
class LoraConfigFilter(Where):
    lora_rank: IntFilter | None = strawberry.field(name="rank", default=UNSET, description="LoRA rank.")
    lora_alpha: FloatFilter | None = strawberry.field(name="alpha", default=UNSET, description="LoRA alpha.")


@strawberry.input(
    description="Conditions on the training parameters of a run. A parameter that is left to the trainer is null."
)
class TrainingConfigFilter(Where):
    learning_rate: FloatFilter | None = op("Peak learning rate.")
    num_epochs: IntFilter | None = op("Number of epochs.")
    batch_size: IntFilter | None = op("Number of records per batch.")
    max_seq_length: IntFilter | None = op("Maximum number of tokens of a record.")
    max_steps: IntFilter | None = op("Number of steps, in place of `numEpochs`.")
    seed: IntFilter | None = op("Random seed.")
    gradient_accumulation_steps: IntFilter | None = op("Number of batches whose gradients are accumulated per step.")
    warmup_steps: IntFilter | None = op("Number of warmup steps.")
    schedule: LearningRateScheduleFilter | None = op("Learning rate schedule after warmup.")
    weight_decay: FloatFilter | None = op("Weight decay of AdamW.")
    max_grad_norm: FloatFilter | None = op("Maximum gradient norm.")
    lora: LoraConfigFilter | None = op("Configuration of the LoRA adapters.")


@strawberry.input(description="Filters runs. All given conditions must hold; `{}` matches every run.")
class RunWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Run", "dataset_id": "Dataset", "eval_dataset_id": "Dataset"}

    and_: list[RunWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[RunWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: RunWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The run's `id` or `uuid`.")
    status: JobStatusFilter | None = op("Status of the run.")
    dataset_key: StringFilter | None = op("Key of the training dataset.")
    dataset_id: IdFilter | None = op("The training dataset.")
    eval_dataset_id: IdFilter | None = op("The evaluation dataset.")
    model_id: StringFilter | None = op("The base model.")
    mode: RunModeFilter | None = op("Whether the run trains, or only checks its inputs.")
    method: RunMethodFilter | None = op("Training method.")
    output_name: StringFilter | None = op("Name of the run's folder.")
    engine: StringFilter | None = op("Engine that executes the run.")
    attempt: IntFilter | None = op("Number of the current or last attempt.")
    config: TrainingConfigFilter | None = op("Training parameters of the run.")
    metrics: list[RunMetricFilter] | None = op("Conditions on last values of metrics; all of them must hold.")
    tags: StringListFilter | None = op("Tags of the run.")
    notes: StringFilter | None = op("Notes on the run.")
    exit_code: IntFilter | None = op("Exit code of the last process.")
    duration_seconds: FloatFilter | None = op("Duration of the last attempt, in seconds.")
    created_at: DateTimeFilter | None = op("Time of creation.")
    created_by: StringFilter | None = op(CREATED_BY)
    started_at: DateTimeFilter | None = op("Start of the current or last attempt.")
    completed_at: DateTimeFilter | None = op("Time of completion.")


@strawberry.input(description="Conditions on the kind of event.")
class RunEventKindFilter(EnumFilter[RunEventKind]):
    pass


@strawberry.input(description="Filters the events of a run. All given conditions must hold.")
class RunEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[RunEventWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[RunEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: RunEventWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    seq: IntFilter | None = op("Sequence number of the event.")
    kind: RunEventKindFilter | None = op("Kind of event.")
    attempt: IntFilter | None = op("Number of the attempt.")
    at: DateTimeFilter | None = op("Time of the event.")


@strawberry.input(description="Conditions on the output stream of a line.")
class RunLogStreamFilter(EnumFilter[LogStream]):
    pass


@strawberry.input(description="Filters the log of a run. All given conditions must hold.")
class RunLogLineWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[RunLogLineWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[RunLogLineWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: RunLogLineWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    seq: IntFilter | None = op("Sequence number of the event.")
    at: DateTimeFilter | None = op("Time of the line.")
    attempt: IntFilter | None = op("Number of the attempt.")
    stream: RunLogStreamFilter | None = op("Output stream of the line.")
    text: StringFilter | None = op("Text of the line, case-sensitive.")
    search: str | None = op("Matches lines that contain this substring; case-insensitive for ASCII letters.")


@strawberry.input(description="Conditions on the kind of artifact.")
class RunArtifactKindFilter(EnumFilter[ArtifactKind]):
    pass


@strawberry.input(description="Filters the artifacts of a run. All given conditions must hold.")
class RunArtifactWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "RunArtifact"}

    and_: list[RunArtifactWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[RunArtifactWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: RunArtifactWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    id: IdFilter | None = op("The artifact's `id` or `uuid`.")
    name: StringFilter | None = op("Path relative to the run's folder.")
    kind: RunArtifactKindFilter | None = op("Kind of artifact.")
    step: IntFilter | None = op("Training step that a checkpoint was saved at.")
    byte_size: BigIntFilter | None = op("Size in bytes.")
    sha256: StringFilter | None = op("SHA-256 of the file, in hexadecimal.")
    created_at: DateTimeFilter | None = op("Time of creation.")
