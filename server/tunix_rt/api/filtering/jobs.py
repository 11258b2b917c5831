"""Conditions on the status of a job."""

from __future__ import annotations

import strawberry

from tunix_rt.api.filtering.operators import (
    EnumFilter,
)
from tunix_rt.db.models.jobs import JobStatus


@strawberry.input(description="Conditions on the status of a job.")
class JobStatusFilter(EnumFilter[JobStatus]):
    pass
