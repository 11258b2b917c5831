"""Queries of datasets beyond lists and lookups."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import strawberry

from tunix_rt.api.context import Context
from tunix_rt.api.datasets.verification import DatasetOverlap
from tunix_rt.api.naming import row_id, ways_to_name
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.domain.datasets.storage import overlap

Info = strawberry.Info[Context, None]
FirstId = Annotated[strawberry.ID, strawberry.argument(description=f"The first dataset: {ways_to_name('Dataset')}.")]
SecondId = Annotated[strawberry.ID, strawberry.argument(description=f"The second dataset: {ways_to_name('Dataset')}.")]


async def overlap_of(info: Info, a: FirstId, b: SecondId) -> DatasetOverlap:
    """Returns the overlap of two datasets.

    Raises:
        NotFound: a dataset does not exist; the path names its argument.
        Conflict: a dataset is not completed; the path names its argument.
    """
    ids = {name: await row_id(info.context, text, "Dataset", [name]) for name, text in (("a", a), ("b", b))}
    async with info.context.database.read() as session:
        for name, dataset_id in ids.items():
            await completed_dataset(session, dataset_id, [name])
        found = await overlap(session, ids["a"], ids["b"])
    return DatasetOverlap(**{name: BigInt(count) for name, count in dataclasses.asdict(found).items()})
