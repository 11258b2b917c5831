"""Claims of workers without the database: each registers the worker, and may give it an attempt at a run."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Row, Table, and_, exists, or_, select, true

from tunix_rt.db.clock import instant
from tunix_rt.db.membership import among
from tunix_rt.db.models import exports, generations, tunix_runs
from tunix_rt.db.models.jobs import UNFINISHED, JobKindName, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.offers import HAS_MODEL_OF_WORKER, HAS_STORED_MODEL, HAS_STORED_PROMPTS, Offer
from tunix_rt.domain.attempts.tokens import EXPORT_TOKENS, GENERATION_TOKENS, RUN_TOKENS, issue_attempt_token
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.jobs.labels import GENERATION_LABELS, TRAINING, fits_labels, label_errors, require_worker_trains
from tunix_rt.domain.jobs.queue import claim, hold_of, settle_expired
from tunix_rt.domain.jobs.workers import WorkerProcess, renew_worker
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.waiting import CHECKED_BY_WORKERS
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import NotFound, TunixRtError, ValidationErrors
from tunix_rt.setting_values import WORKER_LABELS_MAX

NAME_MAX_CHARS = 200
FOLDERS_MAX = 100
"""The maximum number of folders that a claim names."""
FOLDER_KEPT = timedelta(days=7)


class WorkerClaim(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A worker that shows that it is alive, and may ask for an attempt.

    Args:
        worker: the worker's id, a new one at each start.
        owner: a new unique name for the attempt; None if the worker is busy. A claim that is sent again with the same
            name, since its answer was lost, gets the same attempt.
        kinds: the kinds of job that the worker asks for now, of which the server offers dry runs, runs, generations and
            exports.
        takes: the kinds of job that it takes when it has free slots; those of ``kinds`` by default.
        labels: the labels that it has.
        run: the only run, and the only job, that the worker takes, whatever labels it requires; None if it takes all
            that fit.
        containers: the file types of exports that it can write.
        folders: the jobs whose folders the worker has while it performs none; the answer names those to remove.
    """

    worker: uuid.UUID
    host: str
    process_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    version: str
    kinds: list[JobKindName]
    takes: list[JobKindName] = []
    labels: list[str] = []
    owner: str | None = None
    run: uuid.UUID | None = None
    containers: list[Container] = []
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
        kinds = "" if self.run is not None else ",".join(sorted({kind.value for kind in self.takes or self.kinds}))
        return WorkerProcess(
            self.worker, self.host, self.process_id, self.version, kinds, tuple(self.labels), True, account
        )


@dataclass(frozen=True)
class ClaimedAttempt:
    """An attempt that a worker has claimed.

    Args:
        kind: the kind of job.
        job: the run, the generation or the export.
        name: the name of the job's folder.
        token: the token by which the attempt's process proves it.
    """

    kind: JobKindName
    job: uuid.UUID
    attempt: int
    name: str
    token: str


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


def offers_to(given: WorkerClaim) -> list[Offer]:
    """Returns what a worker may take; nothing if it is busy."""
    if given.owner is None:
        return []
    offers = []
    if JobKindName.DRY_RUN in given.kinds and given.run is None:
        offers.append(Offer(JobKindName.DRY_RUN, RUN_TOKENS, and_(*CHECKED_BY_WORKERS), fits_labels(given.labels)))
    if JobKindName.RUN in given.kinds:
        fits = fits_labels(given.labels) if given.run is None else tunix_runs.c.id == given.run
        offers.append(Offer(JobKindName.RUN, RUN_TOKENS, and_(*TRAINING), fits))
    if JobKindName.GENERATION in given.kinds and given.run is None:
        fits = and_(fits_labels(given.labels, GENERATION_LABELS), or_(HAS_STORED_MODEL, HAS_MODEL_OF_WORKER))
        offers.append(Offer(JobKindName.GENERATION, GENERATION_TOKENS, HAS_STORED_PROMPTS, fits))
    if JobKindName.EXPORT in given.kinds and given.run is None:
        fits = exports.c.container.in_([container.value for container in given.containers])
        offers.append(Offer(JobKindName.EXPORT, EXPORT_TOKENS, true(), fits))
    return offers


async def may_claim(session: Session, given: WorkerClaim, lease: timedelta, grace: timedelta) -> bool:
    """Returns whether there may be an attempt for a worker. Takes no lock."""
    at = await instant(session)
    for offer in offers_to(given):
        jobs = offer.ledger.jobs
        found = or_(offer.wanted, offer.is_lost(at, lease, grace), jobs.c.owner == given.owner)
        if await session.scalar(select(exists().where(found))):
            return True
    return False


async def claim_attempt(
    session: Session, given: WorkerClaim, lease: timedelta, grace: timedelta
) -> ClaimedAttempt | None:
    """Claims the oldest dry run that a worker may take, else the oldest run, generation or export; None if none waits.

    Attempts without the database that are lost are settled first.

    Args:
        grace: the time after the end of its lease within which such an attempt may report again.
    """
    at, offers = await instant(session), offers_to(given)
    for offer in offers:
        lost = offer.is_lost(at, lease, grace)
        for settled in await settle_expired(session, offer.ledger.jobs, at, lost, lease=lease):
            await offer.record(session, settled.id, "Its process stopped sending heartbeats.")
    for offer in offers:
        jobs = offer.ledger.jobs
        again = and_(offer.conditions, jobs.c.owner == given.owner, jobs.c.status == JobStatus.RUNNING.value)
        row = (await session.execute(select(jobs).where(again))).one_or_none()
        if row is not None:
            return await issue_attempt(session, offer, row)
    for offer in offers:
        row = await claim(session, offer.ledger.jobs, str(given.owner), at, offer.wanted, lease=lease)
        if row is not None:
            await offer.record(session, row.id, None)
            return await issue_attempt(session, offer, row)
    return None


async def issue_attempt(session: Session, offer: Offer, row: Row[Any]) -> ClaimedAttempt:
    """Returns the attempt that a row names, with a new token."""
    token = await issue_attempt_token(session, offer.ledger.jobs, hold_of(row))
    name = folder_name(row.id, row.output_name) if offer.ledger is RUN_TOKENS else str(row.id)
    return ClaimedAttempt(offer.kind, row.id, row.attempt, name, token)


async def register(session: Session, given: WorkerClaim, account: uuid.UUID | None = None) -> None:
    """Records the heartbeat of a worker.

    Args:
        account: the key of the claim; None without keys.

    Raises:
        Conflict: another key has registered a worker with this id.
    """
    await renew_worker(session, given.process(account), await instant(session))


async def unneeded_folders(session: Session, given: WorkerClaim) -> list[uuid.UUID]:
    """Returns the jobs that no longer need the folder that the worker has of them.

    Such a job does not exist, or is completed or cancelled. One that has failed keeps its folder for ``FOLDER_KEPT``,
    since a retry may need what could not be uploaded; one of an export needs nothing of it.
    """
    needed: set[uuid.UUID] = set()
    if given.folders:
        at = await instant(session)
        for table in (tunix_runs, generations, exports):
            mine = among(table.c.id, given.folders, session.dialect.name)
            needed |= set((await session.execute(select(table.c.id).where(mine, needs_folder(table, at)))).scalars())
    return [job_id for job_id in given.folders if job_id not in needed]


def needs_folder(table: Table, at: datetime) -> ColumnElement[bool]:
    """Returns the condition for the jobs that may need a folder on a worker's machine."""
    unfinished = table.c.status.in_([status.value for status in UNFINISHED])
    if table is exports:
        return unfinished
    failed = table.c.status.in_([JobStatus.FAILED.value, JobStatus.TIMEOUT.value])
    return or_(unfinished, and_(failed, table.c.completed_at > at - FOLDER_KEPT))
