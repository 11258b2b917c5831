"""Datasets in GraphQL: the type, its filters and orders."""

from __future__ import annotations

import enum
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import msgspec
import strawberry

from tunix_rt.api.datasets.recipes import DatasetStats, Recipe, graphql_recipe
from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.filtering.datasets import DatasetWhere
from tunix_rt.api.jobs import Job, job_sources
from tunix_rt.api.lists.fields import NamedListing, batched_field, child_connection
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.orders import OrderDirection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.lists.shape import Alias, Shape, as_filled, as_value, node_sources
from tunix_rt.api.relay.connection import Connection
from tunix_rt.api.relay.node import Node
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST, Trace
from tunix_rt.db.models import dataset_traces, datasets, evaluations, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.paging import Term
from tunix_rt.domain.datasets.stats import MemberStats
from tunix_rt.domain.filtering.datasets import DATASETS
from tunix_rt.domain.jobs.datasets import MEMBER, not_completed
from tunix_rt.errors import Conflict

MEMBER_LIST = replace(
    TRACE_LIST, identity=dataset_traces.c.position, default=(Term(dataset_traces.c.position, descending=False),)
)
"""The listing of a dataset's traces, in the dataset's order."""

RUNS = NamedListing("tunix_rt.api.runs.types", "Run")
EVALUATIONS = NamedListing("tunix_rt.api.evaluations.types", "Evaluation")
LazyDataset = Annotated["Dataset", strawberry.lazy(__name__)]


async def parents_of(children: list[Dataset], call: Call) -> list[Dataset | None]:
    """Returns each dataset's parent; None if it has none or the parent was deleted."""
    ids = [child.parent_id for child in children if child.parent_id is not None]
    found = await objects_by_id(DATASET_LIST, call.context, list(dict.fromkeys(ids)), frozenset(call.selection))
    return [None if child.parent_id is None else found.get(child.parent_id) for child in children]


@strawberry.type(
    description="An immutable, ordered selection of traces with a recipe and a checksum. A large dataset is a job "
    "until its `status` is COMPLETED, and can be used from then on."
)
class Dataset(Node, Job):
    row_id: strawberry.Private[uuid.UUID]
    unusable: strawberry.Private[Conflict | None]
    parent_id: strawberry.Private[uuid.UUID | None]
    key: str = strawberry.field(description="Unique key made of name and version, safe in URLs.")
    name: str = strawberry.field(description="Name, as given.")
    version: str = strawberry.field(description="Version, as given.")
    build_id: uuid.UUID = strawberry.field(description="Identifier of this build, unique to it.")
    recipe: Recipe = strawberry.field(description="Recipe that the members were chosen by.")
    stats: DatasetStats | None = strawberry.field(
        description="Statistics of the members at the time the dataset was built; null until it is completed."
    )
    trace_count: BigInt = strawberry.field(
        description="Number of members, including traces deleted since. During the build, the number so far."
    )
    sha256: str | None = strawberry.field(
        description="SHA-256 of the members' content hashes (32 bytes each) in order, in hexadecimal: equal for "
        "datasets with equal content. Null until completed."
    )
    session_id: str | None = strawberry.field(description="Session given at creation; null if none was given.")
    training_run_id: str | None = strawberry.field(
        description="Training run that generated the traces, as given at creation; null if none was given."
    )
    traces: Connection[Trace] = child_connection(
        MEMBER_LIST,
        dataset_traces.c.dataset_id,
        "The members that have not been deleted, in the dataset's order by default. An error until the dataset is "
        "completed.",
        via=(MEMBER,),
    )
    parent: LazyDataset | None = batched_field(
        parents_of,
        LazyDataset | None,
        "The dataset that this one is derived from; null if there is none or it was deleted.",
    )
    children: Connection[LazyDataset] = child_connection(
        NamedListing(__name__, "Dataset"),
        datasets.c.parent_dataset_id,
        "Datasets derived from this one, newest first by default.",
    )
    runs = child_connection(
        RUNS,
        tunix_runs.c.dataset_id,
        "Runs that train on this dataset, newest first by default.",
        many=True,
    )
    eval_runs = child_connection(
        RUNS,
        tunix_runs.c.eval_dataset_id,
        "Runs that are evaluated on this dataset, newest first by default.",
        many=True,
    )
    evaluations = child_connection(
        EVALUATIONS,
        evaluations.c.dataset_id,
        "Evaluations on the prompts of this dataset, newest first by default.",
        many=True,
    )


def fill_members(target: Dataset, identity: uuid.UUID, key: str, status: str) -> None:
    """Sets the id by which the members are found, and an error if the dataset is not completed."""
    target.row_id = identity
    found = JobStatus(status)
    target.unusable = None if found is JobStatus.COMPLETED else not_completed(key, found)


def stats_of(stored: Mapping[str, Any] | None) -> MemberStats | None:
    """Returns the stored statistics; None before the dataset is built."""
    return None if stored is None else msgspec.convert(stored, MemberStats)


ROW_ID = Alias(datasets.c.id, "row_id")

DATASET_SHAPE = Shape(
    make=Dataset,
    table=datasets,
    sources=node_sources("Dataset", datasets.c.id)
    | job_sources(datasets)
    | {
        "traces": as_filled([datasets.c.id, datasets.c.key, datasets.c.status], fill_members),
        "children": ROW_ID,
        "runs": ROW_ID,
        "evalRuns": ROW_ID,
        "evaluations": ROW_ID,
        "parent": Alias(datasets.c.parent_dataset_id, "parent_id"),
        "key": datasets.c.key,
        "name": datasets.c.name,
        "version": datasets.c.version,
        "buildId": datasets.c.build_id,
        "recipe": as_value(datasets.c.recipe, graphql_recipe),
        "stats": as_value(datasets.c.stats, stats_of),
        "traceCount": datasets.c.trace_count,
        "sha256": datasets.c.sha256,
        "sessionId": datasets.c.session_id,
        "trainingRunId": datasets.c.training_run_id,
    },
)


@strawberry.enum(description="Fields that datasets can be sorted by.")
class DatasetOrderField(enum.Enum):
    CREATED_AT = strawberry.enum_value("created_at", description="Time of creation.")
    KEY = strawberry.enum_value("key", description="Unique key.")
    NAME = strawberry.enum_value("name", description="Name.")
    TRACE_COUNT = strawberry.enum_value("trace_count", description="Number of members.")
    ID = strawberry.enum_value("id", description="Id, in chronological order of creation.")


@strawberry.input(description="A term of the sort order of datasets.")
class DatasetOrder:
    field: DatasetOrderField = strawberry.field(description="Field to sort by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Sort direction.")


DATASET_LIST = Listing(
    name="Dataset",
    shape=DATASET_SHAPE,
    identity=datasets.c.id,
    filterable=DATASETS,
    where=DatasetWhere,
    order=DatasetOrder,
    default=(Term(datasets.c.created_at, descending=True),),
)
