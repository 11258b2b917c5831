"""Claims of workers without the database: each registers the worker, and may give it an attempt at a run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from sqlalchemy import ColumnElement, and_, exists, or_, select

from tunix_rt.db.clock import instant
from tunix_rt.db.membership import among
from tunix_rt.db.models import attempt_tokens, tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.tokens import issue_attempt_token
from tunix_rt.domain.jobs.labels import TRAINING, fits_labels, label_errors, require_worker_trains
from tunix_rt.domain.jobs.queue import claim, hold_of, settle_expired
from tunix_rt.domain.jobs.workers import WorkerProcess, renew_worker
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.lifecycle import record_state
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import NotFound, TunixRtError, ValidationErrors
from tunix_rt.setting_values import WORKER_LABELS_MAX

NAME_MAX_CHARS = 200
FOLDERS_MAX = 100
"""The maximum number of folders that a claim names."""
FOLDER_KEPT = timedelta(days=7)
HAS_TOKEN = exists().where(attempt_tokens.c.run_id == tunix_runs.c.id, attempt_tokens.c.attempt == tunix_runs.c.attempt)
"""The condition that the newest attempt at a run is, or was, performed without the database."""


class WorkerClaim(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A worker that shows that it is alive, and may ask for an attempt.

    Args:
        worker: the worker's id, a new one at each start.
        owner: a new unique name for the attempt; None if the worker is busy. A claim that is sent again with the same
            name, since its answer was lost, gets the same attempt.
        kinds: the kinds of job that the worker takes, of which the server offers runs.
        labels: the labels that it has.
        run: the only run that the worker takes, whatever labels it requires; None if it takes all that fit.
        folders: the runs whose folders the worker has while it performs none; the answer names those to remove.
    """

    worker: uuid.UUID
    host: str
    process_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    version: str
    kinds: list[JobKindName]
    labels: list[str] = []
    owner: str | None = None
    run: uuid.UUID | None = None
    folders: Annotated[list[uuid.UUID], msgspec.Meta(max_length=FOLDERS_MAX)] = []

    def check(self) -> None:
        """Checks the texts and the labels.

        Raises:
            ValidationErrors: all errors, each on its own field.
        """
        texts = (("host", self.host), ("version", self.version), ("owner", self.owner))
        errors: list[TunixRtError] = list(label_errors(self.labels, WORKER_LABELS_MAX))
        for name, text in texts:
            errors += [] if text is None else text_errors(text, 1, NAME_MAX_CHARS, [name])
        if errors:
            raise ValidationErrors(errors)

    def process(self, account: uuid.UUID | None) -> WorkerProcess:
        """Returns the worker as it registers: without kinds of job if it takes a single run, since no other goes to it.

        Args:
            account: the key of the claim; None without keys.
        """
        kinds = "" if self.run is not None else ",".join(sorted({kind.value for kind in self.kinds}))
        return WorkerProcess(
            self.worker, self.host, self.process_id, self.version, kinds, tuple(self.labels), True, account
        )

    @property
    def wanted(self) -> ColumnElement[bool]:
        """The condition for the runs that the worker may take."""
        fits = fits_labels(self.labels) if self.run is None else tunix_runs.c.id == self.run
        return and_(*TRAINING, tunix_runs.c.status == JobStatus.PENDING.value, fits)


@dataclass(frozen=True)
class ClaimedAttempt:
    """An attempt that a worker has claimed.

    Args:
        name: the name of the run's folder.
        token: the token by which the attempt's process proves it.
    """

    run: uuid.UUID
    attempt: int
    name: str
    token: str


def is_lost(at: datetime, grace: timedelta) -> ColumnElement[bool]:
    """Returns the condition that an attempt without the database has not reported for its lease and the grace.

    Args:
        at: the time by the database's clock.
    """
    running = tunix_runs.c.status == JobStatus.RUNNING.value
    return and_(*TRAINING, running, HAS_TOKEN, tunix_runs.c.lease_expires_at < at - grace)


async def find_status(session: Session, given: WorkerClaim) -> JobStatus | None:
    """Returns the status of the only run that a worker takes; None if it takes all that fit.

    Raises:
        NotFound: the run does not exist.
        Conflict: no worker trains it.
    """
    if given.run is None:
        return None
    columns = (tunix_runs.c.mode, tunix_runs.c.engine, tunix_runs.c.status)
    row = (await session.execute(select(*columns).where(tunix_runs.c.id == given.run))).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {given.run}.", ["run"])
    require_worker_trains(row.mode, row.engine, ["run"])
    return JobStatus(row.status)


async def may_claim(session: Session, given: WorkerClaim, grace: timedelta) -> bool:
    """Returns whether there may be an attempt for a worker. Takes no lock."""
    if given.owner is None or JobKindName.RUN not in given.kinds:
        return False
    lost = is_lost(await instant(session), grace)
    found = select(exists().where(or_(given.wanted, lost, tunix_runs.c.owner == given.owner)))
    return bool(await session.scalar(found))


async def claim_attempt(
    session: Session, given: WorkerClaim, lease: timedelta, grace: timedelta
) -> ClaimedAttempt | None:
    """Claims the oldest run that a worker may take, for its next attempt; returns None if none waits.

    Attempts without the database that are lost are settled first.

    Args:
        grace: the time after the end of its lease within which such an attempt may report again.
    """
    at = await instant(session)
    for settled in await settle_expired(session, tunix_runs, at, is_lost(at, grace), lease=lease):
        await record_state(session, settled.id, "Its process stopped sending heartbeats.", "")
    if given.owner is None:
        return None
    again = and_(tunix_runs.c.owner == given.owner, tunix_runs.c.status == JobStatus.RUNNING.value)
    row = (await session.execute(select(tunix_runs).where(again))).one_or_none()
    if row is None:
        row = await claim(session, tunix_runs, given.owner, at, given.wanted, lease=lease)
        if row is None:
            return None
        await record_state(session, row.id, None, "A worker has picked it up.")
    token = await issue_attempt_token(session, tunix_runs, hold_of(row))
    return ClaimedAttempt(row.id, row.attempt, folder_name(row.id, row.output_name), token)


async def register(session: Session, given: WorkerClaim, account: uuid.UUID | None = None) -> None:
    """Records the heartbeat of a worker.

    Args:
        account: the key of the claim; None without keys.

    Raises:
        Conflict: another key has registered a worker with this id.
    """
    await renew_worker(session, given.process(account), await instant(session))


async def unneeded_folders(session: Session, given: WorkerClaim) -> list[uuid.UUID]:
    """Returns those of the runs whose folders a worker has that need their folder no more.

    Such a run does not exist, or is completed or cancelled. One that has failed keeps its folder for ``FOLDER_KEPT``,
    since a retry may need what could not be uploaded.
    """
    if not given.folders:
        return []
    at, ids = await instant(session), given.folders
    kept = or_(
        tunix_runs.c.status.in_([JobStatus.PENDING.value, JobStatus.RUNNING.value]),
        and_(
            tunix_runs.c.status.in_([JobStatus.FAILED.value, JobStatus.TIMEOUT.value]),
            tunix_runs.c.completed_at > at - FOLDER_KEPT,
        ),
    )
    query = select(tunix_runs.c.id).where(among(tunix_runs.c.id, ids, session.dialect.name), kept)
    needed = set((await session.execute(query)).scalars())
    return [run_id for run_id in ids if run_id not in needed]
