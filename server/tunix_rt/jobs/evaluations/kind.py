"""Evaluations as a kind of job: starts their processes."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.identity import now
from tunix_rt.db.models import evaluations
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.evaluations.generating import GENERATED
from tunix_rt.domain.evaluations.lifecycle import EVALUATION_HISTORY
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.settings import Settings


class Evaluations:
    """The kind of job that compares candidates.

    Args:
        settings: the number of slots and the duration of a lease.
    """

    table = evaluations
    conditions: Sequence[ColumnElement[bool]] = (GENERATED,)

    def __init__(self, settings: Settings) -> None:
        self.slots = settings.evaluation_slots
        self.lease = lease_of(settings)
        self.engine = ProcessEngine("tunix_rt.jobs.evaluations.process", settings)

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``."""
        await note_evaluation(session, job_id, message)

    async def sweep(self, database: Database) -> None:
        """See ``JobKind.sweep``: the next attempt removes what a lost one has stored."""


async def note_evaluation(session: Session, job_id: uuid.UUID, message: str | None) -> None:
    """Appends an evaluation's current status to its events."""
    await EVALUATION_HISTORY.append(session, job_id, now(), message)
