"""The process that builds one dataset: ``python -m tunix_rt.jobs.datasets.process DATASET ATTEMPT OWNER``.

It chooses the members page by page, stores each page in a transaction that also renews its lease, and records how it
ended. When its hold is lost it stores nothing more and ends without a word. Status 0 says that the ledger knows how it
ended, any other that it does not.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy import select

from tunix_rt.db.models import datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import completed_columns, empty_sampling_error, members_of
from tunix_rt.domain.datasets.members import append_members, remove_members
from tunix_rt.domain.datasets.recipes import ListedMembers, Sampling, Splitting, recipe_of
from tunix_rt.domain.datasets.sampling import Facts, sample_traces
from tunix_rt.domain.datasets.splitting import empty_part_error, part_members
from tunix_rt.domain.datasets.stats import StatsCollector
from tunix_rt.domain.exports.reading import prefetch
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.traces.selection import count_selected
from tunix_rt.errors import BadUserInput, ErrorCode, TunixRtError, Unavailable
from tunix_rt.jobs.datasets.kind import REMOVED_AT_ONCE, remove_all_leftovers
from tunix_rt.jobs.holding import Heartbeat, HeldJob, JobFailed, JobStopped
from tunix_rt.jobs.queue import Hold, HoldState, held
from tunix_rt.settings import Settings, settings_from

logger = logging.getLogger("tunix_rt")

PAGE_ROWS = 10_000
"""Members of a page: a transaction that stores them keeps other writers waiting for a tenth of a second."""

PATIENCE_SECONDS = 300.0
"""How long it waits for a database that is away, before it leaves the job to another attempt."""

STATEMENT_SECONDS = 600.0
"""Nobody waits for a page as for a request's: a filter without an index may look at every trace."""

NICENESS = 10
"""Requests come first."""


Derivable: TypeAlias = Sampling | Splitting
"""The recipes that can be derived from what is stored."""


class Building:
    """Stores the members of a dataset as they are chosen, and counts what they are like."""

    def __init__(self, job: HeldJob) -> None:
        self._job = job
        self._digest = hashlib.sha256()
        self._tally = StatsCollector()
        self.total = self.count = 0

    def columns(self) -> dict[str, Any]:
        """What the ledger says of the progress."""
        share = min(self.count / self.total, 0.99) if self.total else 0.0
        return {"progress": share, "trace_count": self.count}

    def completed(self) -> dict[str, Any]:
        """What the row says once all members are stored."""
        return completed_columns(self.count, self._digest.hexdigest(), self._tally.stats())

    async def clear(self) -> None:
        """Removes what earlier attempts have stored; raises as ``add`` does."""
        removed = REMOVED_AT_ONCE
        while removed == REMOVED_AT_ONCE:
            async with self._job.database.write() as session:
                check(await self._job.beat_in(session))
                removed = await remove_members(session, self._job.hold.id, REMOVED_AT_ONCE)

    async def add(self, facts: Sequence[Facts]) -> None:
        """Appends traces.

        Raises:
            Stopped: the dataset is not to be finished.
        """
        if not facts:
            return
        database, dataset_id = self._job.database, self._job.hold.id
        members = members_of(facts)
        async with database.write() as session:
            check(await self._job.beat_in(session, **self.columns()))
            await append_members(session, dataset_id, self.count, members)
        self.count += len(members)
        self._digest.update(b"".join(content for _, content, _ in members))
        self._tally.add(facts)
        async with database.read() as session:
            await self._tally.add_scores(session, [row[0] for row in facts])


def check(state: HoldState) -> None:
    """Raises Stopped unless the job is still held, and nobody wants it to end."""
    if state is not HoldState.HELD:
        raise JobStopped(state)


async def run(settings: Settings, hold: Hold) -> int:
    """Builds the dataset that is held so, and gives the process's status."""
    database = Database(replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS), bulk_writes=True)
    try:
        async with database.read() as session:
            row = (await session.execute(select(datasets).where(held(datasets, hold)))).one_or_none()
        if row is not None:
            await work(HeldJob(database, datasets, hold, lease_of(settings)), derivable(row.recipe))
    except Unavailable as error:
        logger.error("dataset %s: %s", hold.id, error.message)
        return 1
    finally:
        await database.close()
    return 0


def derivable(stored: Mapping[str, Any]) -> Derivable:
    """The recipe of a dataset that waits to be built.

    Raises:
        TypeError: for members that a list names: such a dataset is stored whole, and never waits.
    """
    recipe = recipe_of(stored)
    if isinstance(recipe, ListedMembers):
        raise TypeError("the members of a listing cannot be derived")
    return recipe


async def work(job: HeldJob, recipe: Derivable) -> None:
    """Builds the dataset and records how that ended.

    Raises:
        Unavailable: the database was away for too long.
    """
    building = Building(job)
    pulse = Heartbeat(job, building.columns)
    try:
        async with pulse.beating():
            with explained():
                await build(building, job.database, recipe, pulse)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await end(job, JobStatus.CANCELLED)
    except JobFailed as failed:
        await end(job, JobStatus.FAILED, (failed.code, failed.message))
    else:
        await end(job, JobStatus.COMPLETED, **building.completed())


async def build(building: Building, database: Database, recipe: Derivable, pulse: Heartbeat) -> None:
    """Chooses and stores the members.

    Raises:
        Stopped: it is not to be finished.
        BadUserInput: there are none.
        Conflict: as ``sample_traces``.
        Unavailable: the database is away.
    """
    await building.clear()
    building.total = await expected(database, recipe)
    async with aclosing(prefetch(chosen(database, recipe))) as pages:
        async for facts in pages:
            await building.add(facts)
            pulse.check()
    if not building.count:
        raise nothing(recipe)


async def expected(database: Database, recipe: Derivable) -> int:
    """About how many members there are going to be."""
    if isinstance(recipe, Sampling):
        return min(recipe.limit, await count_selected(database, recipe.selection))
    return next(part.count for part in recipe.parts if part.name == recipe.part)


def chosen(database: Database, recipe: Derivable) -> AsyncGenerator[Sequence[Facts], None]:
    """The facts of the members, page by page, in their order."""
    if isinstance(recipe, Sampling):
        return sample_traces(database, recipe, PAGE_ROWS)
    return part_members(database, recipe, PAGE_ROWS)


def nothing(recipe: Derivable) -> BadUserInput:
    """Why there are no members."""
    if isinstance(recipe, Sampling):
        return empty_sampling_error()
    return empty_part_error(recipe, [part.name for part in recipe.parts].index(recipe.part))


@contextmanager
def explained() -> Iterator[None]:
    """Turns what another attempt would not change into what the user is told."""
    try:
        yield
    except Unavailable:
        raise
    except TunixRtError as error:
        raise JobFailed(error.code, error.message) from error


async def end(job: HeldJob, status: JobStatus, error: tuple[ErrorCode, str] | None = None, **values: Any) -> None:
    """Records how the dataset has ended, and removes the members of one that is not completed.

    Raises:
        Unavailable: the database was away for too long.
    """
    ended = await job.database.retrying(PATIENCE_SECONDS)(job.end, status, error, **values)
    if ended not in {None, JobStatus.COMPLETED}:
        await remove_all_leftovers(job.database, job.hold.id)


def main(arguments: list[str]) -> int:
    """Builds the dataset that the arguments name."""
    os.nice(NICENESS)
    settings = settings_from()
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    dataset_id, attempt, owner = arguments
    return asyncio.run(run(settings, Hold(uuid.UUID(dataset_id), owner, int(attempt))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
