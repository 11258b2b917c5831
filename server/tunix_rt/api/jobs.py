"""The `Job` interface in GraphQL, which every kind of job implements, and the following of jobs' events."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import strawberry
from sqlalchemy import Table

from tunix_rt.api.context import Context
from tunix_rt.api.lists.shape import Shape, Sources, as_enum, as_filled
from tunix_rt.api.live.job_events import JobEvents, Read
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.jobs.ledger import ENDS, status_of
from tunix_rt.errors import BadUserInput, ErrorCode

T = TypeVar("T")
CREATED_BY = (
    "Name of the API key with which the {} was created, or `user:` and the name of a user whom a proxy signed in; null "
    "if the request had neither."
)


@strawberry.type(description="Reason that a job did not complete.")
class JobError:
    code: ErrorCode = strawberry.field(description="Kind of error.")
    message: str = strawberry.field(description="Description of the error in one sentence.")


@strawberry.interface(
    description="A background job, executed in a separate process. It survives restarts of the server, and always ends "
    "with exactly one recorded outcome."
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
    created_by: str | None = strawberry.field(description=CREATED_BY.format("job"))


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
        "error": as_filled([table.c.error_code, table.c.error_message], fill_error),
        "attempt": table.c.attempt,
        "createdBy": table.c.created_by,
    }


@dataclass(frozen=True)
class JobFollower:
    """Follows the events of jobs of one kind.

    Args:
        read: reads the next events of one job.
        stream: follows the events of one job.
    """

    table: Table
    read: Read
    stream: JobEvents

    async def objects(
        self, context: Context, job_id: uuid.UUID, after: int, shape: Shape[T], names: frozenset[str]
    ) -> AsyncGenerator[list[T], None]:
        """Yields the events of a job after a number as objects with the selected fields; raises as ``rows`` does."""
        columns = [column.name for column in shape.columns(names)]
        async with aclosing(self.rows(context, job_id, after)) as batches:
            async for rows in batches:
                yield shape.objects(([getattr(row, name) for name in columns] for row in rows), names)

    async def rows(self, context: Context, job_id: uuid.UUID, after: int) -> AsyncGenerator[Sequence[Any], None]:
        """Yields the rows of a job's events after a number, up to the last.

        Raises:
            NotFound: the job does not exist.
            BadUserInput: no event can have that number.
        """
        if after < 0:
            raise BadUserInput(f"after must be 0 or the number of an event; it is {after}.", ["after"])
        async with context.database.read() as session:
            status = await status_of(session, self.table, job_id)
            newest = await self.read(session, job_id, None)
        if status in ENDS and newest and newest[0].seq <= after:
            return
        async with aclosing(self.stream.follow(job_id, after)) as batches:
            async for rows in batches:
                yield rows
                if JobStatus(rows[-1].status) in ENDS:
                    return
