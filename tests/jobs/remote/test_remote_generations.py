"""Generations without the database: each answer is stored once, whatever is lost, and on whichever machine."""

from __future__ import annotations

import os
import signal
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from tests.support.object_storage import proxying
from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, remote_worker, served, worker_folder
from tests.support.remote_generations import PROMPTS, SAMPLES, entered, keys_of, let_pass, row_of, settings
from tests.support.runs import StandIn, enter_run, make_dataset, until_status
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.identity import now
from tunix_rt.db.models import generation_events, scores, trace_origins, traces
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.files import generations_folder
from tunix_rt.domain.generations.lifecycle import cancel_generation
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.settings import Settings

__all__ = ["served", "settings"]

KEYS = [(prompt, sample) for prompt in range(PROMPTS) for sample in range(SAMPLES)]
LONG_SECONDS = 4 * WAIT_SECONDS
"""The longest wait for a worker, its process of an attempt, and the trainer which that starts, on a busy machine."""


async def until_ended(database: Database, generation_id: uuid.UUID) -> Any:
    """A generation's row, as soon as it has ended."""

    async def found() -> Any:
        row = await row_of(database, generation_id)
        return row if JobStatus(row.status) in ENDS else None

    return await until(found, seconds=LONG_SECONDS)


async def until_answers(database: Database, generation_id: uuid.UUID) -> None:
    """Returns once answers are stored."""

    async def there() -> bool:
        return bool(await keys_of(database, generation_id))

    await until(there, seconds=LONG_SECONDS)


def kill_machine(folder: Path) -> None:
    """Kills every process that has its data in a folder."""
    for process in processes_about(folder):
        with suppress(ProcessLookupError):  # it may have ended with another one
            os.kill(process, signal.SIGKILL)


async def test_the_model_of_a_run_answers_and_nothing_is_doubled_if_responses_are_lost(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    run_id = await enter_run(database, settings, await make_dataset(database), output_name="first")
    counts: Counter[str] = Counter()

    def is_lost(line: str) -> bool:
        path = line.split(" ")[1]
        counts[path] += 1
        return path.endswith(("/answers", "/generation/outcome", "/generation/prompts")) and counts[path] in {1, 3}

    async def is_folder_removed() -> bool:
        return list(generations_folder(worker_folder(proxy.url, tmp_path / "there")).glob("*")) == []

    async with proxying(int(served.url.rpartition(":")[2])) as proxy:
        with remote_worker(proxy.url, stand_in, tmp_path / "there"):
            await until_status(database, run_id, JobStatus.COMPLETED)
            proxy.loses = is_lost
            generation_id = await entered(database, "run:first")
            row = await until_ended(database, generation_id)
            await until(is_folder_removed, "the folder was not removed")

    assert (row.status, row.attempt, row.progress, row.error_message) == ("COMPLETED", 1, 1.0, None)
    assert await keys_of(database, generation_id) == KEYS
    assert (row.prompt_count, row.answer_count, row.malformed_count, row.token_count) == (5, 15, 5, 45)
    assert counts["/v1/attempt/generation/answers"] >= 10
    assert any("/generation/files/" in path and path.endswith("model/model.safetensors") for path in counts)
    async with database.read() as session:
        scored = await session.scalar(select(func.count()).select_from(scores).where(scores.c.scorer == "baseline"))
        events = select(generation_events.c.seq).where(generation_events.c.generation_id == generation_id)
        numbers = sorted((await session.execute(events)).scalars())
    assert scored == 15
    assert numbers == list(range(1, len(numbers) + 1))
    assert list((served.data_dir / "prompts").glob("*/*/*.jsonl")) == []


async def test_another_machine_goes_on_with_the_same_prompts_after_one_was_lost(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    generation_id = await entered(database)
    with remote_worker(served.url, stand_in, tmp_path / "first") as worker:
        await until_answers(database, generation_id)
        worker.kill()
        kill_machine(tmp_path / "first")
    before = (await row_of(database, generation_id)).next_batch
    async with database.write() as session:
        asked = select(trace_origins.c.trace_id)
        await session.execute(delete(traces).where(traces.c.id.not_in(asked)))  # the prompts are stored
    stand_in.does()
    await let_pass(database, generation_id)
    with remote_worker(served.url, stand_in, tmp_path / "second"):
        row = await until_ended(database, generation_id)

    assert before >= 1
    assert (row.status, row.attempt, row.error_message) == ("COMPLETED", 2, None)
    assert await keys_of(database, generation_id) == KEYS
    assert (row.answer_count, row.malformed_count, row.token_count, row.next_batch) == (15, 5, 45, 8)


async def test_a_cancelled_generation_keeps_its_answers(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    generation_id = await entered(database)
    with remote_worker(served.url, stand_in, tmp_path / "there"):
        await until_answers(database, generation_id)
        async with database.write() as session:
            await cancel_generation(session, generation_id, now())
        row = await until_ended(database, generation_id)

    assert row.status == "CANCELLED"
    assert row.answer_count == len(await keys_of(database, generation_id)) < len(KEYS)


async def test_an_attempt_that_fails_ends_with_the_reason(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(error="BAD_MODEL")
    generation_id = await entered(database)
    with remote_worker(served.url, stand_in, tmp_path / "there"):
        row = await until_ended(database, generation_id)

    assert (row.status, row.error_message) == ("FAILED", "The stand-in fails as planned.")
