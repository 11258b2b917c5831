"""The process that builds a large dataset: its stored members, its outcome, and its recovery from failures."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from tests.support.factories import insert_rows, population
from tests.support.forks import stopping
from tests.support.job_processes import go_on, kill, stopped_job
from tests.support.servers import clean_environment
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import dataset_traces, datasets, traces
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import Title, build, enter, store
from tunix_rt.domain.datasets.recipes import Recipe, Sampling, Strategy
from tunix_rt.domain.datasets.splitting import Share, build_parts, plan_split
from tunix_rt.domain.datasets.storage import cancel_dataset, delete_dataset, retry_dataset
from tunix_rt.domain.filtering.predicates import Compare, Op
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState, claim, hold_of, settle_expired
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import Conflict
from tunix_rt.jobs.datasets import process as dataset_job
from tunix_rt.jobs.datasets.kind import Datasets
from tunix_rt.jobs.datasets.process import Building, work
from tunix_rt.jobs.holding import HeldJob, JobStopped
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

TRACES = 60
EVERYTHING = Sampling(TraceSelection(), Strategy.LATEST, None, 10_000_000)
SAMPLINGS = {
    "all": EVERYTHING,
    "the first 31 by steps": Sampling(TraceSelection(order=(("step_count", True),)), Strategy.LATEST, None, 31),
    "by a nullable column": Sampling(
        TraceSelection(order=(("source", False), ("created_at", True))), Strategy.LATEST, None, 50
    ),
    "random": Sampling(TraceSelection(), Strategy.RANDOM, 7, 40),
    "a random sample": Sampling(TraceSelection(), Strategy.RANDOM_SAMPLE, 7, 25),
    "exactly some pages": Sampling(TraceSelection(), Strategy.RANDOM, 3, 21),
}
COMPARED = ("status", "trace_count", "sha256", "stats", "recipe", "progress", "error_code")


@pytest.fixture
async def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database of traces and scores; datasets built in this process have small pages."""
    monkeypatch.setattr(dataset_job, "PAGE_ROWS", 7)
    async with database.write() as session:
        await insert_rows(session, *population(5, TRACES))
    return database


async def entered(database: Database, recipe: Recipe = EVERYTHING, version: str = "job") -> uuid.UUID:
    """Inserts a pending dataset."""
    async with database.write() as session:
        row = await enter(session, Title("ds", version), recipe)
    dataset_id: uuid.UUID = row["id"]
    return dataset_id


async def taken(database: Database, settings: Settings) -> HeldJob:
    """Claims the next pending dataset, as a worker does for a process."""
    async with database.write() as session:
        row = await claim(session, datasets, f"test:{uuid.uuid4()}", now())
    assert row is not None
    return HeldJob(database, datasets, hold_of(row), lease_of(settings))


async def row_of(database: Database, dataset_id: uuid.UUID) -> Any:
    """Returns a dataset's row."""
    async with database.read() as session:
        return (await session.execute(select(datasets).where(datasets.c.id == dataset_id))).one()


async def members_in(database: Database, dataset_id: uuid.UUID) -> list[tuple[Any, ...]]:
    """Returns a dataset's members in order."""
    query = select(*[column for column in dataset_traces.c if column.name != "dataset_id"])
    query = query.where(dataset_traces.c.dataset_id == dataset_id).order_by(dataset_traces.c.position)
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(query)]


async def facts_in(database: Database, dataset_id: uuid.UUID) -> tuple[Any, ...]:
    """Returns a dataset's counts, digest and members; means rounded, since their sums depend on the pages."""
    row = (await row_of(database, dataset_id))._asdict()
    for scorer in row["stats"]["scores"]:
        scorer["mean"] = round(scorer["mean"], 6)
    return (*(row[name] for name in COMPARED), await members_in(database, dataset_id))


async def built_at_once(database: Database, settings: Settings, recipe: Sampling) -> uuid.UUID:
    """Builds a dataset within the request, as small ones are."""
    built = await build(database, recipe, settings.data_dir)
    async with database.write() as session:
        row = await store(session, Title("ds", "direct"), recipe, built)
    built.spool.close()
    dataset_id: uuid.UUID = row["id"]
    return dataset_id


@pytest.mark.parametrize("recipe", SAMPLINGS.values(), ids=SAMPLINGS)
async def test_a_job_builds_what_a_request_would(filled: Database, settings: Settings, recipe: Sampling):
    direct = await built_at_once(filled, settings, recipe)
    dataset_id = await entered(filled, recipe)

    await work(await taken(filled, settings), recipe)

    assert await facts_in(filled, dataset_id) == await facts_in(filled, direct)
    row = await row_of(filled, dataset_id)
    assert (row.status, row.attempt, row.owner, row.progress) == ("COMPLETED", 1, None, 1.0)
    assert row.created_at <= row.started_at <= row.completed_at


async def test_a_job_builds_a_part_as_a_request_would(filled: Database, settings: Settings):
    parent = await built_at_once(filled, settings, EVERYTHING)
    shares = [Share("train", fraction=0.7), Share("test", fraction=0.3)]
    async with filled.read() as session:
        plan = await plan_split(session, parent, shares, 3, None)
    parts = await build_parts(filled, plan[0][1], settings.data_dir)
    for number, ((_, recipe), part) in enumerate(zip(plan, parts, strict=True)):
        async with filled.write() as session:
            direct = (await store(session, Title("direct", str(number)), recipe, part))["id"]
        part.spool.close()
        dataset_id = await entered(filled, recipe, str(number))

        await work(await taken(filled, settings), recipe)

        assert await facts_in(filled, dataset_id) == await facts_in(filled, direct)


async def test_a_part_whose_parent_was_deleted_fails_with_the_reason(filled: Database, settings: Settings):
    parent = await built_at_once(filled, settings, EVERYTHING)
    async with filled.read() as session:
        ((_, recipe),) = await plan_split(session, parent, [Share("train", fraction=1.0)], 3, None)
    dataset_id = await entered(filled, recipe)
    async with filled.write() as session:
        await delete_dataset(session, parent)

    await work(await taken(filled, settings), recipe)

    row = await row_of(filled, dataset_id)
    assert (row.status, row.error_message) == ("FAILED", "The parent dataset 'ds-direct' was deleted.")


async def partly_built_dataset(database: Database, settings: Settings) -> tuple[uuid.UUID, HeldJob]:
    """Returns a dataset whose process has stored some members, as if it was killed then."""
    dataset_id = await entered(database)
    job = await taken(database, settings)
    building = Building(job)
    async for facts in dataset_job.selected_pages(database, EVERYTHING):
        await building.add(facts)
        if building.count > TRACES / 2:
            break
    assert 0 < len(await members_in(database, dataset_id)) < TRACES
    return dataset_id, job


async def lapse(database: Database, dataset_id: uuid.UUID) -> None:
    """Lets a lease expire, and takes the job from its process."""
    async with database.write() as session:
        past = update(datasets).where(datasets.c.id == dataset_id).values(lease_expires_at=now())
        await session.execute(past)
    async with database.write() as session:
        assert [settled.id for settled in await settle_expired(session, datasets, now())] == [dataset_id]


async def test_another_attempt_starts_from_the_beginning(filled: Database, settings: Settings):
    direct = await built_at_once(filled, settings, EVERYTHING)
    dataset_id, _ = await partly_built_dataset(filled, settings)
    await lapse(filled, dataset_id)

    await work(await taken(filled, settings), EVERYTHING)

    assert await facts_in(filled, dataset_id) == await facts_in(filled, direct)
    assert (await row_of(filled, dataset_id)).attempt == 2


async def test_a_process_that_was_taken_for_gone_stores_nothing_more(filled: Database, settings: Settings):
    dataset_id, first = await partly_built_dataset(filled, settings)
    await lapse(filled, dataset_id)
    second = await taken(filled, settings)
    before = await members_in(filled, dataset_id)

    with pytest.raises(JobStopped) as stopped:
        await Building(first).add([["0" * 32, "0" * 64, "0" * 64, 1, 3, None]])
    assert stopped.value.state is HoldState.LOST
    await work(first, EVERYTHING)

    assert await members_in(filled, dataset_id) == before
    assert (await row_of(filled, dataset_id)).owner == second.hold.owner


async def test_one_that_is_cancelled_while_it_is_built_leaves_no_members(filled: Database, settings: Settings):
    dataset_id, job = await partly_built_dataset(filled, settings)
    async with filled.write() as session:
        await cancel_dataset(session, dataset_id, now())

    await work(job, EVERYTHING)

    row = await row_of(filled, dataset_id)
    assert (row.status, row.sha256, row.stats, await members_in(filled, dataset_id)) == ("CANCELLED", None, None, [])
    async with filled.write() as session:
        await retry_dataset(session, dataset_id)
    await work(await taken(filled, settings), EVERYTHING)
    assert (await row_of(filled, dataset_id)).trace_count == TRACES


async def test_an_empty_selection_fails_with_its_reason(filled: Database, settings: Settings):
    nothing = TraceSelection(Compare("source", Op.EQ, "nowhere"))
    recipe = Sampling(nothing, Strategy.LATEST, None, 100)
    dataset_id = await entered(filled, recipe)

    await work(await taken(filled, settings), recipe)

    row = await row_of(filled, dataset_id)
    assert (row.status, row.error_code) == ("FAILED", "BAD_USER_INPUT")
    assert "no trace satisfies where" in row.error_message


async def test_what_the_last_attempt_has_left_is_swept_away(filled: Database, settings: Settings):
    """The process was killed at its last attempt; only the worker removes the members that it has stored."""
    kept = await built_at_once(filled, settings, EVERYTHING)
    dataset_id, _ = await partly_built_dataset(filled, settings)
    async with filled.write() as session:
        await session.execute(update(datasets).where(datasets.c.id == dataset_id).values(max_attempts=1))
    await lapse(filled, dataset_id)
    assert (await row_of(filled, dataset_id)).status == "FAILED"

    await Datasets(settings).sweep(filled)

    assert await members_in(filled, dataset_id) == []
    assert len(await members_in(filled, kept)) == TRACES


async def test_what_is_built_is_not_deleted_and_not_swept_away(filled: Database, settings: Settings):
    dataset_id, _ = await partly_built_dataset(filled, settings)
    before = await members_in(filled, dataset_id)

    await Datasets(settings).sweep(filled)
    with pytest.raises(Conflict, match="RUNNING"):
        async with filled.write() as session:
            await delete_dataset(session, dataset_id)

    assert await members_in(filled, dataset_id) == before


@pytest.fixture
async def worker(database: Database, settings: Settings) -> Any:
    """A worker on the fresh database."""
    worker = Worker(database, [Datasets(settings)])
    worker.start()
    yield worker
    await worker.stop()


async def ended(database: Database, dataset_id: uuid.UUID) -> Any:
    """Waits for a dataset's end and returns its row."""

    async def look() -> Any:
        row = await row_of(database, dataset_id)
        return row if row.completed_at is not None else None

    return await until(look, "the dataset was not built")


async def test_a_process_that_is_killed_is_followed_by_another(filled: Database, settings: Settings, worker: Worker):
    dataset_id = await entered(filled)
    with stopping():
        worker.wake()
        process = await stopped_job("tunix_rt.jobs.datasets.process", dataset_id)
    kill(process)

    row = await ended(filled, dataset_id)

    assert (row.status, row.attempt, row.trace_count) == ("COMPLETED", 2, TRACES)
    assert len(await members_in(filled, dataset_id)) == TRACES


async def test_a_process_that_is_killed_each_time_fails_the_dataset(
    filled: Database, settings: Settings, worker: Worker
):
    dataset_id = await entered(filled)
    with stopping():
        for attempt in (1, 2, 3):
            worker.wake()
            kill(await stopped_job("tunix_rt.jobs.datasets.process", dataset_id, attempt))

    row = await ended(filled, dataset_id)

    assert (row.status, row.error_code) == ("FAILED", "INTERNAL")
    assert row.error_message == "Its process was killed by signal 9, at its last attempt."
    assert row.sha256 is None


async def test_the_end_of_the_worker_does_not_end_the_process(filled: Database, settings: Settings, worker: Worker):
    dataset_id = await entered(filled)
    with stopping():
        worker.wake()
        process = await stopped_job("tunix_rt.jobs.datasets.process", dataset_id)
    await worker.stop()
    go_on(process)

    row = await ended(filled, dataset_id)

    assert (row.status, row.attempt, row.trace_count) == ("COMPLETED", 1, TRACES)


async def test_a_process_whose_hold_is_not_good_does_nothing(filled: Database, settings: Settings):
    dataset_id = await entered(filled)
    hold = replace((await taken(filled, settings)).hold, owner="another")

    assert await asyncio.to_thread(run_process, settings, hold) == 0

    assert (await row_of(filled, dataset_id)).status == JobStatus.RUNNING.value
    assert await members_in(filled, dataset_id) == []


def run_process(settings: Settings, hold: Hold) -> int:
    """Returns the exit status of the process that builds a dataset."""
    command = [sys.executable, "-m", "tunix_rt.jobs.datasets.process", str(hold.id), str(hold.attempt), hold.owner]
    environment = clean_environment() | settings.environment()
    return subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=60).returncode


async def test_traces_that_are_deleted_meanwhile_leave_no_gap(filled: Database, settings: Settings):
    dataset_id = await entered(filled)
    job = await taken(filled, settings)
    async with filled.write() as session:
        some = select(traces.c.id).order_by(traces.c.id).limit(10)
        await session.execute(delete(traces).where(traces.c.id.in_(some)))

    await work(job, EVERYTHING)

    async with filled.read() as session:
        left = (await session.execute(select(func.count()).select_from(traces))).scalar_one()
    members = await members_in(filled, dataset_id)
    assert [position for position, *_ in members] == list(range(left))
    assert (await row_of(filled, dataset_id)).trace_count == left == TRACES - 10
