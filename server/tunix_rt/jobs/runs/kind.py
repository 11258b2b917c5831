"""Training runs as a kind of long work: how their supervisors are started, and what those leave behind."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, select

from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.events import append_state
from tunix_rt.domain.runs.files import folder_of, marked_folders, remove, unmark_deleted
from tunix_rt.domain.runs.lifecycle import set_message
from tunix_rt.jobs.queue import Hold
from tunix_rt.jobs.supervision.folder import is_held
from tunix_rt.jobs.supervision.outcome import read_outcome
from tunix_rt.jobs.work import ProcessWork, Work
from tunix_rt.jobs.worker import Leftovers
from tunix_rt.settings import Settings

logger = logging.getLogger(__name__)


class Runs:
    """The kind of work that trains.

    Args:
        settings: how many at once, and where their files lie.
    """

    table = tunix_runs
    conditions: Sequence[ColumnElement[bool]] = (tunix_runs.c.mode == RunMode.LOCAL.value,)

    def __init__(self, settings: Settings) -> None:
        self.slots = settings.run_slots
        self.lease = lease_of(settings)
        self._data_dir = settings.data_dir
        self._environment = os.environ | settings.environment()

    async def begin(self, hold: Hold, tell: Callable[[], None]) -> Work:
        """As ``JobKind.begin``."""
        job = [str(hold.id), str(hold.attempt), hold.owner]
        return await ProcessWork.begin(
            [sys.executable, "-m", "tunix_rt.jobs.runs.process", *job], self._environment, tell
        )

    async def note(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        """As ``JobKind.note``."""
        await append_outcome(session, job_id, message, "Its process is being started.")

    async def look(self, database: Database, hold: Hold) -> Leftovers:
        """As ``JobKind.look``."""
        query = select(tunix_runs.c.id, tunix_runs.c.output_name).where(tunix_runs.c.id == hold.id)
        async with database.read() as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            return Leftovers.NOTHING
        return await asyncio.to_thread(leftovers_in, folder_of(self._data_dir, folder_name(*row)), hold)

    async def sweep(self, database: Database) -> None:
        """Removes the folders of runs whose deletion was interrupted."""
        for folder in await asyncio.to_thread(lambda: list(marked_folders(self._data_dir))):
            async with database.read() as session:
                known = await is_known(session, folder.name)
            await asyncio.to_thread(unmark_deleted if known else remove, folder)


async def append_outcome(session: Session, run_id: uuid.UUID, reason: str | None, otherwise: str) -> None:
    """Tells those who follow a run how it stands now.

    Args:
        otherwise: what people are told where there is no reason to give.
    """
    await set_message(session, run_id, reason or otherwise)
    await append_state(session, run_id, now(), reason)


def leftovers_in(folder: Path, hold: Hold) -> Leftovers:
    """What a run's folder says of an attempt."""
    if is_held(folder):
        return Leftovers.ALIVE
    outcome = read_outcome(folder)
    return Leftovers.OUTCOME if outcome is not None and outcome.is_of(hold) else Leftovers.NOTHING


async def is_known(session: Session, name: str) -> bool:
    """Whether a run has the folder of that name."""
    try:
        named = tunix_runs.c.id == uuid.UUID(name)
    except ValueError:
        named = tunix_runs.c.output_name == name
    return (await session.execute(select(tunix_runs.c.id).where(named))).scalar() is not None
