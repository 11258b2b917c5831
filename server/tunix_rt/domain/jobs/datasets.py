"""Datasets as jobs: which ones are completed.

A dataset is a job until it is built, and its members are stored while it is built. So everything that reads members
asks here first. Runs and filters do, too: therefore this stands with the jobs, below them, and not with the datasets.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from tunix_rt.db.models import dataset_traces, datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.errors import Conflict, PathPart

UNFINISHED = [status.value for status in JobStatus if status is not JobStatus.COMPLETED]

COMPLETED = datasets.c.status == JobStatus.COMPLETED.value
"""Condition: the dataset is built."""

OF_COMPLETED = dataset_traces.c.dataset_id.not_in(select(datasets.c.id).where(datasets.c.status.in_(UNFINISHED)))
"""Condition: the membership belongs to a dataset that is built."""


def not_completed(key: str, status: JobStatus, path: Sequence[PathPart] = ()) -> Conflict:
    """Returns the error of a dataset that is not built, with what to do about it."""
    if status in {JobStatus.PENDING, JobStatus.RUNNING}:
        return Conflict(f"The dataset {key!r} is {status.value}; wait until its status is COMPLETED.", path)
    return Conflict(f"The dataset {key!r} is {status.value}; build it again with retryDataset.", path)
