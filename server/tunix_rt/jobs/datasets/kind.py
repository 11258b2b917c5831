"""Datasets as a kind of job: starts their processes, and removes the members of unfinished datasets."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement

from tunix_rt.db.models import datasets
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.datasets.storage import datasets_with_leftovers, remove_leftovers
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.jobs.engines.local import ProcessEngine
from tunix_rt.settings import Settings

REMOVED_AT_ONCE = 10_000
"""The maximum number of members that one transaction removes, so that other writers are not blocked for long."""


class Datasets:
    """The kind of job that builds large datasets.

    Args:
        settings: the number of slots and the duration of a lease.
    """

    name = JobKindName.DATASET
    table = datasets
    conditions: Sequence[ColumnElement[bool]] = ()
    claimable: Sequence[ColumnElement[bool]] = ()

    def __init__(self, settings: Settings) -> None:
        self.slots = settings.dataset_slots
        self.lease = lease_of(settings)
        self.engine = ProcessEngine("tunix_rt.jobs.datasets.process", settings)

    async def may_start(self, database: Database) -> bool:
        """See ``JobKind.may_start``."""
        return True

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """See ``JobKind.record_event``: datasets have no events."""

    async def sweep(self, database: Database) -> None:
        """Removes the stored members of unfinished datasets."""
        async with database.read() as session:
            left = await datasets_with_leftovers(session)
        for dataset_id in left:
            await remove_all_leftovers(database, dataset_id)


async def remove_all_leftovers(database: Database, dataset_id: uuid.UUID) -> None:
    """Removes the stored members of a dataset that is neither completed nor being built."""
    while True:
        async with database.write() as session:
            if await remove_leftovers(session, dataset_id, REMOVED_AT_ONCE) < REMOVED_AT_ONCE:
                return
