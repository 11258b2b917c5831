"""Counts and durations of jobs over all job tables, for health and metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Double, Select, Table, cast, extract, func, literal, select, union_all

from tunix_rt.db.columns import UtcDateTime
from tunix_rt.db.models import datasets, evaluations, exports, generations, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session

LEDGERS: tuple[Table, ...] = (datasets, evaluations, exports, generations, tunix_runs)
RECENT = 1000
"""The number of the newest jobs of each table whose durations are read; all of them would read every row."""


@dataclass(frozen=True)
class JobCount:
    """The number of jobs of one table in one status; ``oldest`` is the creation time of the first one."""

    table: str
    status: JobStatus
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Duration:
    """The durations, from start to finish in seconds, of the latest jobs of one table in one final status."""

    table: str
    status: JobStatus
    count: int
    mean: float
    longest: float


async def job_counts(session: Session, statuses: Sequence[JobStatus] = tuple(JobStatus)) -> list[JobCount]:
    """Returns the number of jobs by table and status, without zeros, in one index-only statement."""
    parts = [count_query(table, statuses) for table in LEDGERS]
    rows: Any = await session.execute(union_all(*parts))
    return [JobCount(table, JobStatus(status), count, oldest) for table, status, count, oldest in rows]


def count_query(table: Table, statuses: Sequence[JobStatus]) -> Select[tuple[str, str, int, datetime]]:
    """Returns the query of ``job_counts`` for one table."""
    ledger = table.c
    return (
        select(literal(table.name), ledger.status, func.count(), func.min(ledger.created_at, type_=UtcDateTime()))
        .where(ledger.status.in_([status.value for status in statuses]))
        .group_by(ledger.status)
    )


async def recent_durations(session: Session) -> list[Duration]:
    """Returns the durations of the latest finished jobs by table and status, in one statement; 1,000 jobs per table."""
    parts = [duration_query(table, seconds_between(table, session.dialect.name)) for table in LEDGERS]
    rows: Any = await session.execute(union_all(*parts))
    return [Duration(table, JobStatus(status), count, mean, longest) for table, status, count, mean, longest in rows]


def seconds_between(table: Table, dialect: str) -> ColumnElement[float]:
    """Returns the seconds from a job's start to its finish."""
    start, end = table.c.started_at, table.c.completed_at
    if dialect == "sqlite":
        return (func.julianday(end) - func.julianday(start)) * 86_400.0
    return cast(extract("epoch", end - start), Double)


def duration_query(table: Table, seconds: ColumnElement[float]) -> Select[tuple[str, str, int, float, float]]:
    """Returns the query of ``recent_durations`` for one table."""
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
