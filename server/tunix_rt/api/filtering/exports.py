"""Filters of exports and of their events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import strawberry
from strawberry import UNSET

from tunix_rt.api.filtering.jobs import JobStatusFilter
from tunix_rt.api.filtering.operators import (
    CREATED_BY,
    DateTimeFilter,
    EnumFilter,
    IdFilter,
    IntFilter,
    StringFilter,
    Where,
    op,
)
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat


@strawberry.input(description="Conditions on the format of the records.")
class ExportFormatFilter(EnumFilter[ExportFormat]):
    pass


@strawberry.input(description="Conditions on the format of the file.")
class ExportContainerFilter(EnumFilter[Container]):
    pass


@strawberry.input(description="Filters exports. All given conditions must hold; `{}` matches every export.")
class ExportWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {"id": "Export", "dataset_id": "Dataset"}

    and_: list[ExportWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[ExportWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: ExportWhere | None = strawberry.field(name="not", default=UNSET, description="This filter does not match.")
    id: IdFilter | None = op("The export's `id` or `uuid`.")
    dataset_id: IdFilter | None = op("The exported dataset; `isNull: true` for exports of other selections.")
    status: JobStatusFilter | None = op("Status of the export.")
    format: ExportFormatFilter | None = op("Format of the records.")
    container: ExportContainerFilter | None = op("Format of the file.")
    created_at: DateTimeFilter | None = op("Time of creation.")
    created_by: StringFilter | None = op(CREATED_BY)


@strawberry.input(description="Filters the events of an export. All given conditions must hold.")
class ExportEventWhere(Where):
    ID_TYPES: ClassVar[Mapping[str, str]] = {}

    and_: list[ExportEventWhere] | None = strawberry.field(
        name="and", default=UNSET, description="All of these filters match; an empty list matches everything."
    )
    or_: list[ExportEventWhere] | None = strawberry.field(
        name="or", default=UNSET, description="At least one of these filters matches; an empty list matches nothing."
    )
    not_: ExportEventWhere | None = strawberry.field(
        name="not", default=UNSET, description="This filter does not match."
    )
    seq: IntFilter | None = op("Sequence number of the event.")
    status: JobStatusFilter | None = op("Status of the export at the time.")
    at: DateTimeFilter | None = op("Time of the event.")
