"""Attempts at generations without the database: claims, places, and batches of answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from tests.support.remote_attempts import ServedDatabase, attempt_process, ended, served, with_token
from tests.support.remote_generations import (
    PROMPTS,
    SAMPLES,
    TINY,
    claimed,
    entered,
    held,
    keys_of,
    let_pass,
    row_of,
    settings,
)
from tests.support.runs import StandIn, enter_run, make_dataset
from tunix_rt.db.identity import now
from tunix_rt.db.models import generations, run_artifacts, traces
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.lifecycle import GenerationPlan, enter_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.queue import Hold, has_waiting
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.generations.kind import GenerationEngine, Generations
from tunix_rt.jobs.generations.process import DatabaseAttempt
from tunix_rt.jobs.generations.progress import GenerationProgress
from tunix_rt.settings import Settings

__all__ = ["served", "settings"]


def authorized(client: httpx.AsyncClient, attempt: ClaimedAttempt) -> httpx.AsyncClient:
    """The client, which sends the token of an attempt from now on."""
    client.headers["Authorization"] = f"Bearer {attempt.token}"
    return client


def answer_of(prompt: int, sample: int, text: str = "Answer: 1") -> dict[str, Any]:
    """An answer as the trainer reports it."""
    given = {"prompt": prompt, "sample": sample, "text": text, "tokens": 3}
    return given | {"finishReason": "STOP", "meanLogProbability": -0.1}


def batch_of(number: int, answers: Sequence[dict[str, Any]], prompts: Sequence[int] = (0,)) -> dict[str, Any]:
    """A batch of answers."""
    texts = {str(place): {"prompts": "p", "prompt": f"p{place}", "group": "g"} for place in prompts}
    return {"number": number, "answers": list(answers), "prompts": texts}


async def test_batches_are_stored_once_and_in_order(database: Database, app_client: httpx.AsyncClient):
    attempt = await held(database)
    client = authorized(app_client, attempt)

    async def sent(batch: dict[str, Any]) -> tuple[int, Any]:
        answer = await client.post("/v1/attempt/generation/answers", json=batch)
        return answer.status_code, answer.json()

    first = batch_of(0, [answer_of(0, 0), answer_of(0, 1, "?")])
    assert await sent(first) == (200, {"answers": 2, "malformed": 1, "tokens": 6})
    assert await sent(first) == (200, {"answers": 0, "malformed": 0, "tokens": 0})
    status, refused = await sent(batch_of(2, [answer_of(0, 2)]))
    assert (status, refused["errors"][0]["extensions"]["code"]) == (409, "CONFLICT")
    assert refused["errors"][0]["message"] == "number must be at most 1, the first batch that is not stored; it is 2."
    shown = (await client.get("/v1/attempt/generation")).json()

    assert (shown["next_batch"], shown["answers"], shown["malformed"]) == (1, 2, 1)
    assert await keys_of(database, attempt.job) == [(0, 0), (0, 1)]


@pytest.mark.parametrize(
    "batch",
    [
        batch_of(-1, []),
        batch_of(0, [answer_of(1, 0)]),
        batch_of(0, [answer_of(0, SAMPLES)]),
        batch_of(0, [answer_of(0, 0) | {"tokens": -1}]),
        batch_of(0, [answer_of(0, 0) | {"finishReason": "NO"}]),
    ],
    ids=["number", "prompt", "sample", "tokens", "finish reason"],
)
async def test_an_invalid_batch_is_refused_as_a_whole(
    database: Database, app_client: httpx.AsyncClient, batch: dict[str, Any]
):
    attempt = await held(database)
    client = authorized(app_client, attempt)
    answer = await client.post("/v1/attempt/generation/answers", json=batch)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert await keys_of(database, attempt.job) == []


async def test_a_token_opens_its_generation_until_the_attempt_is_over(
    database: Database, settings: Settings, app_client: httpx.AsyncClient
):
    attempt = await held(database)
    client = authorized(app_client, attempt)
    assert (await client.get("/v1/attempt/generation")).status_code == 200
    assert (await client.get("/v1/attempt")).status_code == 401
    assert (await client.get("/v1/attempt/generation/model")).status_code == 404
    await let_pass(database, attempt.job)
    second = await claimed(database, "w:1:b")
    assert second is not None
    assert (second.job, second.attempt) == (attempt.job, 2)
    for path, body in (("lease", {}), ("answers", batch_of(0, [answer_of(0, 0)])), ("outcome", {"status": None})):
        answer = await client.post(f"/v1/attempt/generation/{path}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (410, "CONFLICT")
    assert await keys_of(database, attempt.job) == []


async def test_an_attempt_is_bound_to_its_first_place(database: Database, app_client: httpx.AsyncClient):
    attempt = await held(database)
    client = authorized(app_client, attempt)

    async def put(place: str) -> httpx.Response:
        return await client.put("/v1/attempt/generation/place", json={"place": place})

    assert [(await put(place)).status_code for place in ("a:/data", "a:/data", "b:/data")] == [204, 204, 410]
    assert (await put("")).status_code == 400
    refused = (await put("a:/other")).json()["errors"][0]
    assert refused["extensions"]["code"] == "CONFLICT"
    assert refused["message"] == "Attempt 1 is performed by another process."


async def test_a_second_process_of_an_attempt_performs_nothing(
    database: Database, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    attempt = await held(database)
    async with with_token(served.url, attempt.token) as client:
        await client.put("/v1/attempt/generation/place", json={"place": "elsewhere:/data"})
    there, module = tmp_path / "there", "tunix_rt.jobs.remote.generation"
    async with attempt_process(served.url, attempt.token, stand_in, there, module) as process:
        assert await ended(process) == 0

    row = await row_of(database, attempt.job)
    assert (row.status, row.prompt_count, row.answer_count) == ("RUNNING", None, 0)
    assert list(there.glob("**/*")) == []


async def test_a_claim_that_is_sent_again_gets_the_same_generation(database: Database):
    first = await held(database)
    again = await claimed(database)

    assert again is not None
    assert (again.kind, again.job, again.attempt) == (JobKindName.GENERATION, first.job, 1)
    assert again.token != first.token


async def test_only_models_that_every_machine_can_have_are_offered(database: Database, settings: Settings):
    await entered(database, "Qwen/Qwen3-0.6B")
    run_id = await enter_run(database, settings, await make_dataset(database), output_name="first")
    plan = GenerationPlan(TINY, OfDataset(await make_dataset(database, name="more")), GenerationOptions())
    async with database.write() as session:
        row = await enter_generation(session, plan, now())
        values = {"model_id": "run:first", "run_id": run_id}
        await session.execute(update(generations).where(generations.c.id == row["id"]).values(values))
    assert await claimed(database) is None
    file = {"run_id": run_id, "kind": "OTHER", "byte_size": 1, "sha256": "0", "created_at": now()}
    rows = [file | {"id": uuid.uuid4(), "name": name, "attempt": attempt} for name, attempt in (("a", 1), ("b", None))]
    async with database.write() as session:
        await session.execute(run_artifacts.insert(), rows)
    assert await claimed(database) is None
    async with database.write() as session:
        await session.execute(update(run_artifacts).values(attempt=1))
        await session.execute(update(generations).values(checkpoint_step=1))
    assert await claimed(database) is None
    async with database.write() as session:
        await session.execute(update(generations).values(checkpoint_step=None))

    found = await claimed(database)

    assert found is not None
    assert found.job == row["id"]


async def test_a_generation_is_taken_by_workers_that_have_its_labels(database: Database, settings: Settings):
    base = await entered(database, "Qwen/Qwen3-0.6B", "gpu", "big")
    await entered(database, TINY, "other")
    assert await claimed(database) is None
    assert await claimed(database, labels=["gpu"]) is None
    found = await claimed(database, labels=["big", "fast", "gpu"])
    assert (found and found.job) == base, "the workers with the labels have the base model"
    for labels, waits in (("gpu", False), ("x,other", True)):
        kind = Generations(replace(settings, worker_labels=labels))
        async with database.read() as session:
            assert await has_waiting(session, generations, *kind.conditions, *kind.claimable) is waits


async def test_workers_that_take_a_single_run_or_no_generations_get_none(database: Database):
    await entered(database)

    assert await claimed(database, kinds=[JobKindName.RUN]) is None
    assert await claimed(database, run=uuid.uuid4()) is None


async def test_a_server_that_goes_on_has_the_prompts_of_an_attempt_elsewhere(
    database: Database, settings: Settings, app_client: httpx.AsyncClient
):
    attempt = await held(database)
    client = authorized(app_client, attempt)
    assert (await client.post("/v1/attempt/generation/prompts")).status_code == 204
    async with database.write() as session:
        await session.execute(delete(traces))
    second = DatabaseAttempt(database, settings, Hold(attempt.job, "w:1:b", 2), await row_of(database, attempt.job))
    progress = GenerationProgress(SAMPLES)
    await second.prepare(progress)
    await second.close()

    assert progress.prompts == PROMPTS


async def test_a_generation_that_a_server_has_started_is_not_offered(database: Database):
    generation_id = await entered(database)
    mine = update(generations).where(generations.c.id == generation_id)
    async with database.write() as session:
        await session.execute(mine.values(attempt=1))

    assert await claimed(database) is None


async def test_an_attempt_elsewhere_is_kept_for_its_grace(database: Database, settings: Settings):
    attempt = await held(database)
    await let_pass(database, attempt.job)
    hold = Hold(attempt.job, "w:1:a", 1)
    waiting = replace(settings, worker_grace_seconds=3600.0)

    assert await GenerationEngine(waiting).inspect(database, hold) is Leftovers.ALIVE
    assert await GenerationEngine(settings).inspect(database, hold) is Leftovers.NOTHING
    assert await GenerationEngine(waiting).inspect(database, Hold(attempt.job, "w:1:a", 2)) is Leftovers.NOTHING


async def test_an_attempt_elsewhere_whose_clock_was_ahead_is_lost(database: Database, settings: Settings):
    attempt = await held(database)
    mine = update(generations).where(generations.c.id == attempt.job)
    async with database.write() as session:
        await session.execute(mine.values(lease_expires_at=now() + timedelta(days=365)))
    waiting = GenerationEngine(replace(settings, worker_grace_seconds=3600.0))

    assert await waiting.inspect(database, Hold(attempt.job, "w:1:a", 1)) is Leftovers.NOTHING
    second = await claimed(database, "w:1:b")
    assert second is not None
    assert (second.job, second.attempt) == (attempt.job, 2)
