"""Datasets as jobs: conditions for completed datasets.

A dataset is a job until it is built, and its members are stored during the build. So all queries of members use these
conditions. Runs and filters need them too, so they are in this package, below both, and not with the datasets.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from tunix_rt.db.models import dataset_traces, datasets, traces
from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.errors import Conflict, PathPart

NOT_COMPLETED = [status.value for status in JobStatus if status is not JobStatus.COMPLETED]

MEMBER = dataset_traces.c.trace_id == traces.c.id
"""The condition that joins a membership to its trace."""

COMPLETED = datasets.c.status == JobStatus.COMPLETED.value
"""The condition that a dataset is completed."""

CONTAINING = (dataset_traces.c.dataset_id == datasets.c.id, COMPLETED)
"""The conditions that join a membership to its dataset, if that is completed."""

OF_COMPLETED = dataset_traces.c.dataset_id.not_in(select(datasets.c.id).where(datasets.c.status.in_(NOT_COMPLETED)))
"""The condition that a membership belongs to a completed dataset."""


def not_completed(key: str, status: JobStatus, path: Sequence[PathPart] = ()) -> Conflict:
    """Returns the error of a dataset that is not completed; the message states what to do."""
    if status in UNFINISHED:
        return Conflict(f"The dataset {key!r} is {status.value}; wait until its status is COMPLETED.", path)
    return Conflict(f"The dataset {key!r} is {status.value}; build it again with retryDataset.", path)
