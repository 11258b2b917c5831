"""A run's attempts, derived from its status events: the start and the end of each."""

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
    """One attempt; ``completed_at`` and ``reason`` are None while it is running."""

    attempt: int
    status: JobStatus
    started_at: datetime
    completed_at: datetime | None
    reason: str | None


def turning_points(ids: Sequence[uuid.UUID], kind: str) -> Select[Any]:
    """Selects two states of each attempt: its first RUNNING one, and its first of any other status."""
    seq, runs = run_states.c.seq, run_states.c.status == JobStatus.RUNNING.value
    turns = (
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
        .join_from(turns, found, found.c.run_id == turns.c.run_id)
        .where(or_(found.c.seq == turns.c.start, found.c.seq == turns.c.end))
        .order_by(found.c.run_id, found.c.seq)
    )


async def attempts_of(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Attempt]]:
    """Returns the attempts of each run, in order."""
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
    """Returns the attempt that the states from ``turning_points`` describe; None if it never ran.

    An attempt ends with its first state that is not RUNNING, whatever the run's later states are. If that state is
    PENDING, the attempt's process was lost: the attempt is FAILED.
    """
    start, end = rows[0], rows[-1]
    if start.status == JobStatus.PENDING.value:
        return None
    if end.status == JobStatus.RUNNING.value:
        return Attempt(number, JobStatus.RUNNING, start.at, None, None)
    status = JobStatus(end.status)
    return Attempt(number, status if status in ENDS else JobStatus.FAILED, start.at, end.at, end.reason)
