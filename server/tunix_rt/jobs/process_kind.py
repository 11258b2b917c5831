"""The base of the kinds of job whose attempts are processes of our own programs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.histories import JobHistory
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.jobs.engines.base import Engine
from tunix_rt.settings import Settings


class ProcessKind:
    """A kind of job with a separate ledger, whose changes of status are kept as events.

    Args:
        history: the ledger, with the table of its events.
        slots: the number of its jobs that one worker runs concurrently.
        engine: starts its attempts.
        settings: the duration of a lease.
    """

    name: JobKindName
    conditions: Sequence[ColumnElement[bool]] = ()
    claimable: Sequence[ColumnElement[bool]] = ()

    def __init__(self, history: JobHistory, slots: int, engine: Engine, settings: Settings) -> None:
        self.table = history.jobs
        self.slots = slots
        self.engine = engine
        self.lease = lease_of(settings)
        self._history = history

    async def may_start(self, database: Database) -> bool:
        """See ``JobKind.may_start``."""
        return True

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``."""
        await self._history.append(session, job_id, now(), message)

    async def sweep(self, database: Database) -> None:
        """See ``JobKind.sweep``: by default, the next attempt removes what a lost one has left."""
