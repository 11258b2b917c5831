"""Jobs whose states are kept as events: appended with each change of the job, and read by subscriptions."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, Row, Table, func, insert, literal, select

from tunix_rt.db.columns import UtcDateTime, code_point_text, uuid_column
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.ledger import request_cancel, retry

EVENTS_READ = 200
"""The maximum number of events that one statement reads."""
STATE = ("status", "attempt", "progress")


@dataclass(frozen=True)
class JobHistory:
    """A kind of job with the table of its events.

    Args:
        owner: the events' column with the job's id.
        counts: the columns that an event copies from the job, beside its state.
    """

    jobs: Table
    events: Table
    owner: str
    counts: tuple[str, ...] = ()

    @property
    def job_id(self) -> Column[Any]:
        """The events' column with the job's id."""
        return self.events.c[self.owner]

    async def append(self, session: Session, job_id: uuid.UUID, at: datetime, message: str | None = None) -> None:
        """Appends the current state of a job to its events; does nothing if the job was deleted.

        Called in the transaction that has updated the row, so that the events are numbered without gaps.
        """
        last = select(func.coalesce(func.max(self.events.c.seq), 0)).where(self.job_id == job_id)
        values = {
            self.owner: literal(job_id, uuid_column()),
            "seq": last.scalar_subquery() + literal(1, Integer()),
            "at": literal(at, UtcDateTime()),
            **{name: self.jobs.c[name] for name in (*STATE, *self.counts)},
            "message": literal(message, code_point_text()),
        }
        current = select(*values.values()).where(self.jobs.c.id == job_id)
        await session.execute(insert(self.events).from_select(list(values), current))

    async def after(self, session: Session, job_id: uuid.UUID, after: int | None) -> Sequence[Row[Any]] | None:
        """Returns the events of a job after a sequence number; only the latest one if the number is None.

        Returns None if there is no such job.
        """
        events, seq = select(self.events).where(self.job_id == job_id), self.events.c.seq
        if after is None:
            query = events.order_by(seq.desc()).limit(1)
        else:
            query = events.where(seq > after).order_by(seq).limit(EVENTS_READ)
        rows = (await session.execute(query)).all()
        if rows:
            return rows
        there = await session.scalar(select(self.jobs.c.id).where(self.jobs.c.id == job_id))
        return None if there is None else rows

    async def cancel(self, session: Session, job_id: uuid.UUID, at: datetime, lease: timedelta) -> None:
        """Cancels a job: at once if it is pending or its process is gone, else by asking the process to stop.

        Args:
            at: the time by the database's clock.
            lease: the duration of the process's lease.

        Raises:
            NotFound, Conflict: as ``request_cancel`` does.
        """
        status = await request_cancel(session, self.jobs, job_id, at, lease)
        asked = "Cancellation was requested." if status is JobStatus.RUNNING else None
        await self.append(session, job_id, at, asked)

    async def retry(self, session: Session, job_id: uuid.UUID, at: datetime, **values: Any) -> None:
        """Sets a failed, timed out or cancelled job to pending again.

        Args:
            values: columns that start again.

        Raises:
            NotFound, Conflict: as ``retry`` of the ledger does.
        """
        await retry(session, self.jobs, job_id, **values)
        await self.append(session, job_id, at, "It was queued again.")
