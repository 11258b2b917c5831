"""Registered workers: each renews its row with a heartbeat, and is alive while the last one is recent.

All times are by the database's clock, since the clocks of workers may differ.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from tunix_rt.db.models import workers
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Session
from tunix_rt.errors import Conflict

ALIVE = timedelta(seconds=30)
"""The time since the last heartbeat within which a worker counts as alive."""

RETENTION = timedelta(hours=1)
"""The time since the last heartbeat after which a worker's row is deleted."""

WORKERS_MAX = 100
"""The maximum number of live workers that are read."""

COLUMNS = ("id", "host", "process_id", "version", "kinds", "remote", "account")
"""The columns that a worker registers as they are."""


@dataclass(frozen=True)
class WorkerProcess:
    """A worker as it registers.

    Args:
        kinds: the kinds of job that it takes, separated by commas.
        labels: its labels, which the runs that it takes may require.
        remote: whether it has no database, and claims jobs from a server.
        account: the key, or the id of the user, by which it registers; None without keys.
    """

    id: uuid.UUID
    host: str
    process_id: int
    version: str
    kinds: str
    labels: tuple[str, ...] = ()
    remote: bool = False
    account: uuid.UUID | None = None


def is_worker(worker: WorkerProcess) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions for the row of a worker."""
    if worker.remote:
        return is_remote(worker.id, worker.account)
    return (workers.c.id == worker.id, ~workers.c.remote)


def is_remote(worker_id: uuid.UUID, account: uuid.UUID | None) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions for the row of a worker without the database that a key has registered."""
    return (workers.c.id == worker_id, workers.c.remote, workers.c.account.is_not_distinct_from(account))


def seen_within(period: timedelta, at: datetime) -> ColumnElement[bool]:
    """Returns the condition that a heartbeat is recent, or no further ahead: the clock may have been set back."""
    return workers.c.seen_at.between(at - period, at + period)


async def renew_worker(session: Session, worker: WorkerProcess, at: datetime) -> None:
    """Records a worker's heartbeat, registers it if it has no row, and deletes the rows of long lost workers.

    Raises:
        Conflict: a worker of another key, or one with the database, has this id.
    """
    await session.execute(delete(workers).where(~seen_within(RETENTION, at), workers.c.id != worker.id))
    renewed = await session.execute(update(workers).where(*is_worker(worker)).values(seen_at=at))
    if not renewed.rowcount:
        if await session.scalar(select(workers.c.id).where(workers.c.id == worker.id)) is not None:
            raise Conflict("Another key has registered a worker with this id; each start needs a new one.", ["worker"])
        columns = {name: getattr(worker, name) for name in COLUMNS}
        columns["labels"] = ",".join(worker.labels) or None
        await session.execute(insert(workers).values(**columns, started_at=at, seen_at=at))


async def delete_worker(session: Session, worker_id: uuid.UUID) -> None:
    """Deletes the row of a worker that stops."""
    await session.execute(delete(workers).where(workers.c.id == worker_id))


async def delete_remote_worker(session: Session, worker_id: uuid.UUID, account: uuid.UUID | None) -> None:
    """Deletes the row of a worker without the database, if this key has registered it; else it does nothing.

    Args:
        account: the key, or the id of the user, of the request; None without keys.
    """
    await session.execute(delete(workers).where(*is_remote(worker_id, account)))


async def live_workers(session: Session, at: datetime) -> Sequence[Row[Any]]:
    """Returns the rows of the workers that are alive, the longest-running first; up to ``WORKERS_MAX``."""
    query = select(workers).where(seen_within(ALIVE, at)).order_by(workers.c.started_at, workers.c.id)
    return (await session.execute(query.limit(WORKERS_MAX))).all()


async def has_fitting_worker(
    session: Session,
    at: datetime,
    labels: Collection[str],
    *,
    kind: JobKindName = JobKindName.RUN,
    remote: bool = False,
) -> bool:
    """Returns whether a worker is alive that takes a kind of job and has some labels.

    Args:
        remote: whether only workers without the database count.
    """
    query = select(workers.c.kinds, workers.c.labels).where(seen_within(ALIVE, at)).distinct()
    rows = (await session.execute(query.where(workers.c.remote) if remote else query)).all()
    taking = [row for row in rows if kind.value in row.kinds.split(",")]
    return any(set(labels) <= set((row.labels or "").split(",")) for row in taking)


async def count_live_workers(session: Session, at: datetime) -> int:
    """Returns the number of workers that are alive."""
    query = select(func.count()).select_from(workers).where(seen_within(ALIVE, at))
    return (await session.execute(query)).scalar_one()


async def count_live_workers_by_kind(session: Session, at: datetime) -> Mapping[JobKindName, int]:
    """Returns the number of live workers that take each kind of job, with zeros."""
    query = select(workers.c.kinds, func.count()).where(seen_within(ALIVE, at)).group_by(workers.c.kinds)
    found: Counter[str] = Counter()
    for kinds, count in (await session.execute(query)).all():
        found.update(dict.fromkeys(kinds.split(","), count))
    return {kind: found[kind.value] for kind in JobKindName}
