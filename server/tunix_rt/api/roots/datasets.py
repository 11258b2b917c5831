"""The root fields of datasets."""

from __future__ import annotations

import strawberry

from tunix_rt.api.access.scopes import READ
from tunix_rt.api.datasets.queries import overlap_of
from tunix_rt.api.datasets.types import DATASET_LIST, Dataset
from tunix_rt.api.datasets.verification import DatasetOverlap
from tunix_rt.api.lists.fields import lookup, root_connection
from tunix_rt.api.relay.connection import Connection


@strawberry.type
class DatasetQueries:
    dataset: Dataset | None = lookup(DATASET_LIST, READ, "Looks up a dataset; null if it does not exist.")
    datasets: Connection[Dataset] = root_connection(DATASET_LIST, READ, "All datasets, newest first by default.")
    dataset_overlap: DatasetOverlap = strawberry.field(
        directives=[READ],
        resolver=overlap_of,
        description="Counts the prompts that two datasets share, to detect leakage between training and "
        "evaluation data.",
    )
