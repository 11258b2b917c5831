"""Datasets as a kind of long work: how their processes are started, and what unfinished ones leave behind."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.models import datasets
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.storage import datasets_with_leftovers, remove_leftovers
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.settings import Settings

REMOVED_AT_ONCE = 10_000
"""Members that one transaction removes: others write in between."""


class Datasets:
    """The kind of work that builds large datasets.

    Args:
        settings: how many at once, and how long a lease is.
    """

    table = datasets
    conditions: Sequence[ColumnElement[bool]] = ()

    def __init__(self, settings: Settings) -> None:
        self.slots = settings.dataset_slots
        self.lease = lease_of(settings)
        self.engine = ProcessEngine("tunix_rt.jobs.datasets.process", settings)

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``: datasets have no events."""

    async def sweep(self, database: Database) -> None:
        """Removes the members that unfinished datasets were left with."""
        async with database.read() as session:
            left = await datasets_with_leftovers(session)
        for dataset_id in left:
            await remove_all_leftovers(database, dataset_id)


async def remove_all_leftovers(database: Database, dataset_id: uuid.UUID) -> None:
    """Removes the members that a dataset was left with that is neither completed nor being built."""
    while True:
        async with database.write() as session:
            if await remove_leftovers(session, dataset_id, REMOVED_AT_ONCE) < REMOVED_AT_ONCE:
                return
