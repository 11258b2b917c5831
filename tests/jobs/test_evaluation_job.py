"""The process of an evaluation: killed, cancelled and repeated."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.forks import stopping
from tests.support.job_processes import kill, stopped_job
from tests.support.servers import clean_environment
from tests.support.waiting import until
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.models import (
    datasets,
    evaluation_candidates,
    evaluation_events,
    evaluation_outcomes,
    evaluations,
    generations,
    traces,
)
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.building import Title, build, store
from tunix_rt.domain.datasets.recipes import Sampling, Strategy
from tunix_rt.domain.evaluations.draft import CandidateDraft, EvaluationDraft
from tunix_rt.domain.evaluations.generating import STARTED_KINDS
from tunix_rt.domain.evaluations.lifecycle import (
    EVALUATION_HISTORY,
    cancel_evaluation,
    create_evaluation,
    retry_evaluation,
)
from tunix_rt.domain.evaluations.storage import candidates_of
from tunix_rt.domain.jobs.ledger import LEASE, lease_of, new_job
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of, release
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.domain.traces.origins import OriginDraft, add_origins
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.errors import Conflict, TunixRtError, errors_of
from tunix_rt.jobs.evaluations.kind import Evaluations
from tunix_rt.jobs.evaluations.process import Evaluating, run
from tunix_rt.jobs.holding import HeldJob
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import FinishReason

PROMPTS = 30


@pytest.fixture
async def evaluation_id(database: Database, settings: Settings) -> uuid.UUID:
    """A pending evaluation of one candidate with thirty answers, all right."""
    rows = [trace_row(trace(f"What is 2 + 2? ({number})"), reference_answer="4") for number in range(PROMPTS)]
    async with database.write() as session:
        await insert_rows(session, rows)
    recipe = Sampling(TraceSelection(), Strategy.LATEST, None, PROMPTS)
    built = await build(database, recipe, settings.data_dir)
    async with database.write() as session:
        dataset = await store(session, Title("sums", "1"), recipe, built)
        built.spool.close()
        draft = EvaluationDraft(
            "first", dataset["id"], "answer_match", [CandidateDraft("all", TraceSelection())], None, 0
        )
        found: uuid.UUID = (await create_evaluation(session, draft, now()))["id"]
    return found


async def generated(database: Database, trace_ids: list[uuid.UUID]) -> uuid.UUID:
    """A pending generation that has given answers of ten tokens each."""
    row = new_job(now()) | {
        "id": new_id(),
        "model_id": "tiny-random/qwen3",
        "too_long_count": 0,
        "answer_count": len(trace_ids),
        "malformed_count": 0,
        "token_count": 10 * len(trace_ids),
        "options": {},
        "recipe": {},
        "stderr": "",
    }
    origins = [
        OriginDraft(
            generation_id=row["id"],
            model_id="tiny-random/qwen3",
            prompt_position=position,
            sample_index=0,
            temperature=0.0,
            top_p=1.0,
            max_new_tokens=16,
            finish_reason=FinishReason.LENGTH,
            token_count=10,
            malformed=False,
            raw_text="4",
        )
        for position in range(len(trace_ids))
    ]
    async with database.write() as session:
        await session.execute(insert(generations), [row])
        await add_origins(session, zip(trace_ids, origins, strict=True))
    found: uuid.UUID = row["id"]
    return found


async def claimed(database: Database) -> tuple[Hold, Any]:
    """The hold of the next evaluation, as a worker gets it, and its row."""
    async with database.write() as session:
        row = await claim(session, evaluations, f"test:{uuid.uuid4()}", now())
    assert row is not None
    return hold_of(row), row


async def result_of(database: Database, evaluation_id: uuid.UUID) -> tuple[Any, ...]:
    """The status, attempt, mean, and number of outcomes of the evaluation."""
    async with database.read() as session:
        row = (await session.execute(select(evaluations).where(evaluations.c.id == evaluation_id))).one()
        (candidate,) = await candidates_of(session, evaluation_id)
        count = await session.scalar(select(func.count()).select_from(evaluation_outcomes))
    return row.status, row.attempt, candidate.mean, count


async def test_a_killed_process_is_followed_by_another(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    worker = Worker(database, [Evaluations(settings)])
    with stopping():
        worker.start()
        process = await stopped_job("tunix_rt.jobs.evaluations.process", evaluation_id)
    kill(process)

    async def look() -> Any:
        found = await result_of(database, evaluation_id)
        return found if found[0] == "COMPLETED" else None

    assert await until(look, "the evaluation did not complete") == ("COMPLETED", 2, 1.0, PROMPTS)
    await worker.stop()
    async with database.read() as session:
        messages = (await session.execute(select(evaluation_events.c.message))).scalars().all()
    assert "Its process was killed by signal 9." in messages


async def test_what_a_lost_attempt_has_stored_is_replaced(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    hold, row = await claimed(database)
    lost = Evaluating(
        HeldJob(database, evaluations, hold, lease_of(settings), EVALUATION_HISTORY), row, ScorerService(settings)
    )
    await lost.store_outcomes(await lost.find_result())
    assert await result_of(database, evaluation_id) == ("RUNNING", 1, None, PROMPTS)
    async with database.write() as session:
        await release(session, evaluations, hold, now())
    hold, _ = await claimed(database)
    command = [sys.executable, "-m", "tunix_rt.jobs.evaluations.process", str(hold.id), "2", hold.owner]
    done = await asyncio.to_thread(
        subprocess.run, command, env=clean_environment() | settings.environment(), check=False, timeout=60
    )

    assert done.returncode == 0
    assert await result_of(database, evaluation_id) == ("COMPLETED", 2, 1.0, PROMPTS)


async def test_an_evaluation_is_cancelled_while_a_judge_does_not_answer(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    asked = asyncio.Event()

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with database.write() as session:
        await session.execute(update(evaluations).values(scorer="judge"))
    hold, _ = await claimed(database)
    async with await asyncio.start_server(stay_silent, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        asking = replace(
            settings, judge_url=url, judge_model="m", judge_timeout_seconds=600, request_timeout_seconds=1200
        )
        running = asyncio.create_task(run(asking, hold))
        await until(lambda: asyncio.to_thread(asked.is_set))
        async with database.write() as session:
            await cancel_evaluation(session, evaluation_id, now())
        await until(lambda: asyncio.to_thread(running.done))

    assert await running == 0
    assert (await result_of(database, evaluation_id))[0] == "CANCELLED"


async def test_a_running_evaluation_is_cancelled_and_retried(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    hold, _ = await claimed(database)
    async with database.write() as session:
        await cancel_evaluation(session, evaluation_id, now())

    assert await run(settings, hold) == 0
    assert (await result_of(database, evaluation_id))[:3] == ("CANCELLED", 1, None)

    async with database.write() as session:
        await retry_evaluation(session, evaluation_id, now())
    hold, _ = await claimed(database)
    assert await run(settings, hold) == 0
    assert await run(settings, hold) == 0
    assert await result_of(database, evaluation_id) == ("COMPLETED", 2, 1.0, PROMPTS)
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(evaluation_candidates)) == 1


async def test_an_evaluation_waits_for_its_generations_and_fails_if_one_does_not_complete(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    async with database.read() as session:
        trace_ids = list((await session.execute(select(traces.c.id).order_by(traces.c.seq).limit(12))).scalars())
        dataset_id = (await session.execute(select(evaluations.c.dataset_id))).scalar_one()
    generation_id = await generated(database, trace_ids)
    candidates = [CandidateDraft("model", generation_id=generation_id)]
    async with database.write() as session:
        await session.execute(delete(evaluations))
        draft = EvaluationDraft("generated", dataset_id, "answer_match", candidates, None, 0)
        found = (await create_evaluation(session, draft, now()))["id"]

    async def with_status(status: JobStatus) -> Hold | None:
        ended = {"status": status.value, "completed_at": None if status is JobStatus.PENDING else now()}
        ended["error_message"] = "No model." if status is JobStatus.FAILED else None
        async with database.write() as session:
            await session.execute(update(generations).values(**ended))
            row = await claim(session, evaluations, f"test:{uuid.uuid4()}", now(), *Evaluations(settings).conditions)
        return None if row is None else hold_of(row)

    assert await with_status(JobStatus.PENDING) is None
    hold = await with_status(JobStatus.FAILED)
    assert hold is not None
    assert await run(settings, hold) == 0
    async with database.write() as session:
        failed = (await session.execute(select(evaluations.c.error_code, evaluations.c.error_message))).one()
        await retry_evaluation(session, found, now())
    hold = await with_status(JobStatus.COMPLETED)
    assert hold is not None
    assert await run(settings, hold) == 0

    assert failed == ("CONFLICT", "The generation of the candidate 'model' is FAILED: No model.")
    async with database.read() as session:
        (candidate,) = await candidates_of(session, found)
    assert (candidate.kind, candidate.mean, candidate.prompt_count, candidate.token_count) == ("GENERATION", 1, 12, 120)


async def test_an_evaluation_whose_dataset_is_deleted_fails_with_its_key(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    async with database.write() as session:
        await session.execute(delete(datasets))
        row = await claim(session, evaluations, "test", now())
    assert row is not None
    assert await run(settings, hold_of(row)) == 0

    async with database.read() as session:
        failed = (await session.execute(select(evaluations.c.error_code, evaluations.c.error_message))).one()
    assert failed == ("NOT_FOUND", "The dataset 'sums-1' was deleted.")


async def test_models_answer_first_and_their_generations_end_and_return_with_the_evaluation(
    database: Database, settings: Settings, evaluation_id: uuid.UUID
):
    async with database.read() as session:
        dataset_id = (await session.execute(select(evaluations.c.dataset_id))).scalar_one()
    models = [CandidateDraft(name, model_id=f"tiny-random/{name}") for name in ("qwen3", "gemma3")]
    draft = EvaluationDraft("models", dataset_id, "answer_match", models, 2, 7)
    async with database.write() as session:
        found = (await create_evaluation(session, draft, now()))["id"]

    async def statuses() -> list[str]:
        async with database.read() as session:
            query = select(generations.c.status).order_by(generations.c.model_id)
            return list((await session.execute(query)).scalars())

    async with database.read() as session:
        started = (await session.execute(select(generations).order_by(generations.c.model_id.desc()))).all()
        candidates = await candidates_of(session, found)
    assert [row.id for row in started] == [candidate.generation_id for candidate in candidates]
    assert [(one.kind, one.model_id) for one in candidates] == [
        ("MODEL", "tiny-random/qwen3"),
        ("MODEL", "tiny-random/gemma3"),
    ]
    assert {row.dataset_id for row in started} == {dataset_id}
    assert {(row.options["samples_per_prompt"], row.options["seed"]) for row in started} == {(2, 7)}
    async with database.write() as session:
        await cancel_evaluation(session, found, now())
    assert await statuses() == ["CANCELLED", "CANCELLED"]
    async with database.write() as session:
        await retry_evaluation(session, found, now())
    assert await statuses() == ["PENDING", "PENDING"]

    unknown = [CandidateDraft("a", model_id="run:nowhere"), CandidateDraft("b", generation_id=found)]
    for one, path in zip(unknown, ("model_id", "generationId"), strict=True):
        refused = EvaluationDraft("refused", dataset_id, "answer_match", [*models[:1], one], None, 0)
        with pytest.raises(TunixRtError) as raised:
            async with database.write() as session:
                await create_evaluation(session, refused, now())
        assert next(iter(errors_of(raised.value))).path == ("candidates", 1, path)
    assert len(await statuses()) == 2


async def test_an_evaluation_is_not_retried_before_its_cancelled_generations_have_stopped(
    database: Database, evaluation_id: uuid.UUID
):
    generation_id = await generated(database, [])
    async with database.write() as session:
        await session.execute(
            update(evaluation_candidates).values(
                kind=STARTED_KINDS[0], model_id="tiny-random/qwen3", selection=None, generation_id=generation_id
            )
        )
        running = {"status": JobStatus.RUNNING.value, "attempt": 1, "owner": "test", "lease_expires_at": now() + LEASE}
        await session.execute(update(generations).values(running | {"started_at": now()}))
        await cancel_evaluation(session, evaluation_id, now())
        with pytest.raises(Conflict, match="generation of the candidate 'all' is still stopping"):
            await retry_evaluation(session, evaluation_id, now())
        stopped = {"status": JobStatus.CANCELLED.value, "owner": None, "lease_expires_at": None, "completed_at": now()}
        await session.execute(update(generations).values(stopped))
        await retry_evaluation(session, evaluation_id, now())
        statuses = [(await session.execute(select(table.c.status))).scalar() for table in (evaluations, generations)]

    assert statuses == ["PENDING", "PENDING"]
