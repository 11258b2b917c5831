"""Long work in GraphQL: what every job has, whatever it does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.errors import ErrorCode


@strawberry.type(description="Why a job did not complete.")
class JobError:
    code: ErrorCode = strawberry.field(description="What kind of error it is.")
    message: str = strawberry.field(description="What went wrong, in a sentence.")


@strawberry.interface(
    description="Long work, done by a process of its own. It survives the end of the server and of its process: each "
    "job ends in exactly one recorded way."
)
class Job:
    status: JobStatus = strawberry.field(description="Where it is.")
    progress: float = strawberry.field(description="How far the present attempt is: 0 to 1.")
    created_at: datetime = strawberry.field(description="When it was started by a user.")
    started_at: datetime | None = strawberry.field(
        description="When its present or last attempt began; null before the first."
    )
    completed_at: datetime | None = strawberry.field(description="When it ended; null until then.")
    error: JobError | None = strawberry.field(description="Why it did not complete; null otherwise.")
    attempt: int = strawberry.field(description="How often a process has begun with it; 0 before the first.")


def fill_status(target: Any, status: str) -> None:
    """The status as its enum."""
    target.status = JobStatus(status)


def fill_error(target: Any, code: str | None, message: str | None) -> None:
    """The error, where there is one."""
    target.error = None if code is None else JobError(code=ErrorCode(code), message=message or "")
