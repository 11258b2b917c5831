"""The ledger as a queue: how processes take jobs, say that they live, and leave what became of them.

Any table with the columns of ``db.models.ledger`` is one. A process that has taken a job holds it by its owner's name
and the number of the attempt: every write names both, and writes nothing once another attempt has begun. Whoever holds
a job renews its lease; when a lease has passed, the process is taken for gone and the job goes back, as often as
attempts are left. Times are arguments, so that nothing here waits; they are those of the database's clock.
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

GONE = "The process that worked on it went away"


@dataclass(frozen=True)
class Hold:
    """A process's hold on a job, the fencing token in each of its writes.

    Args:
        owner: unique to the attempt: two processes never have one name.
    """

    id: uuid.UUID
    owner: str
    attempt: int


class HoldState(Enum):
    """What a process learns when it says that it lives."""

    HELD = auto()
    CANCELLING = auto()
    """It still holds the job, and a user wants it to end."""
    LOST = auto()
    """Another attempt has begun, or the job has ended or is gone: nothing more may be written."""


@dataclass(frozen=True)
class SettledJob:
    """What became of a job whose process is gone: PENDING again, FAILED or CANCELLED."""

    id: uuid.UUID
    status: JobStatus


async def has_waiting(session: Session, table: Table, *conditions: ColumnElement[bool]) -> bool:
    """Whether a job waits: a look that takes no lock."""
    waits = and_(table.c.status == JobStatus.PENDING.value, *conditions)
    return bool((await session.execute(select(exists().where(waits)))).scalar())


async def expired_holds(
    session: Session, table: Table, now: datetime, *conditions: ColumnElement[bool], lease: timedelta = LEASE
) -> list[Hold]:
    """The holds whose lease has passed: a look that takes no lock."""
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
    """Takes the oldest waiting job for its next attempt and gives its row; None if none waits.

    Jobs whose lease has passed are no candidates: ``settle_expired`` lets them wait again, before this is called.

    Args:
        conditions: which jobs are meant, for a queue of several kinds.
    """
    oldest = (
        select(table.c.id)
        .where(table.c.status == JobStatus.PENDING.value, *conditions)
        .order_by(table.c.created_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taking = (
        moving(table, JobStatus.RUNNING)
        .where(table.c.id == oldest.scalar_subquery())
        .values(
            attempt=table.c.attempt + 1,
            owner=owner,
            lease_expires_at=now + lease,
            progress=0.0,
            started_at=now,
        )
        .returning(*table.c)
    )
    return (await session.execute(taking)).one_or_none()


async def heartbeat(
    session: Session, table: Table, hold: Hold, now: datetime, lease: timedelta = LEASE, **values: Any
) -> HoldState:
    """Renews the lease, and tells the process where it stands.

    Args:
        values: columns to set besides, such as the progress.
    """
    query = (
        update(table)
        .where(held(table, hold))
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
    """Writes how a job has ended; false if it was no longer held, and then nothing is written.

    Args:
        status: one of the ends.
        error: why it did not complete.
        values: columns to set besides.
    """
    columns: dict[str, Any] = {"owner": None, "lease_expires_at": None, "completed_at": now}
    if error is not None:
        columns |= {"error_code": error[0].value, "error_message": error[1]}
    if status is JobStatus.COMPLETED:
        columns["progress"] = 1.0
    query = moving(table, status).where(held(table, hold)).values(columns | values).returning(table.c.id)
    return (await session.execute(query)).scalar() is not None


async def release(
    session: Session,
    table: Table,
    hold: Hold,
    now: datetime,
    reason: str = GONE,
    code: ErrorCode = ErrorCode.INTERNAL,
) -> JobStatus | None:
    """Gives up a hold whose process is known to be gone, and gives what became of the job.

    It waits for another attempt if one is left; it is CANCELLED if that was asked for, FAILED otherwise. None if it
    was no longer held.
    """
    settled = await settle(session, table, held(table, hold), now, reason, code)
    return settled[0].status if settled else None


async def settle_expired(
    session: Session, table: Table, now: datetime, *conditions: ColumnElement[bool], lease: timedelta = LEASE
) -> list[SettledJob]:
    """Takes every job whose lease has passed from its process, as ``release`` does, and gives what became of each."""
    return await settle(session, table, and_(lease_expired(table, now, lease), *conditions), now, GONE)


async def settle(
    session: Session,
    table: Table,
    which: ColumnElement[bool],
    now: datetime,
    reason: str,
    code: ErrorCode = ErrorCode.INTERNAL,
) -> list[SettledJob]:
    """Takes some running jobs from their processes."""
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
        )
        .returning(table.c.id, table.c.status)
    )
    return [SettledJob(row.id, JobStatus(row.status)) for row in await session.execute(query)]


def moving(table: Table, target: JobStatus) -> Update:
    """An update that brings jobs to a status, from no status but those that may become it."""
    sources = [source.value for source, targets in TRANSITIONS.items() if target in targets]
    return update(table).where(table.c.status.in_(sources)).values(status=target.value)


def held(table: Table, hold: Hold) -> ColumnElement[bool]:
    """That a job is still held so."""
    return and_(
        table.c.id == hold.id,
        table.c.status == JobStatus.RUNNING.value,
        table.c.owner == hold.owner,
        table.c.attempt == hold.attempt,
    )


def hold_of(row: Row[Any]) -> Hold:
    """The hold that ``claim`` has given."""
    return Hold(row.id, row.owner, row.attempt)
