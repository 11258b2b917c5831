"""Labels: a job may require some of the worker that takes it, such as ``gpu``; a worker's are set by its settings."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, exists, insert, not_, or_, select

from tunix_rt.db.clock import instant
from tunix_rt.db.models import attempt_tokens, generation_labels, generations, run_labels, tunix_runs, workers
from tunix_rt.db.models.jobs import LABELS_MAX, JobKindName
from tunix_rt.db.models.runs import CLUSTERS, EXTERNAL, RunEngine, RunMode
from tunix_rt.db.session import Session
from tunix_rt.domain.jobs.workers import has_fitting_worker
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput, Conflict, PathPart
from tunix_rt.setting_values import LABEL, LABEL_RULE

TRAINING = (
    tunix_runs.c.mode == RunMode.TRAIN.value,
    tunix_runs.c.engine.not_in([EXTERNAL, *(engine.value for engine in CLUSTERS)]),
)
"""The conditions for the runs that workers train themselves."""
QUEUED = "It is queued."


@dataclass(frozen=True)
class RequiredLabels:
    """The table of the labels that the jobs of a ledger require.

    Args:
        owner: its column with the job's id.
    """

    jobs: Table
    labels: Table
    owner: str

    @property
    def job_id(self) -> Column[Any]:
        """The column with the job's id."""
        return self.labels.c[self.owner]

    @property
    def are_given(self) -> ColumnElement[bool]:
        """The condition that a job requires labels."""
        return exists().where(self.job_id == self.jobs.c.id).correlate(self.jobs)


RUN_LABELS = RequiredLabels(tunix_runs, run_labels, "run_id")
GENERATION_LABELS = RequiredLabels(generations, generation_labels, "generation_id")


def label_errors(labels: Sequence[str], maximum: int = LABELS_MAX) -> Iterator[BadUserInput]:
    """Yields the errors of some labels, each with the position of its label."""
    if len(labels) > maximum:
        yield BadUserInput(f"labels must have at most {maximum} labels; it has {len(labels)}.", ["labels"])
        return
    for position, label in enumerate(labels):
        if not LABEL.fullmatch(label):
            yield BadUserInput(f"Each label must have {LABEL_RULE}; one is {clip(label)!r}.", ["labels", position])
    if len(set(labels)) < len(labels):
        yield BadUserInput("labels has the same label twice.", ["labels"])


def require_worker_trains(mode: str, engine: str, path: Sequence[PathPart]) -> None:
    """Checks the conditions of ``TRAINING`` for one run.

    Args:
        path: the path of the run's id in the request.

    Raises:
        Conflict: no worker trains the run.
    """
    if mode != RunMode.TRAIN.value:
        raise Conflict("The run is a dry run, which no worker trains; start a run with mode TRAIN.", path)
    if engine == EXTERNAL:
        raise Conflict("The run is external: only its own program can train it.", path)
    if engine in {cluster.value for cluster in CLUSTERS}:
        name = RunEngine(engine).name
        raise Conflict(f"The run is trained by the cluster of its engine {name}; start a run with LOCAL.", path)


async def store_labels(
    session: Session, job_id: uuid.UUID, labels: Sequence[str], required: RequiredLabels = RUN_LABELS
) -> None:
    """Stores the labels that a job requires, in the transaction that inserts it."""
    rows = [{required.owner: job_id, "position": position, "label": label} for position, label in enumerate(labels)]
    if rows:
        await session.execute(insert(required.labels), rows)


async def queued_message(session: Session, mode: RunMode, labels: Sequence[str], *, elsewhere: bool = False) -> str:
    """Returns the message of a run that waits; it states if no live worker can train it.

    Args:
        elsewhere: whether only workers without the database can train it.
    """
    if mode is not RunMode.TRAIN or not (labels or elsewhere):
        return QUEUED
    if await has_fitting_worker(session, await instant(session), labels, remote=elsewhere):
        return QUEUED
    if labels:
        return f"{QUEUED} When it was started, no live worker had the labels that it requires: {', '.join(labels)}."
    return f"{QUEUED} When it was started, this server could not train, and no other worker was alive."


async def may_train_elsewhere(session: Session, labels: Sequence[str]) -> bool:
    """Returns whether a run of a server that cannot train may wait: it requires labels, or other machines are known."""
    return bool(labels) or await knows_remote_workers(session)


async def knows_remote_workers(session: Session) -> bool:
    """Returns whether a worker without the database, of more than exports, is registered, or one has trained before."""
    registered = exists().where(workers.c.remote, workers.c.kinds != JobKindName.EXPORT.value)
    performed = exists().where(attempt_tokens.c.run_id == tunix_runs.c.id, *TRAINING)
    return bool(await session.scalar(select(or_(registered, performed))))


def fits_labels(labels: Collection[str], required: RequiredLabels = RUN_LABELS) -> ColumnElement[bool]:
    """Returns the condition that a job requires no other labels than these."""
    mine = select(required.job_id).where(required.job_id == required.jobs.c.id)
    lacking = mine.where(required.labels.c.label.not_in(sorted(labels))) if labels else mine
    return not_(exists(lacking.correlate(required.jobs)))
