"""The ledger as a queue: processes claim jobs, renew their leases and record their outcomes.

Any table with the columns of ``db.models.jobs`` is a queue. A process holds a job by its owner name and its attempt
number. Every write has both as a condition, so it changes nothing once another attempt has started. The holder renews
the lease; when a lease has expired, the process is considered lost and the job is requeued while attempts are left.
Times are arguments, so that nothing here waits; they are by the database's clock.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, Update, and_, case, exists, not_, select, update

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.ledger import LEASE, TRANSITIONS, lease_expired
from tunix_rt.errors import ErrorCode

GONE = "Its process was lost"
ATTEMPT_TIMES = ("duration_seconds", "eta_seconds")
"""The columns, of the ledgers that have them, that are unknown when an attempt starts, and when it was lost."""


@dataclass(frozen=True)
class Hold:
    """A process's hold on a job: the fencing token of its writes.

    Args:
        owner: unique to the attempt: no two processes share a name.
    """

    id: uuid.UUID
    owner: str
    attempt: int


class HoldState(Enum):
    """The state of a hold, as a heartbeat returns it."""

    HELD = auto()
    CANCELLING = auto()
    """The job is still held, and a user has requested its cancellation."""
    LOST = auto()
    """Another attempt has started, or the job has ended or was deleted: nothing more can be written."""


@dataclass(frozen=True)
class SettledJob:
    """A job whose process is lost, and its new status: PENDING, FAILED or CANCELLED."""

    id: uuid.UUID
    status: JobStatus


async def has_waiting(session: Session, table: Table, *conditions: ColumnElement[bool]) -> bool:
    """Returns whether a job is pending. Takes no lock."""
    waits = and_(table.c.status == JobStatus.PENDING.value, *conditions)
    return bool((await session.execute(select(exists().where(waits)))).scalar())


async def expired_holds(
    session: Session, table: Table, now: datetime, *conditions: ColumnElement[bool], lease: timedelta = LEASE
) -> list[Hold]:
    """Returns the holds whose lease has expired. Takes no lock."""
    query = select(table.c.id, table.c.owner, table.c.attempt).where(lease_expired(table, now, lease), *conditions)
    return [Hold(row.id, row.owner, row.attempt) for row in await session.execute(query)]


async def claim(
    session: Session,
    table: Table,
    owner: str,
    now: datetime,
    *conditions: ColumnElement[bool],
    lease: timedelta = LEASE,
) -> Row[Any] | None:
    """Claims the oldest pending job for its next attempt and returns its row; None if no job is pending.

    Jobs with an expired lease are not claimed: call ``settle_expired`` first, which requeues them.

    Args:
        conditions: select the jobs, for a ledger of several kinds.
    """
    oldest = (
        select(table.c.id)
        .where(table.c.status == JobStatus.PENDING.value, *conditions)
        .order_by(table.c.created_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taking = (
        transition_to(table, JobStatus.RUNNING)
        .where(table.c.id == oldest.scalar_subquery())
        .values(
            attempt=table.c.attempt + 1,
            owner=owner,
            lease_expires_at=now + lease,
            progress=0.0,
            started_at=now,
            **unknown_times(table),
        )
        .returning(*table.c)
    )
    return (await session.execute(taking)).one_or_none()


async def heartbeat(
    session: Session, table: Table, hold: Hold, now: datetime, lease: timedelta = LEASE, **values: Any
) -> HoldState:
    """Renews the lease and returns the state of the hold.

    Args:
        values: further columns to set, such as the progress.
    """
    query = (
        update(table)
        .where(hold_condition(table, hold))
        .values({"lease_expires_at": now + lease} | values)
        .returning(table.c.cancel_requested)
    )
    cancelling = (await session.execute(query)).scalar()
    if cancelling is None:
        return HoldState.LOST
    return HoldState.CANCELLING if cancelling else HoldState.HELD


async def finish(
    session: Session,
    table: Table,
    hold: Hold,
    status: JobStatus,
    now: datetime,
    *,
    error: tuple[ErrorCode, str] | None = None,
    **values: Any,
) -> bool:
    """Records a job's outcome; returns False, with nothing written, if the job was no longer held.

    Args:
        status: a final status.
        error: the reason why it did not complete.
        values: further columns to set.
    """
    columns: dict[str, Any] = {"owner": None, "lease_expires_at": None, "completed_at": now}
    if error is not None:
        columns |= {"error_code": error[0].value, "error_message": error[1]}
    if status is JobStatus.COMPLETED:
        columns["progress"] = 1.0
    query = (
        transition_to(table, status).where(hold_condition(table, hold)).values(columns | values).returning(table.c.id)
    )
    return (await session.execute(query)).scalar() is not None


async def release(
    session: Session,
    table: Table,
    hold: Hold,
    now: datetime,
    reason: str = GONE,
    code: ErrorCode = ErrorCode.INTERNAL,
) -> JobStatus | None:
    """Gives up a hold whose process is known to be gone, and returns the job's new status.

    The job is PENDING if an attempt is left, CANCELLED if a cancellation was requested, FAILED otherwise. Returns None
    if it was no longer held.
    """
    settled = await settle(session, table, hold_condition(table, hold), now, reason, code)
    return settled[0].status if settled else None


async def settle_expired(
    session: Session, table: Table, now: datetime, *conditions: ColumnElement[bool], lease: timedelta = LEASE
) -> list[SettledJob]:
    """Releases every job whose lease has expired, as ``release`` does; returns the jobs with their new statuses."""
    return await settle(session, table, and_(lease_expired(table, now, lease), *conditions), now, GONE)


async def settle(
    session: Session,
    table: Table,
    which: ColumnElement[bool],
    now: datetime,
    reason: str,
    code: ErrorCode = ErrorCode.INTERNAL,
) -> list[SettledJob]:
    """Takes the selected running jobs from their processes; returns them with their new statuses."""
    wanted, left = table.c.cancel_requested, table.c.attempt < table.c.max_attempts
    fails = and_(not_(wanted), not_(left))
    query = (
        update(table)
        .where(table.c.status == JobStatus.RUNNING.value, which)
        .values(
            status=case(
                (wanted, JobStatus.CANCELLED.value), (left, JobStatus.PENDING.value), else_=JobStatus.FAILED.value
            ),
            owner=None,
            lease_expires_at=None,
            completed_at=case((and_(left, not_(wanted)), None), else_=now),
            error_code=case((fails, code.value), else_=None),
            error_message=case((fails, f"{reason}, at its last attempt."), else_=None),
            **unknown_times(table),
        )
        .returning(table.c.id, table.c.status)
    )
    return [SettledJob(row.id, JobStatus(row.status)) for row in await session.execute(query)]


def unknown_times(table: Table) -> dict[str, None]:
    """Returns the values of those columns of ``ATTEMPT_TIMES`` that a ledger has."""
    return dict.fromkeys(name for name in ATTEMPT_TIMES if name in table.c)


def transition_to(table: Table, target: JobStatus) -> Update:
    """Returns an update that moves jobs to a status, from the statuses with a transition to it."""
    sources = [source.value for source, targets in TRANSITIONS.items() if target in targets]
    return update(table).where(table.c.status.in_(sources)).values(status=target.value)


def hold_condition(table: Table, hold: Hold) -> ColumnElement[bool]:
    """Returns the condition that a job still has this hold."""
    return and_(
        table.c.id == hold.id,
        table.c.status == JobStatus.RUNNING.value,
        table.c.owner == hold.owner,
        table.c.attempt == hold.attempt,
    )


def hold_of(row: Row[Any]) -> Hold:
    """Returns the hold of a row that ``claim`` has returned."""
    return Hold(row.id, row.owner, row.attempt)
