"""Completion: a dataset is a job until it is built, and only a completed one is good for anything.

Its members are stored while it is built, so whatever looks at members asks here first, or leaves unfinished datasets
out.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from tunix_rt.db.models import dataset_traces, datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.errors import Conflict, NotFound, PathPart

UNFINISHED = [status.value for status in JobStatus if status is not JobStatus.COMPLETED]

COMPLETED = datasets.c.status == JobStatus.COMPLETED.value
"""Datasets that are built."""

COUNTED = dataset_traces.c.dataset_id.not_in(select(datasets.c.id).where(datasets.c.status.in_(UNFINISHED)))
"""Members of such datasets."""


async def require_completed(session: Session, dataset_id: uuid.UUID, path: Sequence[PathPart] = ("id",)) -> Row[Any]:
    """The row of a dataset that is built.

    Args:
        path: where the dataset was named.

    Raises:
        NotFound: if there is none.
        Conflict: if it is not COMPLETED.
    """
    row = (await session.execute(select(datasets).where(datasets.c.id == dataset_id))).one_or_none()
    if row is None:
        raise NotFound(f"There is no dataset {dataset_id}.", path)
    if row.status != JobStatus.COMPLETED.value:
        raise not_completed(row.key, JobStatus(row.status), path)
    return row


def not_completed(key: str, status: JobStatus, path: Sequence[PathPart] = ()) -> Conflict:
    """The error of a dataset that cannot be used."""
    if status in {JobStatus.PENDING, JobStatus.RUNNING}:
        return Conflict(f"The dataset {key!r} is {status.value}; wait until its status is COMPLETED.", path)
    return Conflict(f"The dataset {key!r} is {status.value}; build it again with retryDataset.", path)
