"""Queries of datasets that are more than a look-up by id."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.datasets import DATASET_LIST, Dataset
from tunix_rt.api.relay.ids import uuid_of
from tunix_rt.api.relay.listing import objects_by_id
from tunix_rt.api.scalars import BigInt
from tunix_rt.api.selection import selected
from tunix_rt.api.verifications import DatasetOverlap
from tunix_rt.db.models import datasets
from tunix_rt.domain.datasets import dataset_by_key, overlap
from tunix_rt.errors import BadUserInput, NotFound
from tunix_rt.loaders.by_id import rows_by_id

Info = strawberry.Info[Context, None]
DatasetId = Annotated[strawberry.ID | None, strawberry.argument(description="The dataset's `id`, or its `uuid`.")]
DatasetKey = Annotated[str | None, strawberry.argument(description="The dataset's `key`, in place of its id.")]
FirstId = Annotated[strawberry.ID, strawberry.argument(description="The first dataset: its `id` or `uuid`.")]
SecondId = Annotated[strawberry.ID, strawberry.argument(description="The second dataset: its `id` or `uuid`.")]


async def find_dataset(info: Info, id: DatasetId = None, key: DatasetKey = None) -> Dataset | None:
    """The dataset of an id or of a key.

    Raises:
        BadUserInput: if both or neither are given.
    """
    if (id is None) == (key is None):
        raise BadUserInput("Give either id or key.", ["id"])
    if id is not None:
        found = uuid_of(id, "Dataset")
    else:
        async with info.context.database.read() as session:
            known = await dataset_by_key(session, str(key))
        if known is None:
            return None
        found = known
    return (await objects_by_id(DATASET_LIST, info.context, [found], frozenset(selected(info)))).get(found)


async def overlap_of(info: Info, a: FirstId, b: SecondId) -> DatasetOverlap:
    """How much two datasets share.

    Raises:
        NotFound: naming the argument whose dataset does not exist.
    """
    ids = {"a": uuid_of(a, "Dataset", ("a",)), "b": uuid_of(b, "Dataset", ("b",))}
    async with info.context.database.read() as session:
        there = await rows_by_id(session, datasets.c.id, list(ids.values()), [datasets.c.id])
        for name, dataset_id in ids.items():
            if dataset_id not in there:
                raise NotFound(f"There is no dataset {dataset_id}.", [name])
        found = await overlap(session, ids["a"], ids["b"])
    return DatasetOverlap(**{name: BigInt(count) for name, count in dataclasses.asdict(found).items()})
