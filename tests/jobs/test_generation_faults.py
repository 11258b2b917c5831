"""Generations with injected failures: whatever is killed, every answer is stored once, and no process is left."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.runs import StandIn, make_dataset, with_stand_in
from tests.support.waiting import until
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import generation_events, generations, trace_origins
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.files import generation_folder
from tunix_rt.domain.generations.lifecycle import GenerationPlan, cancel_generation, enter_generation, retry_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.ledger import ENDS, LEASE, request_cancel
from tunix_rt.domain.jobs.queue import claim, heartbeat, hold_of, release
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.generations import process
from tunix_rt.jobs.generations.kind import Generations
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.supervision.folder import processes_marked
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

PROMPTS, SAMPLES = 5, 3
KEYS = [(prompt, sample) for prompt in range(PROMPTS) for sample in range(SAMPLES)]


async def entered(database: Database) -> uuid.UUID:
    """A generation that waits."""
    options = GenerationOptions(samples_per_prompt=SAMPLES, scorers=("baseline",))
    source = OfDataset(await make_dataset(database, PROMPTS))
    async with database.write() as session:
        row = await enter_generation(session, GenerationPlan("tiny-random/qwen3", source, options), now())
    return uuid.UUID(str(row["id"]))


@asynccontextmanager
async def working(database: Database, settings: Settings) -> AsyncIterator[Worker]:
    """A worker that does generations."""
    worker = Worker(database, [Generations(settings)])
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def row_of(database: Database, generation_id: uuid.UUID) -> Any:
    """A generation's row."""
    async with database.read() as session:
        return (await session.execute(select(generations).where(generations.c.id == generation_id))).one()


async def until_ended(database: Database, generation_id: uuid.UUID) -> Any:
    """A generation's row, as soon as it has ended."""

    async def ended() -> Any:
        row = await row_of(database, generation_id)
        return row if JobStatus(row.status) in ENDS else None

    return await until(ended)


async def until_answers(database: Database, generation_id: uuid.UUID, count: int) -> None:
    """Returns once a number of answers is stored."""

    async def there() -> bool:
        return len(await keys_of(database, generation_id)) >= count

    await until(there)


async def keys_of(database: Database, generation_id: uuid.UUID) -> list[tuple[int, int]]:
    """The keys of the stored answers, in order."""
    columns = (trace_origins.c.prompt_position, trace_origins.c.sample_index)
    query = select(*columns).where(trace_origins.c.generation_id == generation_id).order_by(*columns)
    async with database.read() as session:
        return [(row[0], row[1]) for row in await session.execute(query)]


async def processes_of(generation_id: uuid.UUID) -> list[int]:
    """The processes of a generation's trainer."""
    return await asyncio.to_thread(lambda: list(processes_marked(f"TUNIX_RT_RUN={generation_id}")))


async def test_a_generation_survives_the_kill_of_its_trainer(database: Database, settings: Settings, stand_in: StandIn):
    stand_in.does(dies_in=1)
    settings = with_stand_in(settings, stand_in)
    generation_id = await entered(database)

    async with working(database, settings):
        row = await until_ended(database, generation_id)

    assert (row.status, row.attempt, row.progress, row.error_message) == ("COMPLETED", 2, 1.0, None)
    assert await keys_of(database, generation_id) == KEYS
    assert (row.prompt_count, row.answer_count, row.malformed_count, row.token_count) == (5, 15, 5, 45)
    query = select(generation_events.c.seq, generation_events.c.status).order_by(generation_events.c.seq)
    async with database.read() as session:
        events = (await session.execute(query)).all()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[-1].status == "COMPLETED"
    await Generations(settings).sweep(database)
    assert not generation_folder(settings.data_dir, generation_id).exists()


async def test_a_generation_survives_the_kill_of_its_process(database: Database, settings: Settings, stand_in: StandIn):
    stand_in.waits()
    settings = with_stand_in(settings, stand_in)
    generation_id = await entered(database)
    async with working(database, settings) as worker:
        await until_answers(database, generation_id, 2)
        (job,) = worker._running
        os.kill(job.execution._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        stand_in.open()
        row = await until_ended(database, generation_id)

    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert await keys_of(database, generation_id) == KEYS
    assert await processes_of(generation_id) == []


async def test_a_cancelled_generation_keeps_its_answers_and_is_resumed(
    database: Database, settings: Settings, stand_in: StandIn
):
    stand_in.waits()
    settings = with_stand_in(settings, stand_in)
    generation_id = await entered(database)
    async with working(database, settings) as worker:
        await until_answers(database, generation_id, 2)
        async with database.write() as session:
            await cancel_generation(session, generation_id, now())
        cancelled = await until_ended(database, generation_id)
        assert (cancelled.status, await keys_of(database, generation_id)) == ("CANCELLED", KEYS[:2])
        assert await processes_of(generation_id) == []
        stand_in.open()
        async with database.write() as session:
            await retry_generation(session, generation_id, now())
        worker.wake()
        row = await until_ended(database, generation_id)

    assert (row.status, row.attempt, row.answer_count) == ("COMPLETED", 2, 15)
    assert await keys_of(database, generation_id) == KEYS


async def test_a_generation_that_fails_before_it_resumes_keeps_its_counts(
    database: Database, settings: Settings, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
):
    stand_in.waits()
    settings = with_stand_in(settings, stand_in)
    generation_id = await entered(database)
    async with working(database, settings):
        await until_answers(database, generation_id, 2)
        async with database.write() as session:
            await cancel_generation(session, generation_id, now())
        await until_ended(database, generation_id)

    async def fail(*_: object) -> None:
        raise JobFailed(ErrorCode.UNAVAILABLE, "The storage is unreachable.")

    monkeypatch.setattr(process, "prepare", fail)
    async with database.write() as session:
        await retry_generation(session, generation_id, now())
        claimed = await claim(session, generations, "w", await instant(session))
    assert claimed is not None
    assert await process.run(settings, hold_of(claimed)) == 0

    row = await row_of(database, generation_id)
    assert (row.status, row.answer_count) == ("FAILED", 2)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_time_left_is_unknown_of_a_generation_that_was_lost(database: Database, cancelled: bool):
    generation_id = await entered(database)
    async with database.write() as session:
        await session.execute(generations.update().values(max_attempts=1))
        row = await claim(session, generations, "w", now() - 2 * LEASE)
        assert row is not None
        await heartbeat(session, generations, hold_of(row), now() - 2 * LEASE, eta_seconds=512.0)
        if cancelled:
            assert await request_cancel(session, generations, generation_id, now()) is JobStatus.CANCELLED
        else:
            assert await release(session, generations, hold_of(row), now()) is JobStatus.FAILED

    assert (await row_of(database, generation_id)).eta_seconds is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_failure_of_the_trainer_is_the_generations_error(
    database: Database, settings: Settings, stand_in: StandIn
):
    stand_in.does(error="BAD_MODEL")
    generation_id = await entered(database)

    async with working(database, with_stand_in(settings, stand_in)):
        row = await until_ended(database, generation_id)

    assert row.status == "FAILED"
    assert row.error_message == "The stand-in fails as planned."
    assert await keys_of(database, generation_id) == KEYS
