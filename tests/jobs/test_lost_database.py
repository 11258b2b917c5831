"""Training runs whose database cannot be reached or written."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.locks import locked
from tests.support.runs import (
    Away,
    StandIn,
    away,
    enter_run,
    folder_of_run,
    let_lapse,
    make_dataset,
    run_of,
    until_exists,
    until_status,
)
from tests.support.stopping import stop
from tests.support.supervised_runs import check_sequence, database, losses, run_settings, runner_of, training, working
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.lifecycle import RunResult
from tunix_rt.errors import NotFound
from tunix_rt.jobs.runs import runner as jobs_runner
from tunix_rt.jobs.supervision.folder import Processes
from tunix_rt.jobs.supervision.outcome import OUTCOME_FILE, write_outcome
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

__all__ = ["away", "database", "run_settings"]


async def test_training_goes_on_while_the_database_is_away(
    database: Database, run_settings: Settings, stand_in: StandIn, away: Away
):
    stand_in.waits(steps=3, lines=5000)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        await training(database, run_settings, stand_in, run_id)
        folder = folder_of_run(run_settings, await run_of(database, run_id))
        async with away():
            stand_in.open()
            await until_exists(folder / OUTCOME_FILE)
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 1)
    assert losses(entries) == [(1, 1), (1, 2), (1, 3)]
    lines = [entry.text for entry in entries if hasattr(entry, "text")]
    assert lines == ["the stand-in trains", *(f"line {number}" for number in range(5000))]


async def test_a_waiting_request_gets_the_outcome_while_the_database_is_unreachable(
    database: Database, run_settings: Settings, stand_in: StandIn, away: Away
):
    stand_in.waits()
    dataset = await make_dataset(database)
    async with working(database, run_settings) as worker:
        runner = runner_of(database, run_settings, worker)
        config = RunConfig(dataset_id=dataset, model_id="tiny-random/qwen3", mode=RunMode.TRAIN, output_name="outcome")
        waiting = asyncio.create_task(runner.finish(config))
        await until_exists(run_settings.data_dir / "runs" / "outcome" / "checkpoints" / "1")
        async with away():
            stand_in.open()
            ended: RunResult = await waiting
        row = await until_status(database, ended.row["id"])

    assert not ended.persisted
    assert ended.warnings == (
        "The database cannot be written now. The outcome is kept in the run's folder and stored when it can.",
    )
    for name in ("status", "exit_code", "message", "stdout", "stderr", "completed_at"):
        assert ended.row[name] == getattr(row, name)


async def test_a_request_that_waits_for_much_output_gets_the_recorded_outcome(
    run_settings: Settings, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs_runner, "RECORDING_SECONDS", 0.4)
    stand_in.does(lines=100_000)
    settings = replace(run_settings, db_lock_timeout_seconds=30.0)
    database = Database(settings)
    dataset = await make_dataset(database)
    async with working(database, settings) as worker:
        config = RunConfig(dataset_id=dataset, model_id="tiny-random/qwen3", mode=RunMode.TRAIN)
        ended = await runner_of(database, settings, worker).finish(config)
    await database.close()

    assert (ended.persisted, ended.warnings, ended.row["status"]) == (True, (), "COMPLETED")
    assert ended.row["last_seq"] > 100_000


async def test_a_request_that_waits_for_a_slow_supervisor_gets_the_recorded_outcome(
    database: Database, run_settings: Settings, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs_runner, "RECORDING_SECONDS", 0.0)
    stand_in.waits()
    dataset = await make_dataset(database)
    asked = asyncio.Event()
    probe = jobs_runner.can_be_written

    async def recording_probe(*arguments: Any) -> bool:
        found = await probe(*arguments)
        asked.set()
        return found

    monkeypatch.setattr(jobs_runner, "can_be_written", recording_probe)
    async with working(database, run_settings) as worker:
        config = RunConfig(dataset_id=dataset, model_id="tiny-random/qwen3", mode=RunMode.TRAIN, output_name="slow")
        waiting = asyncio.create_task(runner_of(database, run_settings, worker).finish(config))
        await until_exists(run_settings.data_dir / "runs" / "slow" / "checkpoints" / "1")
        run_id = (await find_run(database, "slow")).id
        processes = await training(database, run_settings, stand_in, run_id)
        await stop(database, tunix_runs, run_id, processes.supervisor)
        # The outcome is in its file, and nobody records it.
        write_outcome(run_settings.data_dir / "runs" / "slow", outcome_of(processes))
        await asyncio.wait_for(asked.wait(), 30)
        assert not waiting.done()
        os.kill(processes.supervisor, signal.SIGCONT)
        stand_in.open()
        ended: RunResult = await waiting

    assert (ended.persisted, ended.warnings, ended.row["status"]) == (True, (), "COMPLETED")


def outcome_of(processes: Processes) -> AttemptOutcome:
    """Returns the outcome of an attempt that is not recorded yet."""
    return AttemptOutcome(
        owner=processes.owner, attempt=1, ended_at=now(), status=JobStatus.COMPLETED, message="Done.", exit_code=0
    )


async def find_run(database: Database, name: str) -> Any:
    """Returns the run whose folder has this name."""
    async with database.read() as session:
        return (await session.execute(select(tunix_runs).where(tunix_runs.c.output_name == name))).one()


async def test_a_dry_run_returns_its_result_if_the_database_cannot_be_written(
    database: Database, run_settings: Settings
):
    if not run_settings.database_url.startswith("sqlite"):
        return  # a PostgreSQL that cannot be written cannot be read either, so there is nothing to look at
    dataset = await make_dataset(database)
    worker = Worker(database, [])
    runner = runner_of(database, run_settings, worker)
    config = RunConfig(dataset_id=dataset, model_id="google/gemma-2b-it")
    async with locked(run_settings.database_url):
        ended = await runner.finish(config)
        with pytest.raises(NotFound):
            await runner.wait(ended.row["id"])

    assert (ended.persisted, ended.row["status"], ended.row["exit_code"]) == (False, "COMPLETED", 0)
    assert ended.warnings == ("The database could not be written, so the registry does not have this run.",)
    assert "✓ Dataset loaded: 2 traces" in ended.row["stdout"]


async def test_a_dry_run_whose_outcome_cannot_be_written_returns_it_and_is_repeated(
    database: Database, run_settings: Settings, away: Away, monkeypatch: pytest.MonkeyPatch
):
    dataset = await make_dataset(database)
    runner = runner_of(database, run_settings, Worker(database, []))
    check, found, go_on = runner.dry_runs.check, asyncio.Event(), asyncio.Event()

    async def check_and_wait(*arguments: Any) -> Any:
        finding = await check(*arguments)
        found.set()
        await go_on.wait()
        return finding

    monkeypatch.setattr(runner.dry_runs, "check", check_and_wait)
    waiting = asyncio.create_task(runner.finish(RunConfig(dataset_id=dataset, model_id="google/gemma-2b-it")))
    await found.wait()
    async with away():
        go_on.set()
        ended = await waiting
    monkeypatch.undo()
    await let_lapse(database, ended.row["id"])
    worker = Worker(database, [runner.dry_runs])
    worker.start()
    row = await until_status(database, ended.row["id"])
    await worker.stop()

    assert (ended.persisted, ended.row["status"]) == (False, "COMPLETED")
    assert ended.warnings[0].startswith("The database cannot be written now.")
    assert (row.status, row.attempt, row.stdout) == ("COMPLETED", 2, ended.row["stdout"])
