"""Training runs whose trainer, supervisor, worker or server is killed.

In every case a run ends with one recorded outcome, its output is neither lost nor duplicated, and no process is left.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tests.support.runs import (
    StandIn,
    artifacts_of,
    enter_run,
    folder_of_run,
    let_lapse,
    make_dataset,
    run_of,
    until_status,
)
from tests.support.servers import serving
from tests.support.supervised_runs import (
    check_sequence,
    database,
    losses,
    run_settings,
    states,
    training,
    until_gone,
    worker_process,
    working,
)
from tunix_rt.db.session import Database
from tunix_rt.jobs.process import NICENESS
from tunix_rt.settings import Settings

__all__ = ["database", "run_settings"]


KILLED = "The trainer was killed by signal 9 (SIGKILL), as the system does when memory runs out"


def niceness_of(process: int) -> int:
    """Returns the niceness of a process."""
    return os.getpriority(os.PRIO_PROCESS, process)


async def test_a_trainer_that_is_killed_is_followed_by_one_that_resumes(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.does(steps=4, dies_in=1)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt, row.exit_code) == ("COMPLETED", 2, 0)
    assert states(entries) == [(0, "PENDING"), (1, "RUNNING"), (1, "PENDING"), (2, "RUNNING"), (2, "COMPLETED")]
    assert losses(entries) == [(1, 1), (1, 2), (2, 3), (2, 4)]
    reasons = [entry.reason for entry in entries if getattr(entry, "reason", None)]
    assert reasons == [
        f"{KILLED}. Another attempt follows.",
        "It resumes from the checkpoint of step 2.",
        "Trained 4 steps; training loss 0.2500.",
    ]


async def test_a_trainer_that_is_killed_each_time_has_failed_in_the_end(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.does(steps=4, dies_in=1)
    run_id = await enter_run(database, replace(run_settings, run_attempts=1), await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    reason = (
        "The trainer was killed by signal 9 (SIGKILL), as the system does when memory runs out, at its last attempt."
    )
    assert (row.status, row.exit_code, row.error_code) == ("FAILED", -9, "TRAINER_FAILED")
    assert row.message == row.error_message == reason
    assert row.stdout == "the stand-in trains\n"
    assert "checkpoints/2" in await artifacts_of(database, run_id)


async def test_a_supervisor_that_is_killed_takes_its_trainer_with_it(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    stand_in.waits(steps=3, loose=True, lines=10)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        processes = await training(database, run_settings, stand_in, run_id)
        loose = int((folder_of_run(run_settings, await run_of(database, run_id)) / "loose.pid").read_text())
        lowered = niceness_of(processes.trainer) - niceness_of(processes.supervisor)
        stand_in.does(steps=3, lines=10)
        os.kill(processes.supervisor, signal.SIGKILL)
        row = await until_status(database, run_id)
        await until_gone(processes.trainer, loose)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert losses(entries) == [(1, 1), (2, 2), (2, 3)]
    assert lowered == NICENESS
    assert "Its process was killed by signal 9." in [getattr(entry, "reason", "") for entry in entries]


async def test_a_worker_that_is_killed_is_not_missed(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    with worker_process(run_settings, tmp_path) as worker:
        await training(database, run_settings, stand_in, run_id)
        worker.kill()
        worker.wait()
    stand_in.open()
    row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1)
    await check_sequence(database, row)


async def test_a_server_and_a_supervisor_that_are_killed_are_followed_by_another_server(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    environment = run_settings.environment()
    del environment["TUNIX_RT_PORT"]
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as server:
        processes = await training(database, run_settings, stand_in, run_id)
        server.process.kill()
        server.process.wait()
        os.kill(processes.supervisor, signal.SIGKILL)
    await until_gone(processes.supervisor, processes.trainer)
    assert (await run_of(database, run_id)).status == "RUNNING"
    await let_lapse(database, run_id)
    stand_in.does()
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert losses(entries) == [(1, 1), (2, 2), (2, 3)]
    assert "Its process stopped sending heartbeats." in [getattr(entry, "reason", "") for entry in entries]
