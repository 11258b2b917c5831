"""Training runs that are cancelled, stopped, or cannot be trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.run_storage import claimed_run, supervise
from tests.support.runs import (
    StandIn,
    enter_run,
    folder_of_run,
    make_dataset,
    run_of,
    sequence_of,
    until_status,
)
from tests.support.supervised_runs import (
    check_sequence,
    database,
    losses,
    run_settings,
    runner_of,
    states,
    training,
    until_gone,
    worker_process,
    working,
)
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.files import STDOUT_FILE
from tunix_rt.domain.runs.lifecycle import cancel_run, retry_run
from tunix_rt.jobs.supervision import supervisor
from tunix_rt.jobs.supervision.outcome import TrainerExit
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE

__all__ = ["database", "run_settings"]


async def test_what_waits_is_cancelled_at_once(database: Database, run_settings: Settings):
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with database.write() as session:
        await cancel_run(session, run_id, now())

    row = await run_of(database, run_id)
    assert (row.status, row.message) == ("CANCELLED", "It was cancelled before it started.")


async def test_what_trains_is_cancelled_with_a_checkpoint_and_a_retry_goes_on_from_it(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.waits(steps=3)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        processes = await training(database, run_settings, stand_in, run_id)
        async with database.write() as session:
            await cancel_run(session, run_id, now())
        cancelled = await until_status(database, run_id)
        await until_gone(processes.trainer)
        stand_in.open()
        async with database.write() as session:
            await retry_run(session, run_id, run_settings, now())
        row = await until_status(database, run_id, JobStatus.COMPLETED)

    assert (cancelled.status, cancelled.exit_code) == ("CANCELLED", 3)
    assert cancelled.message == "It was cancelled; a checkpoint of step 1 was saved."
    assert (row.attempt, row.error_message) == (2, None)
    assert losses(await check_sequence(database, row)) == [(1, 1), (2, 2), (2, 3)]


async def test_a_trainer_that_does_not_stop_is_killed_with_all_that_it_started(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.waits(deaf=True, loose=True)
    settings = replace(run_settings, run_grace_seconds=0.5)
    run_id = await enter_run(database, settings, await make_dataset(database))
    async with working(database, settings):
        processes = await training(database, settings, stand_in, run_id)
        loose = int((folder_of_run(settings, await run_of(database, run_id)) / "loose.pid").read_text())
        async with database.write() as session:
            await cancel_run(session, run_id, now())
        row = await until_status(database, run_id)
        await until_gone(processes.trainer, loose)

    assert (row.status, row.exit_code) == ("CANCELLED", -9)
    assert "did not stop within 0.5 s and was killed" in row.message


async def test_a_run_that_takes_too_long_is_stopped(
    database: Database, run_settings: Settings, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database), timeout_seconds=1)

    async def watch_later(*attempt: Any) -> TrainerExit:  # a busy machine needs longer to start the trainer
        await training(database, run_settings, stand_in, run_id)
        return await watch(*attempt)

    watch = supervisor.watch
    monkeypatch.setattr(supervisor, "watch", watch_later)
    assert await supervise(run_settings, await claimed_run(database)) == 0

    row = await run_of(database, run_id)
    assert (row.status, row.exit_code, row.error_code) == ("TIMEOUT", 3, "TIMEOUT")
    assert row.message == "It exceeded its time limit of 1 s; a checkpoint of step 1 was saved."


ENDS = {
    "an error event": ({"error": "NON_FINITE_LOSS"}, "BAD_USER_INPUT", 1, "The stand-in fails as planned."),
    "no memory": ({"error": "OUT_OF_MEMORY"}, "TOO_COSTLY", 1, "The stand-in fails as planned."),
    "a crash": (
        {"exit": 7},
        "TRAINER_FAILED",
        7,
        "The trainer exited with code 7: the stand-in crashes as planned",
    ),
    "silence": ({"exit": 0}, "TRAINER_FAILED", 0, "The trainer exited without reporting that it was done."),
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_failed_trainer_is_recorded_with_its_reason(
    database: Database, run_settings: Settings, stand_in: StandIn, end: str
):
    plan: Any
    plan, code, status, message = ENDS[end]
    stand_in.does(**plan)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (row.status, row.error_code, row.exit_code, row.message) == ("FAILED", code, status, message)
    assert row.attempt == 1


async def test_a_missing_interpreter_is_reported(database: Database, run_settings: Settings):
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, replace(run_settings, trainer_python="/no/such/python")):
        row = await until_status(database, run_id)

    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert row.message == (
        "The trainer could not be started: the trainer's interpreter cannot be started: No such file or directory"
    )


async def test_a_run_where_nothing_can_be_trained_is_recorded(database: Database, run_settings: Settings):
    dataset = await make_dataset(database)
    runner = runner_of(database, run_settings, Worker(database, []), available=False)
    config = RunConfig(dataset_id=dataset, model_id="tiny-random/qwen3", mode=RunMode.TRAIN)
    ended = await runner.finish(config)

    assert (ended.row["status"], ended.row["error_code"], ended.persisted) == ("FAILED", "UNAVAILABLE", True)
    assert ended.row["message"] == "Install it: pip install it"
    assert states(await sequence_of(database, ended.row["id"])) == [(0, "FAILED")]


async def test_a_folder_that_cannot_be_created_is_reported(database: Database, run_settings: Settings):
    run_settings.data_dir.mkdir()
    (run_settings.data_dir / "runs").write_text("no folder")
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert row.message.startswith("The run's folder cannot be written: ")


@pytest.mark.parametrize("name", [EVENTS_FILE, STDOUT_FILE])
async def test_a_folder_that_cannot_be_read_is_reported(database: Database, run_settings: Settings, name: str):
    run_id = await enter_run(database, run_settings, await make_dataset(database), output_name="odd")
    (run_settings.data_dir / "runs" / "odd" / name).mkdir(parents=True)
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (row.status, row.error_code, row.attempt) == ("FAILED", "UNAVAILABLE", 1)
    assert row.message.startswith("The run's folder cannot be ")
    assert str(run_settings.data_dir) not in row.message


async def test_a_full_disk_is_reported(database: Database, run_settings: Settings, tmp_path: Path):
    if run_settings.database_url.startswith("sqlite"):
        return  # its own file is on that disk: see the tests of the database's errors
    dataset = await make_dataset(database, prompts=["x" * 40_000 + str(number) for number in range(50)])
    run_id = await enter_run(database, run_settings, dataset)
    with worker_process(run_settings, tmp_path, RLIMIT_FSIZE=1_000_000):
        row = await until_status(database, run_id)

    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert row.message == "The run's folder cannot be written: File too large."
    assert not [path.name for path in folder_of_run(run_settings, row).glob("dataset.jsonl*")]
