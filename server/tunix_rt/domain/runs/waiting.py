"""Runs that wait for a worker: where dry runs are performed, and what keeps a run from starting."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, not_, or_, update

from tunix_rt.db.clock import instant
from tunix_rt.db.models import run_states, tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.runs import RunEngine, RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.labels import RUN_LABELS
from tunix_rt.domain.jobs.workers import has_fitting_worker
from tunix_rt.domain.runs.events import append_state
from tunix_rt.errors import ErrorCode

DRY_RUN_WAIT = timedelta(minutes=5)
"""The longest time for which a dry run waits for a worker."""
DRY_RUNS = tunix_runs.c.mode == RunMode.DRY_RUN.value
CHECKED_BY_WORKERS = (DRY_RUNS, tunix_runs.c.engine == RunEngine.LOCAL.value)
"""The conditions for the dry runs that are not for any server: other machines have what they need."""
CHECKED_WITH_DATABASE = or_(tunix_runs.c.engine != RunEngine.LOCAL.value, RUN_LABELS.are_given)
"""The condition for the dry runs that workers with the database may perform, if they have the labels."""
NOT_TAKEN = f"No worker has taken the dry run within {DRY_RUN_WAIT.seconds // 60} minutes."


async def dry_run_columns(session: Session, labels: Sequence[str], at: datetime, *, elsewhere: bool) -> dict[str, Any]:
    """Returns the columns of a dry run that a worker performs; none for one that this server performs.

    It is for workers if it requires labels, and fails at once if no live one has them.

    Args:
        elsewhere: whether workers without the database are preferred, since this machine cannot train.
    """
    wanted = JobKindName.DRY_RUN
    if labels:
        engine = {"engine": RunEngine.LOCAL.value}
        if await has_fitting_worker(session, await instant(session), labels, kind=wanted):
            return engine
        reason = f"No live worker that performs dry runs has the labels {', '.join(labels)}."
        return engine | failed_to_start(reason, at)
    if elsewhere and await has_fitting_worker(session, await instant(session), (), kind=wanted, remote=True):
        return {"engine": RunEngine.LOCAL.value}
    return {}


def failed_to_start(reason: str, at: datetime) -> dict[str, Any]:
    """Returns the columns of a run that could not be started."""
    return {
        "status": JobStatus.FAILED.value,
        "completed_at": at,
        "error_code": ErrorCode.UNAVAILABLE.value,
        "error_message": reason,
        "message": reason,
    }


async def fail_waiting_dry_runs(session: Session, at: datetime, *which: ColumnElement[bool]) -> list[uuid.UUID]:
    """Fails the dry runs that have waited for a worker for ``DRY_RUN_WAIT``, and returns their ids.

    Args:
        at: the current time.
        which: select the runs.
    """
    of_run = run_states.c.run_id == tunix_runs.c.id
    queued_lately = exists().where(of_run, run_states.c.at > at - DRY_RUN_WAIT).correlate(tunix_runs)
    waits = (*CHECKED_BY_WORKERS, tunix_runs.c.status == JobStatus.PENDING.value, not_(queued_lately))
    failing = update(tunix_runs).where(*waits, *which).values(failed_to_start(NOT_TAKEN, at))
    found = list((await session.execute(failing.returning(tunix_runs.c.id))).scalars())
    for run_id in found:
        await append_state(session, run_id, at, NOT_TAKEN)
    return found
