"""Dry runs on workers without the database: placed, performed by their process, and failed if no worker takes them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select, update

from tests.support.remote_attempts import ServedDatabase, served, with_token, worker_folder
from tests.support.remote_generations import claimed
from tests.support.runs import StandIn, enter_run, make_dataset, run_of, with_stand_in
from tests.support.supervised_runs import runner_of
from tests.support.traces import on_sqlite
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import run_artifacts, run_metrics, run_states, traces, tunix_runs, workers
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import ClaimedAttempt, WorkerClaim, register
from tunix_rt.domain.jobs.queue import has_waiting
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.lifecycle import cancel_run
from tunix_rt.domain.runs.waiting import DRY_RUN_WAIT
from tunix_rt.jobs.dry_runs import counting
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.remote.dry_run import work
from tunix_rt.jobs.remote.worker import RemoteWorker, StartedAttempt
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

__all__ = ["served"]

DRY = [JobKindName.DRY_RUN]


@pytest.fixture
def settings(settings: Settings, stand_in: StandIn) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return with_stand_in(settings, stand_in, worker=False)


@pytest.fixture
def runner(database: Database, settings: Settings) -> LocalRunner:
    """A runner on a machine without Tunix."""
    return runner_of(database, settings, Worker(database, []), available=False)


async def add_worker(database: Database, *labels: str, kinds: Sequence[JobKindName] = DRY) -> None:
    """Registers a worker without the database."""
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1"}
    async with database.write() as session:
        await register(session, WorkerClaim(**given, kinds=list(kinds), labels=list(labels)))


async def config_for(database: Database, **parameters: Any) -> RunConfig:
    """The parameters of a dry run."""
    dataset = await make_dataset(database, 10, name=uuid.uuid4().hex)
    return RunConfig(dataset_id=dataset, **{"model_id": "tiny-random/qwen3"} | parameters)


async def held(database: Database, runner: LocalRunner, **parameters: Any) -> ClaimedAttempt:
    """The first attempt at a dry run on a worker elsewhere."""
    await add_worker(database)
    await runner.start(await config_for(database, **parameters))
    found = await claimed(database, kinds=DRY)
    assert found is not None
    return found


async def performed(settings: Settings, served: ServedDatabase, attempt: ClaimedAttempt, folder: Path) -> int:
    """The exit status of the process of an attempt, which is performed in this one."""
    return await work(replace(settings, server=served.url, attempt_token=attempt.token, data_dir=folder))


def idle_process() -> subprocess.Popen[bytes]:
    """A process that does nothing until it is left."""
    return subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)


@on_sqlite
async def test_a_worker_elsewhere_performs_the_dry_run_of_a_server_without_tunix(
    database: Database, settings: Settings, served: ServedDatabase, runner: LocalRunner, tmp_path: Path
):
    config = await config_for(database)
    here = await runner.finish(config)
    await enter_run(database, settings, config.dataset_id)
    taken = await claimed(database, kinds=[JobKindName.RUN])
    assert taken is not None
    training = await enter_run(database, settings, config.dataset_id)
    beside_runs = str(worker_folder(served.url, tmp_path / "there") / "models")  # as here, which manifests name
    given = replace(settings, server=served.url, data_dir=tmp_path / "there", models_dir=beside_runs)
    stopping, worker = asyncio.Event(), RemoteWorker(replace(given, run_slots=1))
    with idle_process() as trainer:
        worker._started.append(StartedAttempt(taken, "another claim", trainer))
        working = asyncio.create_task(worker.run(stopping))

        async def is_registered() -> bool:
            async with database.read() as session:
                return (await session.execute(select(workers.c.id))).first() is not None

        await until(is_registered)
        elsewhere = await runner.finish(config)
        stopping.set()
        await working

    assert (await run_of(database, training)).attempt == 0

    def lines(row: Any) -> list[str]:
        return [line for line in row["stdout"].splitlines() if not line.startswith(("Output:", "✓ Dataset loaded"))]

    assert (here.row["engine"], elsewhere.row["engine"]) == ("server", "local")
    assert (elsewhere.row["status"], elsewhere.row["attempt"], elsewhere.row["stderr"]) == ("COMPLETED", 1, "")
    assert lines(elsewhere.row) == lines(here.row)
    assert "✓ Dataset loaded: 10 records" in elsewhere.row["stdout"].splitlines()
    assert elsewhere.row["total_steps"] == here.row["total_steps"] is not None
    async with database.read() as session:
        names = select(run_metrics.c.name, run_metrics.c.value).order_by(run_metrics.c.name)
        counts = [
            [tuple(found) for found in await session.execute(names.where(run_metrics.c.run_id == row["id"]))]
            for row in (here.row, elsewhere.row)
        ]
        assert (await session.execute(select(run_artifacts.c.id))).all() == []
    assert counts[0] == counts[1] != []
    assert list(served.data_dir.rglob("*.jsonl")) == []
    assert list((worker_folder(served.url, tmp_path / "there") / "runs").iterdir()) == []


async def test_what_keeps_training_from_starting_is_the_result(
    database: Database, settings: Settings, served: ServedDatabase, runner: LocalRunner, tmp_path: Path
):
    unknown = await held(database, runner, model_id="no such model")
    assert await performed(settings, served, unknown, tmp_path / "there") == 0
    row = await run_of(database, unknown.job)
    assert (row.status, row.error_code, row.message) == ("FAILED", "NOT_FOUND", "Export validation error.")
    assert "There is no model 'no such model'" in row.stderr

    empty = await held(database, runner)
    async with database.write() as session:
        await session.execute(delete(traces))
    assert await performed(settings, served, empty, tmp_path / "there") == 0
    row = await run_of(database, empty.job)
    assert (row.status, row.error_code) == ("FAILED", "NOT_FOUND")
    assert row.stderr == "The dataset is empty: all of its 10 traces were deleted."


@on_sqlite
@pytest.mark.parametrize("end", ["cancelled", "too long", "replaced"])
async def test_a_dry_run_that_never_ends_is_stopped(
    database: Database,
    settings: Settings,
    served: ServedDatabase,
    runner: LocalRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
):
    python = tmp_path / "never"
    python.write_text("#!/bin/sh\nexec sleep 600\n")
    python.chmod(0o755)
    monkeypatch.setattr(counting, "FEW_RECORDS", 0)
    attempt = await held(database, runner, timeout_seconds=1 if end == "too long" else None)
    async with database.write() as session:
        if end == "cancelled":
            await cancel_run(session, attempt.job, now())
    there = replace(settings, trainer_python=str(python), job_lease_seconds=1)
    working = asyncio.create_task(performed(there, served, attempt, tmp_path / "there"))
    if end == "replaced":
        async with database.write() as session:
            mine = update(tunix_runs).where(tunix_runs.c.id == attempt.job)
            await session.execute(mine.values(attempt=2, owner="another"))
    assert await working == 0

    row = await run_of(database, attempt.job)
    expected = {
        "cancelled": ("CANCELLED", None, "It was cancelled."),
        "too long": ("TIMEOUT", "TIMEOUT", "It exceeded its time limit of 1 s."),
        "replaced": ("RUNNING", None, "It is being checked."),
    }
    assert (row.status, row.error_code, row.message) == expected[end]
    assert list((tmp_path / "there").glob("runs/*")) == []


async def test_a_dry_run_is_for_the_workers_that_its_labels_name(
    database: Database, settings: Settings, runner: LocalRunner
):
    await add_worker(database, "gpu", kinds=[JobKindName.RUN])
    config = await config_for(database, labels=("gpu",))
    failed = (await runner.finish(config)).row
    assert (failed["status"], failed["error_code"]) == ("FAILED", "UNAVAILABLE")
    assert failed["message"] == "No live worker that performs dry runs has the labels gpu."

    await add_worker(database, "gpu")
    run_id = (await runner.start(config))["id"]
    assert await claimed(database, kinds=DRY, labels=["other"]) is None
    assert await claimed(database, kinds=[JobKindName.RUN], labels=["gpu"]) is None
    for labels, waits in (("", False), ("gpu", True)):
        kind = DryRuns(database, replace(settings, worker_labels=labels))
        async with database.read() as session:
            assert await has_waiting(session, tunix_runs, *kind.conditions, *kind.claimable) is waits
    found = await claimed(database, kinds=DRY, labels=["gpu"])
    assert (found and (found.kind, found.job)) == (JobKindName.DRY_RUN, run_id)
    assert (await claimed(database, kinds=DRY, labels=["gpu"])) is not None, "its answer was lost"


async def test_a_dry_run_that_no_worker_takes_fails_and_may_be_retried(
    database: Database, settings: Settings, runner: LocalRunner
):
    await add_worker(database)
    row = await runner.start(await config_for(database))
    dry_runs = DryRuns(database, settings)
    await dry_runs.sweep(database)
    assert (await run_of(database, row["id"])).status == "PENDING"

    long_ago = now() - DRY_RUN_WAIT - timedelta(seconds=1)
    async with database.write() as session:
        await session.execute(update(run_states).values(at=long_ago))
        await session.execute(update(tunix_runs).values(created_at=long_ago))
    ended = (await runner.wait(row["id"])).row

    assert (ended["status"], ended["error_code"]) == ("FAILED", "UNAVAILABLE")
    assert ended["message"] == "No worker has taken the dry run within 5 minutes."


async def test_only_the_result_of_a_dry_run_is_accepted(
    database: Database, settings: Settings, served: ServedDatabase, runner: LocalRunner
):
    attempt = await held(database, runner)
    async with with_token(served.url, attempt.token) as client:

        async def sent(**changed: Any) -> httpx.Response:
            return await client.post("/v1/attempt/dry_run", json={"status": "COMPLETED"} | changed)

        for wrong in (
            {"status": "RUNNING"},
            {"status": "FAILED"},
            {"lines": ["x" * 20_001]},
            {"report": {"ok": True, "train": {"records": -1}}},
            {"report": {"ok": True, "planned": dict.fromkeys(PLAN, 2**31)}},
        ):
            answer = await sent(**wrong)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
        assert (await run_of(database, attempt.job)).status == "RUNNING"
        assert (await sent()).status_code == 204
        assert (await sent()).status_code == 410
    training = await enter_run(database, settings, await make_dataset(database, name="other"))
    found = await claimed(database, kinds=[JobKindName.RUN])
    assert found is not None
    async with with_token(served.url, found.token) as client:
        assert (await client.post("/v1/attempt/dry_run", json={"status": "COMPLETED"})).status_code == 410
    assert (await run_of(database, training)).status == "RUNNING"


PLAN = ("batches_per_epoch", "batches_per_step", "steps_per_epoch", "total_steps")
