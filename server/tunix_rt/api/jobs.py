"""The `Job` interface in GraphQL, which every kind of job implements."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from sqlalchemy import Table

from tunix_rt.api.lists.shape import FieldSource, Sources, as_enum
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.errors import ErrorCode


@strawberry.type(description="Reason that a job did not complete.")
class JobError:
    code: ErrorCode = strawberry.field(description="Kind of error.")
    message: str = strawberry.field(description="Description of the error in one sentence.")


@strawberry.interface(
    description="A background job, executed by a process of its own. It survives a restart of the server, and always "
    "ends with exactly one recorded outcome."
)
class Job:
    status: JobStatus = strawberry.field(description="Status of the job.")
    progress: float = strawberry.field(description="Progress of the current attempt: 0 to 1.")
    created_at: datetime = strawberry.field(description="When the job was requested.")
    started_at: datetime | None = strawberry.field(
        description="When the current or last attempt started; null before the first."
    )
    completed_at: datetime | None = strawberry.field(
        description="When the job finished, successfully or not; null until then."
    )
    error: JobError | None = strawberry.field(description="Reason that the job did not complete; null otherwise.")
    attempt: int = strawberry.field(description="Number of the current or last attempt; 0 before the first.")


def fill_error(target: Any, code: str | None, message: str | None) -> None:
    """Sets the job's error, if it has one."""
    target.error = None if code is None else JobError(code=ErrorCode(code), message=message or "")


def job_sources(table: Table) -> Sources:
    """Returns the sources of the fields of a `Job`."""
    return {
        "status": as_enum(table.c.status, JobStatus),
        "progress": table.c.progress,
        "createdAt": table.c.created_at,
        "startedAt": table.c.started_at,
        "completedAt": table.c.completed_at,
        "error": FieldSource([table.c.error_code, table.c.error_message], fill_error),
        "attempt": table.c.attempt,
    }
