"""The ledger of long work, as users write in it: a job is entered, cancelled, tried again.

Any table with the columns of ``db.models.ledger`` is a ledger. What the processes that do the work write in it is in
``jobs.queue``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, case, select, update

from tunix_rt.db.models.ledger import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.errors import Conflict, NotFound

ATTEMPTS = 3
"""How often a job is tried before it has failed."""

TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.PENDING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.TIMEOUT, JobStatus.CANCELLED}
    ),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.PENDING}),
    JobStatus.TIMEOUT: frozenset({JobStatus.PENDING}),
    JobStatus.CANCELLED: frozenset({JobStatus.PENDING}),
}
"""What each status may become. From RUNNING to PENDING: its process is gone, and another attempt is left."""

ENDS = frozenset(JobStatus) - {JobStatus.PENDING, JobStatus.RUNNING}
"""The statuses in which nothing happens by itself any more."""

RETRIABLE = frozenset(status for status in ENDS if JobStatus.PENDING in TRANSITIONS[status])
"""The ends after which a job may be tried again."""


def new_job(at: datetime, max_attempts: int = ATTEMPTS) -> dict[str, Any]:
    """The ledger's columns of a job that waits for a process."""
    return {
        "status": JobStatus.PENDING.value,
        "attempt": 0,
        "max_attempts": max_attempts,
        "owner": None,
        "lease_expires_at": None,
        "cancel_requested": False,
        "progress": 0.0,
        "error_code": None,
        "error_message": None,
        "created_at": at,
        "started_at": None,
        "completed_at": None,
    }


async def request_cancel(session: Session, table: Table, job_id: uuid.UUID, at: datetime) -> JobStatus:
    """Cancels a waiting job at once, and asks a running one's process to end; gives the status it has now.

    Raises:
        NotFound: if there is no such job.
        Conflict: if it has ended.
    """
    waits = table.c.status == JobStatus.PENDING.value
    query = (
        update(table)
        .where(table.c.id == job_id, table.c.status.in_([JobStatus.PENDING.value, JobStatus.RUNNING.value]))
        .values(
            status=case((waits, JobStatus.CANCELLED.value), else_=table.c.status),
            completed_at=case((waits, at), else_=table.c.completed_at),
            cancel_requested=True,
        )
        .returning(table.c.status)
    )
    status = (await session.execute(query)).scalar()
    if status is None:
        found = await status_of(session, table, job_id)
        raise Conflict(f"It is {found.value} already; only what waits or runs can be cancelled.", ["id"])
    return JobStatus(status)


async def retry(session: Session, table: Table, job_id: uuid.UUID, attempts: int = ATTEMPTS, **values: Any) -> None:
    """Lets a job that did not complete wait for a process again, for so many attempts more.

    Args:
        values: columns of the table's own to set.

    Raises:
        NotFound: if there is no such job.
        Conflict: if it has not ended, or completed.
    """
    columns = {
        "status": JobStatus.PENDING.value,
        "max_attempts": table.c.attempt + attempts,
        "cancel_requested": False,
        "progress": 0.0,
        "error_code": None,
        "error_message": None,
        "completed_at": None,
    }
    retriable = table.c.status.in_([status.value for status in RETRIABLE])
    query = update(table).where(table.c.id == job_id, retriable).values(columns | values).returning(table.c.id)
    if (await session.execute(query)).scalar() is None:
        found = await status_of(session, table, job_id)
        raise Conflict(f"It is {found.value}; only what failed, timed out or was cancelled can be retried.", ["id"])


async def status_of(session: Session, table: Table, job_id: uuid.UUID) -> JobStatus:
    """The status of a job.

    Raises:
        NotFound: if there is no such job.
    """
    status = (await session.execute(select(table.c.status).where(table.c.id == job_id))).scalar()
    if status is None:
        raise NotFound(f"There is no {table.name.rstrip('s').replace('_', ' ')} {job_id}.", ["id"])
    return JobStatus(status)
