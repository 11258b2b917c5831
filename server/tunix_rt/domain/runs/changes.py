"""Which runs may have changed a moment ago, without a look at the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, union

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Session

ACTIVE = (JobStatus.PENDING.value, JobStatus.RUNNING.value)
SHOWN = [
    tunix_runs.c[name]
    for name in (
        *("id", "status", "attempt", "cancel_requested", "message", "started_at", "completed_at"),
        *("progress", "step", "total_steps", "epoch", "eta_seconds"),
    )
]
"""What a change of is a change of the run: all that a list shows and that does not stay as it was at first."""


async def lately(session: Session, since: datetime) -> Sequence[Any]:
    """The runs that wait or run, and those that were started or have ended since an instant, each as it stands.

    No run that changes escapes: as long as it may change it waits or runs, and when it ends it says when.
    """
    conditions = (
        tunix_runs.c.status.in_(ACTIVE),
        tunix_runs.c.created_at > since,
        tunix_runs.c.completed_at > since,
    )
    return (await session.execute(union(*(select(*SHOWN).where(condition) for condition in conditions)))).all()
