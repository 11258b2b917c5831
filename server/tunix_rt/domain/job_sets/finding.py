"""Finds the run that a JobSet trains."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import UNFINISHED, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.job_sets.manifest import RunOfJobSet
from tunix_rt.domain.jobs.labels import require_worker_trains
from tunix_rt.domain.jobs.ledger import RETRIABLE
from tunix_rt.domain.runs.config import config_of, without_parameters
from tunix_rt.domain.runs.manifest import Mesh
from tunix_rt.errors import Conflict
from tunix_rt.settings import Settings

COLUMNS = [tunix_runs.c[name] for name in ("id", "mode", "engine", "status", "max_attempts", "config")]


async def find_run(session: Session, run_id: uuid.UUID, settings: Settings) -> RunOfJobSet | None:
    """Returns the run that a JobSet is to train; None if there is none with this id.

    Raises:
        Conflict: it does not train, is trained elsewhere, has no known parameters, or has ended.
    """
    row = (await session.execute(select(*COLUMNS).where(tunix_runs.c.id == run_id))).one_or_none()
    if row is None:
        return None
    require_trainable(row.mode, row.engine, JobStatus(row.status), known=row.config is not None)
    mesh = config_of(row.config).mesh or Mesh()
    return RunOfJobSet(
        id=row.id,
        devices=(mesh.fsdp or 1) * (mesh.tp or 1),
        restarts=row.max_attempts - 1,
        grace_seconds=settings.run_grace_seconds,
    )


def require_trainable(mode: str, engine: str, status: JobStatus, *, known: bool) -> None:
    """Checks that a worker can take a run, now or when its present attempt is lost.

    Raises:
        Conflict: none can.
    """
    require_worker_trains(mode, engine, ["id"])
    if not known:
        raise without_parameters()
    if status not in UNFINISHED:
        advice = "retry it first" if status in RETRIABLE else "start a new run instead"
        raise Conflict(f"The run is {status.value}; {advice}.", ["id"])
