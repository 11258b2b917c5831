"""The run of an attempt: what its process needs to perform it."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from sqlalchemy import select, update

from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Session
from tunix_rt.domain.generations.rollouts import last_policy_version
from tunix_rt.domain.jobs.queue import Hold, hold_condition
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name
from tunix_rt.settings import Settings

MANIFEST_MAX_CHARS = 1_000_000


class AssignedRun(msgspec.Struct, frozen=True, kw_only=True):
    """The run of an attempt, as it was when the attempt started.

    Args:
        owner: the unique name of the attempt's worker.
        name: the name of the run's folder.
        timeout_seconds: the time limit of the attempt.
        grace_seconds: the time in which the trainer may save a checkpoint after it was asked to stop.
        lease_seconds: the time without a heartbeat after which the attempt counts as lost.
        trace_max_bytes: the largest trace that a rollout may become.
        read_to: how far earlier attempts, and this one before, have stored the events of the run's folders.
        policy_version: the last one whose rollouts are stored; None if there is none, and for methods without any.
    """

    id: uuid.UUID
    attempt: int
    owner: str
    name: str
    dataset_key: str
    config: RunConfig
    timeout_seconds: float
    grace_seconds: float
    lease_seconds: float
    trace_max_bytes: int
    read_to: dict[str, Any]
    policy_version: int | None = None

    @property
    def hold(self) -> Hold:
        """The attempt's hold on its run."""
        return Hold(self.id, self.owner, self.attempt)


async def assigned_run(session: Session, hold: Hold, settings: Settings) -> AssignedRun | None:
    """Returns the run of an attempt; None if the attempt does not hold it."""
    names = ("id", "output_name", "dataset_key", "config", "read_to")
    query = select(*(tunix_runs.c[name] for name in names)).where(hold_condition(tunix_runs, hold))
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    config, longest = config_of(row.config), settings.run_timeout_seconds
    return AssignedRun(
        id=row.id,
        attempt=hold.attempt,
        owner=hold.owner,
        name=folder_name(row.id, row.output_name),
        dataset_key=row.dataset_key,
        config=config,
        timeout_seconds=min(config.timeout_seconds or longest, longest),
        grace_seconds=settings.run_grace_seconds,
        lease_seconds=settings.job_lease_seconds,
        trace_max_bytes=settings.trace_max_bytes,
        read_to=row.read_to or {},
        policy_version=None if config.grpo is None else await last_policy_version(session, row.id),
    )


async def store_manifest(session: Session, hold: Hold, manifest: str) -> None:
    """Stores the manifest with the run, if the attempt holds it."""
    query = update(tunix_runs).where(hold_condition(tunix_runs, hold)).values(manifest=manifest, message="It trains.")
    await session.execute(query)
