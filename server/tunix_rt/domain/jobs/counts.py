"""Counts and durations of jobs over all job tables, for health and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, Table, cast, extract, func, literal, select, union_all

from tunix_rt.db.columns import UtcDateTime
from tunix_rt.db.models import datasets, exports, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session

LEDGERS: tuple[Table, ...] = (datasets, exports, tunix_runs)
RECENT = 1000
"""Jobs of each table, the newest ones, whose durations are looked at: a count of all would read every row."""


@dataclass(frozen=True)
class JobCount:
    """The jobs of one table in one status; ``oldest`` is the time the first of them was created."""

    table: str
    status: JobStatus
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Duration:
    """Durations of the latest jobs of one table that ended in one status, in seconds from their start."""

    table: str
    status: JobStatus
    count: int
    mean: float
    longest: float


async def job_counts(session: Session, statuses: Sequence[JobStatus] = tuple(JobStatus)) -> list[JobCount]:
    """Returns the number of jobs by table and status, without zeros; one statement, from indexes."""
    parts = [counting(table, statuses) for table in LEDGERS]
    rows: Any = await session.execute(union_all(*parts))
    return [JobCount(table, JobStatus(status), count, oldest) for table, status, count, oldest in rows]


def counting(table: Table, statuses: Sequence[JobStatus]) -> Select[tuple[str, str, int, datetime]]:
    """Returns one table's part."""
    ledger = table.c
    return (
        select(literal(table.name), ledger.status, func.count(), func.min(ledger.created_at, type_=UtcDateTime()))
        .where(ledger.status.in_([status.value for status in statuses]))
        .group_by(ledger.status)
    )


async def recent_durations(session: Session) -> list[Duration]:
    """Returns the durations of the latest ended jobs by table and status; one statement, at most 1,000 rows each."""
    parts = [timing(table, seconds_between(table, session.dialect.name)) for table in LEDGERS]
    rows: Any = await session.execute(union_all(*parts))
    return [Duration(table, JobStatus(status), count, mean, longest) for table, status, count, mean, longest in rows]


def seconds_between(table: Table, dialect: str) -> ColumnElement[float]:
    """Returns the seconds from a job's start to its end."""
    start, end = table.c.started_at, table.c.completed_at
    if dialect == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 86_400.0
    return cast(extract("epoch", end - start), Double)


def timing(table: Table, seconds: ColumnElement[float]) -> Select[tuple[str, str, int, float, float]]:
    """Returns one table's part."""
    newest = (
        select(table.c.status, seconds.label("seconds"), table.c.completed_at)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(RECENT)
        .subquery()
    )
    found = newest.c
    return (
        select(literal(table.name), found.status, func.count(), func.avg(found.seconds), func.max(found.seconds))
        .where(found.completed_at.is_not(None), found.seconds.is_not(None))
        .group_by(found.status)
    )
