"""The query that compares two datasets."""

from __future__ import annotations

import time
from typing import Annotated

import strawberry

from tunix_rt.api.contamination.types import CONTAMINATION_LIST, Contamination
from tunix_rt.api.context import Context
from tunix_rt.api.execution.selection import current_selection
from tunix_rt.api.lists.reading import objects_by_id
from tunix_rt.api.naming import row_id, ways_to_name

Info = strawberry.Info[Context, None]
TrainId = Annotated[strawberry.ID, strawberry.argument(description=f"The training dataset: {ways_to_name('Dataset')}.")]
EvalId = Annotated[
    strawberry.ID, strawberry.argument(description=f"The evaluation dataset: {ways_to_name('Dataset')}.")
]


async def find_contamination(info: Info, train_dataset_id: TrainId, eval_dataset_id: EvalId) -> Contamination | None:
    """Returns the comparison of two datasets, which is made if there is none yet.

    Raises:
        NotFound, Conflict: a dataset does not exist or is not completed; the path names its argument.
        RequestTimeout: the comparison took too long.
    """
    context = info.context
    seconds = context.settings.dataset_timeout_seconds
    train_id = await row_id(context, train_dataset_id, "Dataset", ["trainDatasetId"])
    eval_id = await row_id(context, eval_dataset_id, "Dataset", ["evalDatasetId"])
    context.allow(seconds)
    found = await context.services.contamination.find(train_id, eval_id, time.monotonic() + seconds)
    return (await objects_by_id(CONTAMINATION_LIST, context, [found], frozenset(current_selection(info)))).get(found)
