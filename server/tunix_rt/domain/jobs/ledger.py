"""The mutations' side of the job ledger: creates, cancels, retries and deletes jobs.

Any table with the columns of ``db.models.jobs`` is a ledger. The worker processes' side is in ``queue``.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, delete, or_, select, update

from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.limits import limit_jobs
from tunix_rt.domain.keys.acting import author
from tunix_rt.errors import Conflict, NotFound
from tunix_rt.settings import Settings

ATTEMPTS = 3
"""The maximum number of attempts before a job fails."""

LEASE = timedelta(seconds=60)
"""Much longer than a writer's wait for the database; with a short lease, living owners would lose their jobs."""

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
"""The transitions from each status. From RUNNING to PENDING: the process is gone, and another attempt is left."""

ENDS = frozenset(JobStatus) - frozenset(UNFINISHED)
"""The final statuses."""

RETRIABLE = frozenset(status for status in ENDS if JobStatus.PENDING in TRANSITIONS[status])
"""The final statuses from which a job may be retried."""


def lease_of(settings: Settings) -> timedelta:
    """Returns the duration of a lease, after which a process that has not renewed it is considered gone."""
    return timedelta(seconds=settings.job_lease_seconds)


def new_job(at: datetime, max_attempts: int = ATTEMPTS) -> dict[str, Any]:
    """Returns the ledger's columns of a pending job."""
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
        "created_by": author(),
    }


def completed_job(at: datetime, max_attempts: int = ATTEMPTS) -> dict[str, Any]:
    """Returns the ledger's columns of a job that was completed in the request, without a process."""
    done = {"status": JobStatus.COMPLETED.value, "attempt": 1, "progress": 1.0, "started_at": at, "completed_at": at}
    return new_job(at, max_attempts) | done


def lease_expired(table: Table, at: datetime, lease: timedelta) -> ColumnElement[bool]:
    """Returns the condition that a job's lease has expired, or ends so late that a wrong clock must have set it.

    Args:
        at: the time by the database's clock.
        lease: the duration of leases; up to twice this is accepted, since a clock may be set back a little.
    """
    until = table.c.lease_expires_at
    return and_(table.c.status == JobStatus.RUNNING.value, or_(until < at, until > at + 2 * lease))


async def request_cancel(
    session: Session, table: Table, job_id: uuid.UUID, at: datetime, lease: timedelta = LEASE
) -> JobStatus:
    """Cancels a job and returns its status.

    A pending job, or one whose lease has expired, is cancelled at once; the process of any other job is asked to stop.

    Args:
        at: the time by the database's clock.

    Raises:
        NotFound: there is no such job.
        Conflict: the job has finished.
    """
    at_once = or_(table.c.status == JobStatus.PENDING.value, lease_expired(table, at, lease))
    left = {"eta_seconds": case((at_once, None), else_=table.c.eta_seconds)} if "eta_seconds" in table.c else {}
    query = (
        update(table)
        .where(table.c.id == job_id, table.c.status.in_([status.value for status in UNFINISHED]))
        .values(
            status=case((at_once, JobStatus.CANCELLED.value), else_=table.c.status),
            owner=case((at_once, None), else_=table.c.owner),
            lease_expires_at=case((at_once, None), else_=table.c.lease_expires_at),
            completed_at=case((at_once, at), else_=table.c.completed_at),
            cancel_requested=True,
            **left,
        )
        .returning(table.c.status)
    )
    status = (await session.execute(query)).scalar()
    if status is None:
        found = await status_of(session, table, job_id)
        raise Conflict(
            f"The {noun_of(table)} is {found.value} already; only a job that is PENDING or RUNNING can be cancelled.",
            ["id"],
        )
    return JobStatus(status)


async def retry(session: Session, table: Table, job_id: uuid.UUID, attempts: int = ATTEMPTS, **values: Any) -> None:
    """Sets a failed, timed out or cancelled job to pending again, with a number of further attempts.

    Args:
        values: further columns of the table to set.

    Raises:
        NotFound: there is no such job.
        Conflict: the job has not finished, or is completed.
        RateLimited: the client that created it has too many jobs.
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
    query = update(table).where(table.c.id == job_id, retriable).values(columns | values)
    row = (await session.execute(query.returning(table.c.created_by))).one_or_none()
    if row is None:
        found = await status_of(session, table, job_id)
        raise Conflict(
            f"The {noun_of(table)} is {found.value}; only a job that is FAILED, TIMEOUT or CANCELLED can be retried.",
            ["id"],
        )
    await limit_jobs(session, row.created_by)


async def status_of(session: Session, table: Table, job_id: uuid.UUID) -> JobStatus:
    """Returns the status of a job.

    Raises:
        NotFound: there is no such job.
    """
    status = (await session.execute(select(table.c.status).where(table.c.id == job_id))).scalar()
    if status is None:
        raise NotFound(f"There is no {noun_of(table)} {job_id}.", ["id"])
    return JobStatus(status)


def noun_of(table: Table) -> str:
    """Returns the noun of a ledger's jobs, such as ``export``."""
    return table.name.removeprefix("tunix_").removesuffix("s")


async def delete_idle(session: Session, table: Table, job_id: uuid.UUID) -> None:
    """Deletes a job that is not running.

    Raises:
        NotFound: there is no such job.
        Conflict: it is running.
    """
    idle = delete(table).where(table.c.id == job_id, table.c.status != JobStatus.RUNNING.value)
    if (await session.execute(idle)).rowcount:
        return
    await status_of(session, table, job_id)
    raise running_error(table)


def running_error(table: Table) -> Conflict:
    """Returns the error of a job that cannot be deleted while it is running."""
    return Conflict(f"The {noun_of(table)} is RUNNING; cancel it first.", ["id"])
