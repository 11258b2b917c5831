"""A run's attempts, told from its states: when a process began with each, and what became of it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import run_states
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.ledger import ENDS


@dataclass(frozen=True)
class Attempt:
    """One attempt; ``completed_at`` and ``reason`` are None while it goes on."""

    attempt: int
    status: JobStatus
    started_at: datetime
    completed_at: datetime | None
    reason: str | None


def turning_points(ids: Sequence[uuid.UUID], kind: str) -> Select[Any]:
    """Of each attempt its first state as RUNNING, and its first that is another."""
    seq, runs = run_states.c.seq, run_states.c.status == JobStatus.RUNNING.value
    places = (
        select(
            run_states.c.run_id,
            run_states.c.attempt,
            func.min(case((runs, seq))).label("start"),
            func.min(case((runs, None), else_=seq)).label("end"),
        )
        .where(among(run_states.c.run_id, ids, kind), run_states.c.attempt >= 1)
        .group_by(run_states.c.run_id, run_states.c.attempt)
        .subquery()
    )
    found = run_states.alias()
    return (
        select(found.c.run_id, found.c.attempt, found.c.seq, found.c.status, found.c.at, found.c.reason)
        .join_from(places, found, found.c.run_id == places.c.run_id)
        .where(or_(found.c.seq == places.c.start, found.c.seq == places.c.end))
        .order_by(found.c.run_id, found.c.seq)
    )


async def attempts_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Attempt]]:
    """The attempts of runs, from the first on."""
    points: dict[tuple[uuid.UUID, int], list[Any]] = defaultdict(list)
    for row in await session.execute(turning_points(ids, session.dialect.name)):
        points[row.run_id, row.attempt].append(row)
    found: dict[uuid.UUID, list[Attempt]] = {run_id: [] for run_id in ids}
    for (run_id, number), rows in sorted(points.items()):
        attempt = attempt_of(number, rows)
        if attempt is not None:
            found[run_id].append(attempt)
    return found


def attempt_of(number: int, rows: Sequence[Any]) -> Attempt | None:
    """The attempt that its turning points tell; None if it never ran.

    Whatever became of the run later, an attempt is over with the first state that is not RUNNING: a run that waits
    again after it, without an end before, has lost the attempt's process.
    """
    start, end = rows[0], rows[-1]
    if start.status == JobStatus.PENDING.value:
        return None
    if end.status == JobStatus.RUNNING.value:
        return Attempt(number, JobStatus.RUNNING, start.at, None, None)
    status = JobStatus(end.status)
    return Attempt(number, status if status in ENDS else JobStatus.FAILED, start.at, end.at, end.reason)
