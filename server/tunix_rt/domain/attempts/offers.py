"""Offers: the jobs that workers without the database may take."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, not_, or_

from tunix_rt.db.identity import now
from tunix_rt.db.models import generations, run_artifacts
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Session
from tunix_rt.domain.attempts.tokens import GENERATION_TOKENS, TokenLedger
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY
from tunix_rt.domain.generations.lifecycle import GENERATION_HISTORY
from tunix_rt.domain.jobs.labels import GENERATION_LABELS
from tunix_rt.domain.runs.lifecycle import record_state
from tunix_rt.trainer.contract import RUN_PREFIX, TINY_MODELS

OF_RUN = run_artifacts.c.run_id == generations.c.run_id
HAS_STORED_MODEL = or_(
    generations.c.model_id.in_(sorted(TINY_MODELS)),
    and_(
        generations.c.checkpoint_step.is_(None),
        exists().where(OF_RUN, run_artifacts.c.attempt.is_not(None)).correlate(generations),
        not_(exists().where(OF_RUN, run_artifacts.c.attempt.is_(None)).correlate(generations)),
    ),
)
"""The condition that every machine can have the model of a generation: a run's exported one, if all files are stored.

Other models, and the base models of checkpoints, are in a folder of the servers' machines, which others need not have.
"""
HAS_MODEL_OF_WORKER = and_(GENERATION_LABELS.are_given, generations.c.model_id.not_like(f"{RUN_PREFIX}%"))
"""The condition that the workers with the required labels are those which have the base model of a generation."""
HAS_STORED_PROMPTS = or_(
    generations.c.attempt == 0,
    exists().where(GENERATION_TOKENS.job_id == generations.c.id).correlate(generations),
)
"""The condition that no attempt with the database has made the prompts of a generation, which would differ by now."""

HISTORIES = {JobKindName.GENERATION: GENERATION_HISTORY, JobKindName.EXPORT: EXPORT_HISTORY}
"""The events of the kinds of job that are not runs."""
PICKED_UP = {JobKindName.RUN: "A worker has picked it up.", JobKindName.DRY_RUN: "It is being checked."}
"""The message of a run that was claimed, by its kind of job."""


@dataclass(frozen=True)
class Offer:
    """A kind of job that a worker may take.

    Args:
        conditions: select the jobs of this kind in the ledger.
        fits: selects those among them that the worker may take.
    """

    kind: JobKindName
    ledger: TokenLedger
    conditions: ColumnElement[bool]
    fits: ColumnElement[bool]

    @property
    def wanted(self) -> ColumnElement[bool]:
        """The condition for the jobs that wait for such a worker."""
        return and_(self.conditions, self.ledger.jobs.c.status == JobStatus.PENDING.value, self.fits)

    def is_lost(self, at: datetime, lease: timedelta, grace: timedelta) -> ColumnElement[bool]:
        """See ``TokenLedger.is_lost``; nothing of a lost dry run is worth waiting for, so it has no grace."""
        waited = timedelta() if self.kind is JobKindName.DRY_RUN else grace
        return and_(self.conditions, self.ledger.is_lost(at, lease, waited))

    async def record(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """Appends the job's status to its events, in the transaction that has changed it."""
        if self.kind in PICKED_UP:
            await record_state(session, job_id, message, PICKED_UP[self.kind])
        else:
            await HISTORIES[self.kind].append(session, job_id, now(), message)
