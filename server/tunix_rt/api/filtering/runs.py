"""Filters of runs and of their events, log lines and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.enums import RunEventKind
from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    BigIntFilter,
    DateTimeFilter,
    EnumFilter,
    FloatFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    Where,
    op,
)
from tunix_rt.db.models.runs import ArtifactKind, LogStream, RunMethod, RunMode


@strawberry.input(description="Conditions on the mode of a run.")
class TunixRunModeFilter(EnumFilter[RunMode]):
    pass


@strawberry.input(description="Conditions on the method of a run.")
class TunixRunMethodFilter(EnumFilter[RunMethod]):
    pass


@strawberry.input(description="Which runs: every condition given must hold.")
class TunixRunWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "TunixRun", "dataset_id": "Dataset", "eval_dataset_id": "Dataset"}

    and_: list[TunixRunWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[TunixRunWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: TunixRunWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The run's id.")
    status: JobStatusFilter | None = op("Where it is.")
    dataset_key: StringFilter | None = op("The key of the dataset that it learns.")
    dataset_id: IdFilter | None = op("The id of the dataset that it learns.")
    eval_dataset_id: IdFilter | None = op("The id of the dataset that it is evaluated on.")
    model_id: StringFilter | None = op("The model that it starts from.")
    mode: TunixRunModeFilter | None = op("Whether it only checks, or trains.")
    method: TunixRunMethodFilter | None = op("What of the model is trained.")
    output_name: StringFilter | None = op("The name of its folder.")
    engine: StringFilter | None = op("Where its processes live.")
    attempt: IntFilter | None = op("How often a process has begun with it.")
    exit_code: IntFilter | None = op("The exit code of its last process.")
    duration_seconds: FloatFilter | None = op("How long its last attempt took, in seconds.")
    created_at: DateTimeFilter | None = op("When it was started by a user.")
    started_at: DateTimeFilter | None = op("When its last attempt began.")
    completed_at: DateTimeFilter | None = op("When it ended.")


@strawberry.input(description="Conditions on what an event is.")
class RunEventKindFilter(EnumFilter[RunEventKind]):
    pass


@strawberry.input(description="Which events: every condition given must hold.")
class RunEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[RunEventWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[RunEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: RunEventWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    seq: IntFilter | None = op("Its number.")
    kind: RunEventKindFilter | None = op("What it is.")
    attempt: IntFilter | None = op("At which attempt.")
    at: DateTimeFilter | None = op("When it was said.")


@strawberry.input(description="Conditions on the stream of a line.")
class RunLogStreamFilter(EnumFilter[LogStream]):
    pass


@strawberry.input(description="Which lines: every condition given must hold.")
class RunLogLineWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[RunLogLineWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[RunLogLineWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: RunLogLineWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    seq: IntFilter | None = op("Its number in the run's sequence.")
    at: DateTimeFilter | None = op("When it was written.")
    attempt: IntFilter | None = op("At which attempt.")
    stream: RunLogStreamFilter | None = op("Where it was written.")
    text: StringFilter | None = op("The line, letter for letter.")
    search: str | None = op("Holds this, whether its letters (of ASCII) are large or small.")


@strawberry.input(description="Conditions on what a file of a run is for.")
class RunArtifactKindFilter(EnumFilter[ArtifactKind]):
    pass


@strawberry.input(description="Which files: every condition given must hold.")
class RunArtifactWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "RunArtifact"}

    and_: list[RunArtifactWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[RunArtifactWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: RunArtifactWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The file's id.")
    name: StringFilter | None = op("Its path below the run's folder.")
    kind: RunArtifactKindFilter | None = op("What it is for.")
    step: IntFilter | None = op("The step that a checkpoint was saved at.")
    byte_size: BigIntFilter | None = op("How large it is, in bytes.")
    sha256: StringFilter | None = op("sha256 of the file, in hex.")
    created_at: DateTimeFilter | None = op("When it was made.")
