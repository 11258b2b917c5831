"""The process that builds one dataset: ``python -m tunix_rt.jobs.datasets.process DATASET ATTEMPT OWNER``.

It selects the members page by page, stores each page in a transaction that also renews its lease, and records its
outcome. If its hold is lost, it stores nothing more and exits silently. Exit status 0 means that the ledger has the
outcome, any other that it does not.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy import Row

from tunix_rt.db.models import datasets
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import completed_columns, empty_sampling_error, member_columns
from tunix_rt.domain.datasets.members import append_columns, remove_members
from tunix_rt.domain.datasets.recipes import ListedMembers, Sampling, Splitting, recipe_of
from tunix_rt.domain.datasets.sampling import Facts, sample_traces
from tunix_rt.domain.datasets.splitting import empty_part_error, part_members
from tunix_rt.domain.datasets.stats import StatsCollector
from tunix_rt.domain.exports.reading import prefetch
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.traces.selection import count_selected
from tunix_rt.errors import BadUserInput, ErrorCode
from tunix_rt.jobs.datasets.kind import REMOVED_AT_ONCE, remove_all_leftovers
from tunix_rt.jobs.holding import Heartbeat, HeldJob, JobFailed, JobStopped, require_held
from tunix_rt.jobs.process import RETRY_SECONDS, STATEMENT_SECONDS, converting_errors, main, perform_held
from tunix_rt.settings import Settings

PAGE_ROWS = 10_000
"""Members per page: the transaction that stores them blocks other writers for a tenth of a second."""
HELD_TRACES = 1_000_000
"""The maximum number of traces of a RANDOM sampling whose facts this process holds: 150 MB."""


Derivable: TypeAlias = Sampling | Splitting
"""The recipes whose members can be derived from stored traces."""


class Building:
    """Stores the members of a dataset as they are selected, and collects their statistics."""

    def __init__(self, job: HeldJob) -> None:
        self._job = job
        self._digest = hashlib.sha256()
        self._tally = StatsCollector()
        self.total = self.count = 0

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        share = min(self.count / self.total, 0.99) if self.total else 0.0
        return {"progress": share, "trace_count": self.count}

    def completed_columns(self) -> dict[str, Any]:
        """Returns the columns of the completed dataset."""
        return completed_columns(self.count, self._digest.hexdigest(), self._tally.stats())

    async def clear(self) -> None:
        """Removes the members that earlier attempts have stored; raises as ``add`` does."""
        removed = REMOVED_AT_ONCE
        while removed == REMOVED_AT_ONCE:
            async with self._job.database.write() as session:
                require_held(await self._job.beat_in(session))
                removed = await remove_members(session, self._job.hold.id, REMOVED_AT_ONCE)

    async def add(self, facts: Sequence[Facts]) -> None:
        """Appends traces.

        Raises:
            JobStopped: the job is cancelled or lost.
        """
        if not facts:
            return
        database, dataset_id = self._job.database, self._job.hold.id
        members = member_columns(facts)
        async with database.write() as session:
            require_held(await self._job.beat_in(session, **self.columns()))
            await append_columns(session, dataset_id, self.count, *members)
        self.count += len(facts)
        self._digest.update(b"".join(members[1]))
        self._tally.add(facts)
        async with database.read() as session:
            await self._tally.add_scores(session, [row[0] for row in facts])


async def run(settings: Settings, hold: Hold) -> int:
    """Builds the dataset that is held, and returns the process's exit status."""

    async def perform(database: Database, row: Row[Any]) -> None:
        await work(HeldJob(database, datasets, hold, lease_of(settings)), derivable(row.recipe))

    database = Database(replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS), bulk_writes=True)
    return await perform_held(database, datasets, hold, perform)


def derivable(stored: Mapping[str, Any]) -> Derivable:
    """Returns the recipe of a pending dataset.

    Raises:
        TypeError: it lists its members: such a dataset is stored at once and is never pending.
    """
    recipe = recipe_of(stored)
    if isinstance(recipe, ListedMembers):
        raise TypeError("the members of a listing cannot be derived")
    return recipe


async def work(job: HeldJob, recipe: Derivable) -> None:
    """Builds the dataset and records its outcome.

    Raises:
        Unavailable: the database was unreachable for too long.
    """
    building = Building(job)
    heartbeat = Heartbeat(job, building.columns)
    try:
        async with heartbeat.beating():
            with converting_errors():
                await build(building, job.database, recipe, heartbeat)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await end(job, JobStatus.CANCELLED)
    except JobFailed as failed:
        await end(job, JobStatus.FAILED, (failed.code, failed.message))
    else:
        await end(job, JobStatus.COMPLETED, **building.completed_columns())


async def build(building: Building, database: Database, recipe: Derivable, heartbeat: Heartbeat) -> None:
    """Selects and stores the members.

    Raises:
        JobStopped: the job is cancelled or lost.
        BadUserInput: no trace is selected.
        Conflict: as ``sample_traces`` does.
        Unavailable: the database is unreachable.
    """
    await building.clear()
    building.total = await expected_count(database, recipe)
    async with aclosing(prefetch(selected_pages(database, recipe))) as pages:
        async for facts in pages:
            await building.add(facts)
            heartbeat.check()
    if not building.count:
        raise no_members_error(recipe)


async def expected_count(database: Database, recipe: Derivable) -> int:
    """Returns the approximate number of members."""
    if isinstance(recipe, Sampling):
        return min(recipe.limit, await count_selected(database, recipe.selection))
    return next(part.count for part in recipe.parts if part.name == recipe.part)


def selected_pages(database: Database, recipe: Derivable) -> AsyncGenerator[Sequence[Facts], None]:
    """Returns the facts of the members, page by page, in order."""
    if isinstance(recipe, Sampling):
        return sample_traces(database, recipe, PAGE_ROWS, HELD_TRACES)
    return part_members(database, recipe, PAGE_ROWS)


def no_members_error(recipe: Derivable) -> BadUserInput:
    """Returns the error of a dataset without members."""
    if isinstance(recipe, Sampling):
        return empty_sampling_error(recipe)
    return empty_part_error(recipe, [part.name for part in recipe.parts].index(recipe.part))


async def end(job: HeldJob, status: JobStatus, error: tuple[ErrorCode, str] | None = None, **values: Any) -> None:
    """Records the dataset's outcome, and removes its members unless it is completed.

    Raises:
        Unavailable: the database was unreachable for too long.
    """
    ended = await job.database.retrying(RETRY_SECONDS)(job.end, status, error, **values)
    if ended not in {None, JobStatus.COMPLETED}:
        await remove_all_leftovers(job.database, job.hold.id)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run))
