"""Filters of datasets in GraphQL, and of traces by the datasets that they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    BigIntFilter,
    DateTimeFilter,
    IdFilter,
    RelatedWhere,
    StringFilter,
    Where,
    op,
)


@strawberry.input(description="Which datasets: every condition given must hold.")
class DatasetWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Dataset", "parent_dataset_id": "Dataset"}

    and_: list[DatasetWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[DatasetWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: DatasetWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The dataset's id.")
    key: StringFilter | None = op("Its unique key.")
    name: StringFilter | None = op("Its name.")
    version: StringFilter | None = op("Its version.")
    status: JobStatusFilter | None = op("Where its building is.")
    created_at: DateTimeFilter | None = op("When it was asked for.")
    trace_count: BigIntFilter | None = op("How many members it has.")
    sha256: StringFilter | None = op("sha256 of its members' content, in hex.")
    session_id: StringFilter | None = op("The session it belongs to.")
    training_run_id: StringFilter | None = op("The run whose model made the traces.")
    parent_dataset_id: IdFilter | None = op("The dataset that it descends from.")


@strawberry.input(description="Which traces, by the datasets that they are in.")
class DatasetsRelation(RelatedWhere):
    some: DatasetWhere | None = op("The trace is in such a dataset.")
    none: DatasetWhere | None = op("The trace is in no such dataset; an empty object: in none at all.")
    every: DatasetWhere | None = op("All datasets that the trace is in are such; true of a trace that is in none.")
