"""Exports in GraphQL: the types, their filters and orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.exports import ExportEventWhere, ExportWhere
from tunix_rt.api.inputs import template_inputs
from tunix_rt.api.jobs import Job, job_sources
from tunix_rt.api.lists.fields import batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_enum, as_filled, as_value, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.identity import now
from tunix_rt.db.models import export_events, exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.paging import Term
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import warnings_of
from tunix_rt.domain.filtering.exports import EXPORT_EVENTS, EXPORTS
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import ReasoningTemplate


@strawberry.type(
    description="A change of an export's status or progress. The events of an export are numbered from 1, without gaps."
)
class ExportEvent:
    seq: int = strawberry.field(
        description="Sequence number of the event. Pass the last one received as `after` of `exportEvents` to resume."
    )
    at: datetime = strawberry.field(description="When the event happened.")
    status: JobStatus = strawberry.field(description="Status of the export at the time.")
    attempt: int = strawberry.field(description="Number of the attempt; 0 before the first.")
    progress: float = strawberry.field(description="Progress of the attempt: 0 to 1.")
    row_count: BigInt = strawberry.field(description="Number of records written so far.")
    byte_size: BigInt = strawberry.field(description="Size of the file so far, in bytes.")
    reason: str | None = strawberry.field(description="Explanation of the status; null if there is none.")


EVENT_SHAPE = Shape(
    make=ExportEvent,
    table=export_events,
    sources={
        "seq": export_events.c.seq,
        "at": export_events.c.at,
        "status": as_enum(export_events.c.status, JobStatus),
        "attempt": export_events.c.attempt,
        "progress": export_events.c.progress,
        "rowCount": export_events.c.row_count,
        "byteSize": export_events.c.byte_size,
        "reason": Alias(export_events.c.message, "reason"),
    },
)


@strawberry.enum(description="Fields that the events of an export can be sorted by.")
class ExportEventOrderField(enum.Enum):
    SEQ = strawberry.enum_value("seq", description="Sequence number, in chronological order.")


@strawberry.input(description="A term of the sort order of export events.")
class ExportEventOrder:
    field: ExportEventOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EVENT_LIST = Listing(
    name="ExportEvent",
    shape=EVENT_SHAPE,
    identity=export_events.c.seq,
    filterable=EXPORT_EVENTS,
    where=ExportEventWhere,
    order=ExportEventOrder,
    default=(Term(export_events.c.seq, descending=False),),
)


@strawberry.type(description="Options that determine how the records of an export are written.")
class ExportOptions:
    system_instruction: str | None = strawberry.field(
        description="System instruction placed before each prompt; null if there is none."
    )
    keep_control_tokens: bool = strawberry.field(
        description="Whether Gemma's control tokens that occur in the text of traces are kept."
    )
    round_trip: bool = strawberry.field(
        description="Whether the metadata stores what the format has no field for, so that importing the file "
        "restores equal traces."
    )
    escape_formulas: bool = strawberry.field(
        description="Whether cells that look like spreadsheet formulas are escaped by an apostrophe."
    )
    template: ReasoningTemplate | None = strawberry.field(
        description="Template of reasoning and final answer; null if a custom template is used."
    )
    custom_template: str | None = strawberry.field(
        description="Text of the custom template; null if a named template is used."
    )
    include_scores: bool = strawberry.field(description="Whether the metadata includes the latest scores.")
    scorer: str | None = strawberry.field(
        description="Scorer whose latest scores determine labels and pairs; null if there is none."
    )
    threshold: float = strawberry.field(description="Minimum score of a trace or step whose label is true.")
    pair_rule: PairRule = strawberry.field(description="Rule that pairs the answers of a group.")
    margin: float = strawberry.field(description="Minimum difference between the scores of a pair.")
    pairs_per_group: int = strawberry.field(description="Maximum number of pairs per group.")
    conversational: bool = strawberry.field(description="Whether prompts and completions are lists of messages.")

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ExportOptions:
        """Converts stored options, of which older exports have fewer."""
        values = asdict(FormatOptions(**stored))
        template, custom = template_inputs(values.pop("template"))
        rule = PairRule(values.pop("pair_rule"))
        return cls(**values, pair_rule=rule, template=template, custom_template=custom)


async def datasets_of(found: list[Any], call: Call) -> list[Dataset | None]:
    """Returns each export's dataset; None if it has none or it was deleted."""
    ids = [export.dataset_id for export in found if export.dataset_id is not None]
    known = await objects_by_id(DATASET_LIST, call.context, list(dict.fromkeys(ids)), frozenset(call.selection))
    return [None if export.dataset_id is None else known.get(export.dataset_id) for export in found]


async def urls_of(found: list[Any], call: Call) -> list[str | None]:
    """Returns each export's download URL; None if it has no file."""
    return [None if export.download is None else call.context.download_url(*export.download) for export in found]


@strawberry.type(description="A file of traces, written by a background job.")
class Export(Node, Job):
    row_id: strawberry.Private[uuid.UUID]
    dataset_id: strawberry.Private[uuid.UUID | None]
    download: strawberry.Private[tuple[str, datetime] | None]
    format: ExportFormat = strawberry.field(description="Format of the records.")
    container: Container = strawberry.field(description="Format of the file.")
    options: ExportOptions = strawberry.field(description="Options of the records.")
    row_count: BigInt = strawberry.field(description="Number of records written.")
    missing_count: BigInt = strawberry.field(
        description="Number of traces left out because they were deleted before they were written."
    )
    skipped_count: BigInt = strawberry.field(
        description="Number of traces left out because the scorer has not scored them."
    )
    byte_size: BigInt = strawberry.field(description="Size of the file, in bytes.")
    warnings: list[str] = strawberry.field(
        description="Warnings about the completed file, such as that it has no records; empty if there are none."
    )
    sha256: str | None = strawberry.field(
        description="SHA-256 of the file, in hexadecimal: the same for equal traces on SQLite and PostgreSQL. Null "
        "until completed."
    )
    file_name: str = strawberry.field(description="Name of the file.")
    download_url: str | None = batched_field(
        urls_of,
        str | None,
        "Signed URL of the file; supports range requests and needs no authentication. It expires after an hour by "
        "default; query the field again for a new one. Null until completed and after the file has expired.",
    )
    expires_at: datetime | None = strawberry.field(description="When the file will be removed; null until completed.")
    dataset: Dataset | None = batched_field(
        datasets_of,
        Dataset | None,
        "The exported dataset; null if the export is not of a dataset, or the dataset was deleted.",
    )
    events: Connection[ExportEvent] = child_connection(
        EVENT_LIST, export_events.c.export_id, "Events of the export in chronological order."
    )


def fill_download(
    target: Export, identity: uuid.UUID, file_name: str, path: str | None, expires_at: datetime | None
) -> None:
    """Sets the path of the export's file and the expiry of its URL."""
    there = path is not None and expires_at is not None and expires_at > now()
    target.download = (f"/v1/exports/{identity}/{file_name}", expires_at) if there else None  # type: ignore[assignment]


def fill_warnings(target: Export, status: str, *counts: int) -> None:
    """Sets the warnings about the file."""
    target.warnings = warnings_of(JobStatus(status), *counts)


EXPORT_SHAPE = Shape(
    make=Export,
    table=exports,
    sources=node_sources("Export", exports.c.id)
    | job_sources(exports)
    | {
        "events": Alias(exports.c.id, "row_id"),
        "dataset": exports.c.dataset_id,
        "format": as_enum(exports.c.format, ExportFormat),
        "container": as_enum(exports.c.container, Container),
        "options": as_value(exports.c.options, ExportOptions.of),
        "rowCount": exports.c.row_count,
        "missingCount": exports.c.missing_count,
        "skippedCount": exports.c.skipped_count,
        "byteSize": exports.c.byte_size,
        "warnings": as_filled(
            [exports.c.status, exports.c.row_count, exports.c.missing_count, exports.c.skipped_count], fill_warnings
        ),
        "sha256": exports.c.sha256,
        "fileName": exports.c.file_name,
        "downloadUrl": as_filled(
            [exports.c.id, exports.c.file_name, exports.c.path, exports.c.expires_at], fill_download
        ),
        "expiresAt": exports.c.expires_at,
    },
)


@strawberry.enum(description="Fields that exports can be sorted by.")
class ExportOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of exports.")
class ExportOrder:
    field: ExportOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


EXPORT_LIST = Listing(
    name="Export",
    shape=EXPORT_SHAPE,
    identity=exports.c.id,
    filterable=EXPORTS,
    where=ExportWhere,
    order=ExportOrder,
    default=(Term(exports.c.created_at, descending=True),),
)
