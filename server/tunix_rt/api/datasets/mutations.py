"""Mutations of datasets: create, split, verify, delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from tunix_rt.api.context import Context
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.datasets.verification import DatasetVerification
from tunix_rt.api.errors import UserError
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.filtering.traces import TraceWhere
from tunix_rt.api.inputs import given_or_none
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.payloads import (
    ERRORS,
    KEY,
    DeletedPayload,
    Rows,
    Store,
    Write,
    create_once,
    errors_in_payload,
    keyed_request,
    only,
    require_all,
)
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.traces.types import TRACE_LIST, TraceOrder
from tunix_rt.db.clock import instant
from tunix_rt.db.session import Session
from tunix_rt.domain.datasets import storage, verification
from tunix_rt.domain.datasets.building import Built, Title, build, enter, require_free, require_parent, store
from tunix_rt.domain.datasets.direct import has_more_members
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.recipes import LIMIT_MAX, Recipe, Sampling, Strategy, sampling_errors
from tunix_rt.domain.datasets.splitting import Share, build_parts, plan_split
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.traces.selection import NEWEST_FIRST, TraceSelection
from tunix_rt.domain.traces.storage import last_seq
from tunix_rt.errors import ValidationErrors

Info = strawberry.Info[Context, None]


@strawberry.input(description="Input of `createDataset`.")
class CreateDatasetInput:
    name: str = strawberry.field(
        description="Name of the dataset: 1 to 128 letters, digits, spaces and characters of `_ - . /`. Name and "
        "version form the `key`."
    )
    version: str = strawberry.field(description="Version of the dataset: 1 to 64 of the same characters.")
    where: TraceWhere | None = strawberry.field(
        default=UNSET,
        description="Filter that selects candidate traces. Evaluated over all stored traces; all of them if omitted.",
    )
    order_by: list[TraceOrder] | None = strawberry.field(
        default=UNSET,
        description="Order of the candidates, from which LATEST takes the first, and of the members. Newest first by "
        "default. For LATEST only; the random strategies determine the order.",
    )
    strategy: Strategy = strawberry.field(
        default=Strategy.LATEST, description="Strategy that chooses the members from the candidates."
    )
    seed: BigInt | None = strawberry.field(
        default=UNSET,
        description="Random seed, any 64-bit integer. Required by the random strategies, refused with LATEST.",
    )
    limit: int = strawberry.field(default=LIMIT_MAX, description="Maximum number of members: 1 to 10,000,000.")
    session_id: str | None = strawberry.field(
        default=UNSET, description="Identifier of a session of yours, to group datasets by: up to 128 characters."
    )
    parent_dataset_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The dataset that this one is derived from: its `id`, `uuid` or `key`."
    )
    training_run_id: str | None = strawberry.field(
        default=UNSET,
        description="Identifier of the training run whose model generated the traces: up to 128 characters.",
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="A part of a split: either `fraction` or `count`.")
class SplitPartInput:
    name: str = strawberry.field(
        description="Name of the part, such as `train`: 1 to 128 letters, digits, spaces and characters of `_ - . /`, "
        "different from those of the other parts. The dataset is named after its parent: `PARENT-train`."
    )
    fraction: float | None = strawberry.field(
        default=UNSET,
        description="Share of the parent's traces: above 0, at most 1. The fractions of all parts add up to at most 1.",
    )
    count: BigInt | None = strawberry.field(default=UNSET, description="Number of traces, at least 1.")


@strawberry.input(description="Input of `splitDataset`.")
class SplitDatasetInput:
    id: strawberry.ID = strawberry.field(description=f"The dataset: {ways_to_name('Dataset')}.")
    parts: list[SplitPartInput] = strawberry.field(
        description="1 to 20 parts. Traces beyond the sizes of the parts are left out."
    )
    seed: BigInt = strawberry.field(
        default=BigInt(0),
        description="Random seed, any 64-bit integer. Prompts are assigned to parts in a pseudo-random order that "
        "depends on it.",
    )
    version: str | None = strawberry.field(
        default=UNSET,
        description="Version of the parts: 1 to 64 of the characters of names. Defaults to the dataset's version.",
    )
    idempotency_key: str | None = strawberry.field(default=UNSET, description=KEY)


@strawberry.input(description="Input of `verifyDataset`.")
class VerifyDatasetInput:
    id: strawberry.ID = strawberry.field(description=f"The dataset: {ways_to_name('Dataset')}.")


@strawberry.input(description="Input of `cancelDataset`.")
class CancelDatasetInput:
    id: strawberry.ID = strawberry.field(description=f"The dataset: {ways_to_name('Dataset')}.")


@strawberry.input(description="Input of `retryDataset`.")
class RetryDatasetInput:
    id: strawberry.ID = strawberry.field(description=f"The dataset: {ways_to_name('Dataset')}.")


@strawberry.input(description="Input of `deleteDataset`.")
class DeleteDatasetInput:
    id: strawberry.ID = strawberry.field(description=f"The dataset: {ways_to_name('Dataset')}.")


@strawberry.type(description="Payload of `createDataset`.")
class CreateDatasetPayload:
    dataset: Dataset | None = strawberry.field(
        default=None,
        description="The dataset: COMPLETED, or PENDING if it is built by a job because it is large (more than 50,000 "
        "members by default). Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `splitDataset`.")
class SplitDatasetPayload:
    datasets: list[Dataset] | None = strawberry.field(
        default=None,
        description="The parts, in input order: COMPLETED, or PENDING if they are built by jobs because the dataset "
        "is large (more than 50,000 members by default). Null if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `verifyDataset`.")
class VerifyDatasetPayload:
    verification: DatasetVerification | None = strawberry.field(
        default=None, description="Result of the verification; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `cancelDataset`.")
class CancelDatasetPayload:
    dataset: Dataset | None = strawberry.field(
        default=None,
        description="The dataset: CANCELLED if its build had not started, RUNNING until its process has stopped. Null "
        "if there are errors.",
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `retryDataset`.")
class RetryDatasetPayload:
    dataset: Dataset | None = strawberry.field(
        default=None, description="The dataset, PENDING again; null if there are errors."
    )
    errors: list[UserError] = strawberry.field(default_factory=list, description=ERRORS)


@strawberry.type(description="Payload of `deleteDataset`.")
class DeleteDatasetPayload(DeletedPayload):
    pass


def built_store(parts: Sequence[tuple[Title, Recipe, Built]]) -> Store:
    """Returns a function that stores built datasets, all or none."""

    async def store_all(session: Session) -> Rows:
        return [await store(session, title, recipe, built) for title, recipe, built in parts]

    return store_all


def queued_store(parts: Sequence[tuple[Title, Recipe]]) -> Store:
    """Returns a function that queues large datasets as jobs, all or none."""

    async def enter_all(session: Session) -> Rows:
        return [await enter(session, title, recipe) for title, recipe in parts]

    return enter_all


async def title_of(context: Context, input: CreateDatasetInput) -> Title:
    """Returns the name, version and origin that an input gives a dataset.

    Raises:
        BadId, NotFound: the parent is malformed or does not exist.
    """
    parent = given_or_none(input.parent_dataset_id)
    return Title(
        name=input.name,
        version=input.version,
        session_id=given_or_none(input.session_id),
        training_run_id=given_or_none(input.training_run_id),
        parent_id=None if parent is None else await row_id(context, parent, "Dataset", ["parentDatasetId"]),
    )


def recipe_from(input: CreateDatasetInput, as_of: int) -> Sampling:
    """Returns the recipe that an input describes.

    Raises:
        BadUserInput, TooCostly: a filter or an order exceeds its limits.
    """
    order_by = given_or_none(input.order_by)
    TRACE_LIST.order_of(order_by)
    order = tuple((term.field.value, term.direction.value == "desc") for term in order_by or ()) or NEWEST_FIRST
    selection = TraceSelection(TRACE_LIST.predicate_of(given_or_none(input.where)), order, as_of)
    return Sampling(selection, input.strategy, given_or_none(input.seed), input.limit)


@errors_in_payload(CreateDatasetPayload)
async def create_dataset(
    info: Info, input: Annotated[CreateDatasetInput, strawberry.argument(description="The dataset to create.")]
) -> CreateDatasetPayload:
    """Creates a dataset from a selection of traces."""
    info.context.allow(info.context.settings.dataset_timeout_seconds)
    database, names = info.context.database, current_selection(info).names(("dataset",))

    async def create(write: Write) -> Rows:
        title, sampling = await title_of(info.context, input), recipe_from(input, 0)
        if errors := [*title.errors(), *sampling_errors(sampling)]:
            raise ValidationErrors(errors)
        async with database.read() as session:
            await require_free(session, title)
            await require_parent(session, title)
            recipe = recipe_from(input, await last_seq(session))
        if await has_more_members(database, recipe, info.context.settings.dataset_direct_max):
            return await write(queued_store([(title, recipe)]))
        built = await build(database, recipe, info.context.settings.data_dir)
        try:
            return await write(built_store([(title, recipe, built)]))
        finally:
            built.spool.close()

    request = keyed_request("createDataset", input)
    dataset = only(await create_once(info.context, DATASET_LIST, names, request, create))
    info.context.services.wake()
    return CreateDatasetPayload(dataset=dataset)


@errors_in_payload(SplitDatasetPayload)
async def split_dataset(
    info: Info,
    input: Annotated[SplitDatasetInput, strawberry.argument(description="The dataset and the parts to split it into.")],
) -> SplitDatasetPayload:
    """Splits a dataset into parts, each of which becomes a dataset."""
    context = info.context
    context.allow(context.settings.dataset_timeout_seconds)
    names = current_selection(info).names(("datasets",))
    shares = [Share(part.name, given_or_none(part.fraction), given_or_none(part.count)) for part in input.parts]
    version, database = given_or_none(input.version), context.database

    async def create(write: Write) -> Rows:
        parent_id = await row_id(context, input.id, "Dataset")
        async with database.read() as session:
            plan = await plan_split(session, parent_id, shares, input.seed, version)
            large = (await completed_dataset(session, parent_id)).trace_count > context.settings.dataset_direct_max
        if large:
            return await write(queued_store(plan))
        built = await build_parts(database, plan[0][1], context.settings.data_dir)
        try:
            parts = [(*planned, part) for planned, part in zip(plan, built, strict=True)]
            return await write(built_store(parts))
        finally:
            for part in built:
                part.spool.close()

    datasets = await create_once(context, DATASET_LIST, names, keyed_request("splitDataset", input), create)
    context.services.wake()
    return SplitDatasetPayload(datasets=require_all(datasets, len(shares)))


@errors_in_payload(VerifyDatasetPayload)
async def verify_dataset(
    info: Info, input: Annotated[VerifyDatasetInput, strawberry.argument(description="The dataset to verify.")]
) -> VerifyDatasetPayload:
    """Compares a dataset with its traces as they are stored now."""
    info.context.allow(info.context.settings.dataset_timeout_seconds)
    context, dataset_id = info.context, await row_id(info.context, input.id, "Dataset")
    found = await verification.verify(context.database, dataset_id, context.settings.data_dir)
    return VerifyDatasetPayload(verification=DatasetVerification.of(found))


@errors_in_payload(CancelDatasetPayload)
async def cancel_dataset(
    info: Info,
    input: Annotated[CancelDatasetInput, strawberry.argument(description="The dataset whose build to cancel.")],
) -> CancelDatasetPayload:
    """Cancels the building of a dataset."""
    dataset_id = await row_id(info.context, input.id, "Dataset")
    async with info.context.database.write() as session:
        await storage.cancel_dataset(session, dataset_id, await instant(session), lease_of(info.context.settings))
    return CancelDatasetPayload(dataset=await dataset_of(info, dataset_id))


@errors_in_payload(RetryDatasetPayload)
async def retry_dataset(
    info: Info, input: Annotated[RetryDatasetInput, strawberry.argument(description="The dataset to build again.")]
) -> RetryDatasetPayload:
    """Queues a failed or cancelled dataset to be built again."""
    dataset_id = await row_id(info.context, input.id, "Dataset")
    async with info.context.database.write() as session:
        await storage.retry_dataset(session, dataset_id)
    info.context.services.wake()
    return RetryDatasetPayload(dataset=await dataset_of(info, dataset_id))


async def dataset_of(info: Info, dataset_id: uuid.UUID) -> Dataset | None:
    """Returns a dataset by its id; None if it has been deleted."""
    names = current_selection(info).names(("dataset",))
    return (await objects_by_id(DATASET_LIST, info.context, [dataset_id], names)).get(dataset_id)


@errors_in_payload(DeleteDatasetPayload)
async def delete_dataset(
    info: Info, input: Annotated[DeleteDatasetInput, strawberry.argument(description="The dataset to delete.")]
) -> DeleteDatasetPayload:
    """Deletes a dataset, but not its traces."""
    dataset_id = await row_id(info.context, input.id, "Dataset")
    async with info.context.database.write() as session:
        await storage.delete_dataset(session, dataset_id)
    return DeleteDatasetPayload(deleted_uuid=dataset_id)
