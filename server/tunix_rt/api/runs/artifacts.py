"""Files of runs in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.runs import RunArtifactWhere
from tunix_rt.api.lists.fields import batched_field
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.shape import Shape, as_enum, as_filled, node_sources
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.db.models import run_artifacts
from tunix_rt.db.paging import Term
from tunix_rt.domain.filtering.runs import ARTIFACTS
from tunix_rt.trainer.contract import ArtifactKind


async def urls_of(found: list[Any], call: Call) -> list[str | None]:
    """Returns each file's download URL."""
    context: Context = call.context
    return [None if artifact.route is None else context.download_url(artifact.route) for artifact in found]


@strawberry.type(description="A file produced by a run, or a checkpoint folder.")
class RunArtifact(Node):
    route: strawberry.Private[str | None]
    name: str = strawberry.field(description="Path relative to the run's folder.")
    kind: ArtifactKind = strawberry.field(description="Kind of artifact.")
    step: int | None = strawberry.field(
        description="Training step that a checkpoint was saved at; null for other artifacts."
    )
    byte_size: BigInt = strawberry.field(description="Size in bytes; of a folder, the total.")
    sha256: str | None = strawberry.field(description="SHA-256 of the file, in hexadecimal; null for a folder.")
    created_at: datetime = strawberry.field(description="When the artifact was created.")
    download_url: str | None = batched_field(
        urls_of,
        str | None,
        "Signed URL of the file; supports range requests and needs no authentication. It expires after an hour by "
        "default; query the field again for a new one. Null for a folder.",
    )


def fill_route(target: RunArtifact, identity: uuid.UUID, name: str, sha256: str | None) -> None:
    """Sets the file's download path."""
    target.route = None if sha256 is None else f"/v1/artifacts/{identity}/{PurePosixPath(name).name}"


ARTIFACT_SHAPE = Shape(
    make=RunArtifact,
    table=run_artifacts,
    sources=node_sources("RunArtifact", run_artifacts.c.id)
    | {
        "name": run_artifacts.c.name,
        "kind": as_enum(run_artifacts.c.kind, ArtifactKind),
        "step": run_artifacts.c.step,
        "byteSize": run_artifacts.c.byte_size,
        "sha256": run_artifacts.c.sha256,
        "createdAt": run_artifacts.c.created_at,
        "downloadUrl": as_filled([run_artifacts.c.id, run_artifacts.c.name, run_artifacts.c.sha256], fill_route),
    },
)


@strawberry.enum(description="Fields that the artifacts of a run can be sorted by.")
class RunArtifactOrderField(enum.Enum):
    NAME = strawberry.enum_value("name", description="Path relative to the run's folder.")
    BYTE_SIZE = strawberry.enum_value("byte_size", description="Size in bytes.")
    STEP = strawberry.enum_value("step", description="Training step that a checkpoint was saved at.")
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")


@strawberry.input(description="A term of the sort order of artifacts.")
class RunArtifactOrder:
    field: RunArtifactOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


RUN_ARTIFACT_LIST = Listing(
    name="RunArtifact",
    shape=ARTIFACT_SHAPE,
    identity=run_artifacts.c.id,
    filterable=ARTIFACTS,
    where=RunArtifactWhere,
    order=RunArtifactOrder,
    default=(Term(run_artifacts.c.name, descending=False),),
)
