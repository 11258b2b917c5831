"""Runs whose files are in an object storage, supervised in the test's process."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from tests.support.runs import let_lapse
from tunix_rt.db.identity import now
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of, settle_expired
from tunix_rt.domain.runs.files import runs_folder
from tunix_rt.jobs.runs.process import supervise_on_database
from tunix_rt.settings import Settings


async def supervise(settings: Settings, hold: Hold) -> int:
    """Supervises an attempt on the database, as a local process does."""
    return await supervise_on_database(settings, hold)


async def claimed_run(database: Database) -> Hold:
    """The hold of the next attempt at a run, as a worker gets it."""
    async with database.write() as session:
        row = await claim(session, tunix_runs, f"test:{uuid.uuid4()}", now())
    assert row is not None
    return hold_of(row)


async def next_attempt(database: Database, hold: Hold) -> Hold:
    """The hold of the attempt that follows one whose process is lost."""
    await let_lapse(database, hold.id)
    async with database.write() as session:
        await settle_expired(session, tunix_runs, now())
    return await claimed_run(database)


async def attempts_by_name(database: Database, run_id: uuid.UUID) -> dict[str, int | None]:
    """The attempts that have stored each artifact of a run."""
    query = select(run_artifacts.c.name, run_artifacts.c.attempt).where(run_artifacts.c.run_id == run_id)
    async with database.read() as session:
        return {row.name: row.attempt for row in await session.execute(query)}


def lose_disk(settings: Settings) -> None:
    """Removes all folders of runs, as on a machine that has never had them."""
    shutil.rmtree(runs_folder(settings.data_dir))


def texts(entries: Sequence[Any]) -> str:
    """The reasons and the log lines of a run's sequence, a line each."""
    found = [getattr(entry, "reason", None) or getattr(entry, "text", None) for entry in entries]
    return "\n".join(text for text in found if text)
