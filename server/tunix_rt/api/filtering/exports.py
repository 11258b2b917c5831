"""Filters of exports and of their events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    DateTimeFilter,
    EnumFilter,
    IdFilter,
    IntFilter,
    Where,
    op,
)
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat


@strawberry.input(description="Conditions on the format of an export.")
class ExportFormatFilter(EnumFilter[ExportFormat]):
    pass


@strawberry.input(description="Conditions on the container of an export.")
class ExportContainerFilter(EnumFilter[Container]):
    pass


@strawberry.input(description="Which exports: every condition given must hold.")
class ExportWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Export", "dataset_id": "Dataset"}

    and_: list[ExportWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[ExportWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: ExportWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    id: IdFilter | None = op("The export's id.")
    dataset_id: IdFilter | None = op("The exported dataset's id; `isNull: true` for other exports.")
    status: JobStatusFilter | None = op("Where it is.")
    format: ExportFormatFilter | None = op("What its records look like.")
    container: ExportContainerFilter | None = op("What its file is.")
    created_at: DateTimeFilter | None = op("When it was started by a user.")


@strawberry.input(description="Which events: every condition given must hold.")
class ExportEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[ExportEventWhere] | None = strawberry.field(name="and", default=UNSET, description="All of these hold.")
    or_: list[ExportEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these holds."
    )
    not_: ExportEventWhere | None = strawberry.field(name="not", default=UNSET, description="This does not hold.")
    seq: IntFilter | None = op("Its number.")
    status: JobStatusFilter | None = op("Where the export was then.")
    at: DateTimeFilter | None = op("When it happened.")
