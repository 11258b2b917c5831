"""The process of an attempt without the database, against a real server: it trains whole, and is fenced."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.background import background_server
from tests.support.object_storage import proxying
from tests.support.remote_attempts import (
    ServedDatabase,
    attempt_process,
    ended,
    held_run,
    served,
    token_for,
    with_token,
)
from tests.support.run_storage import attempts_by_name, next_attempt, texts
from tests.support.runs import StandIn, let_lapse, run_of, until_status, with_stand_in
from tests.support.servers import serving
from tests.support.supervised_runs import check_sequence, losses
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt, WorkerClaim, claim_attempt
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.runs.files import runs_folder
from tunix_rt.settings import Settings


async def claimed_by_another(database: Database, settings: Settings) -> ClaimedAttempt | None:
    """The attempt that another worker gets at this moment."""
    given: dict[str, Any] = {
        "worker": uuid.uuid4(),
        "host": "h",
        "process_id": 1,
        "version": "1",
        "kinds": [JobKindName.RUN],
    }
    claim, grace = WorkerClaim(**given, owner="other:1:a"), timedelta(seconds=settings.worker_grace_seconds)
    async with database.write() as session:
        return await claim_attempt(session, claim, lease_of(settings), grace)


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


__all__ = ["served"]


async def test_an_attempt_without_the_database_trains_whole(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(lines=3000)
    hold = await held_run(database, settings)
    async with attempt_process(served.url, await token_for(database, hold), stand_in, tmp_path / "there") as process:
        assert await ended(process) == 0

    row = await run_of(database, hold.id)
    entries = await check_sequence(database, row)
    assert (row.status, row.attempt, row.exit_code, row.progress) == ("COMPLETED", 1, 0, 1.0)
    assert losses(entries) == [(1, 1), (1, 2), (1, 3)]
    assert [entry.text for entry in entries if getattr(entry, "text", "").startswith("line ")] == [
        f"line {number}" for number in range(3000)
    ]
    stored = await attempts_by_name(database, hold.id)
    assert {"manifest.yaml", "dataset.jsonl", "checkpoints/3", "model/model.safetensors", "events.jsonl"} <= set(stored)
    assert set(stored.values()) == {1}
    weights = served.data_dir / "artifacts" / str(hold.id) / "1" / "model" / "model.safetensors"
    assert weights.read_bytes() == b"weights"
    assert not runs_folder(served.data_dir).exists()


async def test_answers_that_are_lost_double_nothing(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.does(lines=50, steps=20, save_every=20)
    hold = await held_run(database, settings)
    counts: Counter[str] = Counter()

    def is_lost(line: str) -> bool:
        path = line.split(" ")[1]
        counts[path] += 1
        return path.endswith(("/batches", "/outcome", "/lease", "/datasets", "/manifest.yaml")) and counts[path] in {
            1,
            3,
        }

    async with proxying(int(served.url.rpartition(":")[2])) as proxy:
        proxy.loses = is_lost
        async with attempt_process(proxy.url, await token_for(database, hold), stand_in, tmp_path / "there") as process:
            assert await ended(process) == 0

    row = await run_of(database, hold.id)
    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(entries) == [(1, step) for step in range(1, 21)]
    lines = [entry.text for entry in entries if getattr(entry, "text", "").startswith("line ")]
    assert lines == [f"line {number}" for number in range(50)]
    assert counts["/v1/attempt/batches"] >= 2
    assert counts["/v1/attempt/outcome"] == 2


async def test_another_machine_goes_on_from_the_stored_checkpoint(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    hold = await held_run(database, settings)
    async with attempt_process(served.url, await token_for(database, hold), stand_in, tmp_path / "first") as process:

        async def stored() -> bool:
            return (await attempts_by_name(database, hold.id)).get("checkpoints/1") == 1

        await until(stored, "no checkpoint was stored")
        process.kill()
        await ended(process)
    stand_in.does()
    second = await next_attempt(database, hold)
    async with attempt_process(served.url, await token_for(database, second), stand_in, tmp_path / "second") as process:
        assert await ended(process) == 0

    row = await run_of(database, hold.id)
    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert "It resumes from the checkpoint of step 1." in texts(entries)
    assert losses(entries) == [(1, 1), (2, 2), (2, 3)]


async def test_a_fenced_attempt_stops_its_trainer_and_stores_nothing(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    hold = await held_run(database, settings)
    token = await token_for(database, hold)
    async with attempt_process(served.url, token, stand_in, tmp_path / "first") as process:

        async def stepped() -> bool:
            return bool((await run_of(database, hold.id)).step)

        await until(stepped, "it does not train")
        await next_attempt(database, hold)
        fenced = await run_of(database, hold.id)
        assert await ended(process) == 0

    assert (await run_of(database, hold.id)).last_seq == fenced.last_seq
    async with with_token(served.url, token) as client:
        answer = await client.post("/v1/attempt/lease", json={"process": "x:1"})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (410, "CONFLICT")


async def test_a_cancelled_attempt_saves_and_ends(
    database: Database, settings: Settings, served: ServedDatabase, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    hold = await held_run(database, settings)
    async with attempt_process(served.url, await token_for(database, hold), stand_in, tmp_path / "there") as process:

        async def stepped() -> bool:
            return bool((await run_of(database, hold.id)).step)

        await until(stepped, "it does not train")
        async with httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=WAIT_SECONDS) as client:
            query = "mutation ($id: ID!) { cancelRun(input: {id: $id}) { errors { code } } }"
            await client.post("/graphql", json={"query": query, "variables": {"id": str(hold.id)}})
        assert await ended(process) == 0

    row = await run_of(database, hold.id)
    assert (row.status, row.message) == ("CANCELLED", "It was cancelled; a checkpoint of step 1 was saved.")


async def test_a_server_that_was_away_for_longer_than_a_lease_gets_everything_in_order(
    database: Database, settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits(lines=20)
    hold = await held_run(database, settings)
    environment = settings.environment()
    environment.pop("TUNIX_RT_DATA_DIR")
    (tmp_path / "server").mkdir()
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path / "server", environment) as running:
        port = int(running.url.rpartition(":")[2])
        token = await token_for(database, hold)
        there = attempt_process(running.url, token, stand_in, tmp_path / "there")
        process = await there.__aenter__()

        async def stepped() -> bool:
            return bool((await run_of(database, hold.id)).step)

        await until(stepped, "it does not train")
        running.process.kill()
        running.process.wait()
    stand_in.open()
    events = tmp_path / "there" / "runs" / str(hold.id) / "outcome.json"
    await until(lambda: asyncio.to_thread(events.exists), "training did not go on")
    assert (await run_of(database, hold.id)).status == "RUNNING"
    await let_lapse(database, hold.id)
    assert await claimed_by_another(database, settings) is None
    with background_server(replace(settings, data_dir=tmp_path / "server" / "data"), port):
        assert await ended(process) == 0
    await there.__aexit__(None, None, None)

    row = await until_status(database, hold.id, JobStatus.COMPLETED)
    entries = await check_sequence(database, row)
    assert (row.attempt, losses(entries)) == (1, [(1, 1), (1, 2), (1, 3)])
    # The standard error may have the warning of an upload that was repeated.
    texts = [entry.text for entry in entries if getattr(entry, "stream", None) == "STDOUT"]
    assert texts == ["the stand-in trains", *(f"line {number}" for number in range(20))]
