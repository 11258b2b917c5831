"""Training runs with injected failures: processes are killed, the database is stopped, the disk is full.

In every case a run ends with one recorded outcome, its output is neither lost nor duplicated, and no process is left.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import types
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select

from tests.support.locks import locked
from tests.support.processes import is_alive
from tests.support.runs import (
    Away,
    StandIn,
    artifacts_of,
    away,
    enter_run,
    folder_of_run,
    let_lapse,
    make_dataset,
    run_of,
    sequence_of,
    until_exists,
    until_status,
    with_stand_in,
)
from tests.support.servers import clean_environment, serving
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName, JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.files import DELETED_FILE, STDOUT_FILE, mark_deleted
from tunix_rt.domain.runs.lifecycle import RunResult, cancel_run, delete_run, record_state, retry_run
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import Conflict, NotFound
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.engines.base import Engine
from tunix_rt.jobs.engines.in_process import TaskEngine
from tunix_rt.jobs.queue import Hold, claim
from tunix_rt.jobs.runs import runner as jobs_runner
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.supervision.folder import Processes, known_processes
from tunix_rt.jobs.supervision.outcome import OUTCOME_FILE, AttemptOutcome, write_outcome
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE

__all__ = ["away"]

KILLED = "The trainer was killed by signal 9 (SIGKILL), as the system does when memory runs out"


@pytest.fixture
def run_settings(settings: Settings, stand_in: StandIn) -> Settings:
    """Settings with the stand-in as trainer."""
    return with_stand_in(settings, stand_in)


@pytest.fixture
async def database(run_settings: Settings) -> AsyncIterator[Database]:
    """The fresh database, for a process that does not wait long for a lock."""
    database = Database(run_settings)
    yield database
    await database.close()


@asynccontextmanager
async def working(database: Database, settings: Settings) -> AsyncIterator[Worker]:
    """A worker in this process."""
    worker = Worker(database, [Runs(settings)])
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


@contextmanager
def worker_process(settings: Settings, folder: Path, **limits: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a separate process."""
    environment = clean_environment() | settings.environment()
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "tunix_rt", "worker"], env=environment, stderr=log)
    for name, most in limits.items():
        resource.prlimit(process.pid, getattr(resource, name), (most, most))
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def training(database: Database, settings: Settings, stand_in: StandIn, run_id: uuid.UUID) -> Processes:
    """Returns the processes of a run that has completed its first step and waits at the gate."""

    async def stepped() -> Processes | None:
        row = await run_of(database, run_id)
        return known_processes(folder_of_run(settings, row)) if row.step else None

    found: Processes = await until(stepped)
    return found


async def check_sequence(database: Database, row: Any) -> list[Any]:
    """Returns the events of a run, after checking that none is missing and none is duplicated."""
    entries = await sequence_of(database, row.id)
    assert [entry.seq for entry in entries] == list(range(1, row.last_seq + 1))
    return entries


def states(entries: list[Any]) -> list[tuple[int, str]]:
    """Returns the attempts and statuses of a run, without repetitions."""
    found = [(entry.attempt, entry.status) for entry in entries if hasattr(entry, "status")]
    return [state for place, state in enumerate(found) if place == 0 or found[place - 1] != state]


def losses(entries: list[Any]) -> list[tuple[int, int]]:
    """Returns the attempt and the step of each reported loss."""
    return [(entry.attempt, entry.step) for entry in entries if getattr(entry, "name", "") == "train/loss"]


async def until_gone(*pids: int) -> None:
    """Waits until these processes are gone."""

    async def gone() -> bool:
        return not any(map(is_alive, pids))

    await until(gone)


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
        f"{KILLED}. Another attempt goes on.",
        "It goes on from the checkpoint of step 2.",
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
        stand_in.does(steps=3, lines=10)
        os.kill(processes.supervisor, signal.SIGKILL)
        row = await until_status(database, run_id)
        await until_gone(processes.trainer, loose)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert losses(entries) == [(1, 1), (2, 2), (2, 3)]
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
        os.kill(processes.supervisor, signal.SIGSTOP)  # the outcome is in its file, and nobody records it
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
    with locked(run_settings.database_url):
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


async def test_a_supervisor_that_lives_keeps_its_run_though_its_lease_has_passed(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    with worker_process(run_settings, tmp_path):
        processes = await training(database, run_settings, stand_in, run_id)
    worker = Worker(database, [Runs(run_settings)])
    os.kill(processes.supervisor, signal.SIGSTOP)

    await let_lapse(database, run_id)
    await worker.step()
    assert (await run_of(database, run_id)).owner == processes.owner
    os.kill(processes.supervisor, signal.SIGCONT)
    stand_in.open()
    row = await until_status(database, run_id)
    await worker.stop()

    assert (row.status, row.attempt) == ("COMPLETED", 1)


async def wait_for_ever(hold: Hold) -> None:
    """Performs a job that does not end."""
    await asyncio.Event().wait()


@dataclass
class Idle:
    """A kind of job that does not end."""

    name = JobKindName.RUN
    table = tunix_runs
    conditions: Sequence[ColumnElement[bool]] = ()
    slots = 1
    lease = timedelta(seconds=60)
    engine: Engine = TaskEngine(wait_for_ever)  # noqa: RUF009 - it has no state

    async def record_event(self, session: Session, job_id: uuid.UUID, message: str | None) -> None:
        await record_state(session, job_id, message, "It idles.")

    async def sweep(self, database: Database) -> None:
        pass


async def test_a_lease_starts_and_expires_by_the_databases_clock(
    database: Database, run_settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    if run_settings.database_url.startswith("sqlite"):
        return  # it has no clock but this machine's
    ahead = now() + timedelta(days=365)
    for module in [module for name, module in sys.modules.items() if name.startswith("tunix_rt.")]:
        if getattr(module, "now", None) is now:
            monkeypatch.setattr(module, "now", lambda: ahead)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    workers = [Worker(database, [Idle()]) for _ in range(2)]
    for worker in workers:
        await worker.step()
    row = await run_of(database, run_id)
    for worker in workers:
        await worker.stop()

    assert (row.status, row.attempt) == ("RUNNING", 1), "the other worker has not taken it for gone"
    assert ahead - row.lease_expires_at > timedelta(days=364)


async def test_a_run_whose_clock_was_ahead_can_be_cancelled_tried_again_and_deleted(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with database.write() as session:
        row = await claim(session, tunix_runs, "gone", now() + timedelta(days=365))
        assert row is not None
        await record_state(session, run_id, None, "It begins.")
    async with database.write() as session:
        await cancel_run(session, run_id, now())
    cancelled = await run_of(database, run_id)
    async with database.write() as session:
        await retry_run(session, run_id, run_settings, now())
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (cancelled.status, cancelled.message) == (
        "CANCELLED", "It was cancelled. Its process had stopped sending heartbeats."
    )  # fmt: skip
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    await delete_with_folder(database, run_id, run_settings.data_dir, open_storage(run_settings))


async def test_a_run_whose_clock_was_ahead_is_found_by_a_worker(database: Database, run_settings: Settings):
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with database.write() as session:
        await claim(session, tunix_runs, "gone", now() + timedelta(days=365))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 2)


async def test_a_supervisor_whose_run_was_taken_over_elsewhere_ends_without_a_word(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    with worker_process(run_settings, tmp_path) as worker:
        processes = await training(database, run_settings, stand_in, run_id)
        worker.kill()
        worker.wait()
    os.kill(processes.supervisor, signal.SIGSTOP)
    await let_lapse(database, run_id)
    stand_in.does()
    elsewhere = replace(run_settings, data_dir=tmp_path / "another machine")
    async with working(database, elsewhere):
        row = await until_status(database, run_id)
        os.kill(processes.supervisor, signal.SIGCONT)
        await until_gone(processes.supervisor, processes.trainer)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt) == ("COMPLETED", 2)
    assert losses(entries) == [(1, 1), (2, 1), (2, 2), (2, 3)]
    assert await run_of(database, run_id) == row


async def test_an_outcome_that_was_not_recorded_is_recorded_by_the_next_worker(
    database: Database, run_settings: Settings, stand_in: StandIn, away: Away, tmp_path: Path
):
    stand_in.waits(lines=50)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    with worker_process(run_settings, tmp_path) as worker:
        processes = await training(database, run_settings, stand_in, run_id)
        folder = folder_of_run(run_settings, await run_of(database, run_id))
        worker.kill()
        worker.wait()
    async with away():
        stand_in.open()
        await until_exists(folder / OUTCOME_FILE)
        os.kill(processes.supervisor, signal.SIGKILL)
        await until_gone(processes.supervisor)
    await let_lapse(database, run_id)
    stand_in.does(error="INTERNAL")
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    assert (row.status, row.attempt, row.exit_code) == ("COMPLETED", 1, 0)
    assert len([entry for entry in entries if hasattr(entry, "text")]) == 51


async def test_an_outcome_is_recorded_by_the_worker_whose_supervisor_was_killed(
    database: Database, run_settings: Settings, stand_in: StandIn, away: Away
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        processes = await training(database, run_settings, stand_in, run_id)
        folder = folder_of_run(run_settings, await run_of(database, run_id))
        async with away():
            stand_in.open()
            await until_exists(folder / OUTCOME_FILE)
            os.kill(processes.supervisor, signal.SIGKILL)
            await until_gone(processes.supervisor)
        row = await until_status(database, run_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1)
    await check_sequence(database, row)


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


async def test_a_run_that_takes_too_long_is_stopped(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database), timeout_seconds=1)
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    assert (row.status, row.exit_code, row.error_code) == ("TIMEOUT", 3, "TIMEOUT")
    assert row.message.startswith("It exceeded its time limit of 1 s; a checkpoint of step ")


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


async def test_runs_wait_in_order_for_a_slot(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.waits()
    dataset = await make_dataset(database)
    first, second, third = [await enter_run(database, run_settings, dataset) for _ in range(3)]
    async with working(database, replace(run_settings, run_slots=2)):
        for run_id in (first, second):
            await training(database, run_settings, stand_in, run_id)
        assert (await run_of(database, third)).status == "PENDING"
        stand_in.open()
        rows = [await until_status(database, run_id) for run_id in (first, second, third)]

    assert [row.status for row in rows] == ["COMPLETED"] * 3
    assert rows[2].started_at >= min(row.completed_at for row in rows[:2])


async def test_two_workers_never_work_on_one_attempt(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    dataset = await make_dataset(database)
    runs = [await enter_run(database, run_settings, dataset) for _ in range(4)]
    with worker_process(run_settings, tmp_path), worker_process(run_settings, tmp_path):
        rows = [await until_status(database, run_id) for run_id in runs]

    for row in rows:
        entries = await check_sequence(database, row)
        assert (row.status, row.attempt) == ("COMPLETED", 1)
        assert losses(entries) == [(1, 1), (1, 2), (1, 3)]


async def test_a_hundred_thousand_lines_come_in_order(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.does(lines=100_000, long_line=1_000_000)
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        row = await until_status(database, run_id)

    entries = await check_sequence(database, row)
    lines = [entry.text for entry in entries if getattr(entry, "stream", "") == "STDOUT"]
    assert lines == ["the stand-in trains", *(f"line {number}" for number in range(100_000))]
    (long,) = [entry.text for entry in entries if getattr(entry, "stream", "") == "STDERR"]
    assert long == "é" * 8192 + "… [1,983,616 more bytes in the file]"
    assert len(row.stdout.encode()) <= 10_240
    assert row.stdout.startswith("[1,088,910 bytes in all, these are the last]\n")
    assert row.stdout.endswith("line 99999\n")


async def test_a_deletion_that_was_interrupted_is_completed(
    database: Database, run_settings: Settings, stand_in: StandIn
):
    dataset = await make_dataset(database)
    kept, gone = [await enter_run(database, run_settings, dataset, output_name=name) for name in ("kept", "gone")]
    async with working(database, run_settings):
        rows = [await until_status(database, run_id) for run_id in (kept, gone)]
    folders = [folder_of_run(run_settings, row) for row in rows]
    for folder in folders:
        mark_deleted(folder)
    async with database.write() as session:
        assert await delete_run(session, gone) == "gone"

    await Runs(run_settings).sweep(database)

    assert [folder.exists() for folder in folders] == [True, False]
    assert not (folders[0] / DELETED_FILE).exists()


async def test_what_runs_is_not_deleted(database: Database, run_settings: Settings, stand_in: StandIn):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    async with working(database, run_settings):
        await training(database, run_settings, stand_in, run_id)
        with pytest.raises(Conflict):
            await delete_with_folder(database, run_id, run_settings.data_dir, open_storage(run_settings))
        stand_in.open()
        row = await until_status(database, run_id)
    await delete_with_folder(database, run_id, run_settings.data_dir, open_storage(run_settings))

    assert not folder_of_run(run_settings, row).exists()
    assert await sequence_of(database, run_id) == []


def runner_of(database: Database, settings: Settings, worker: Worker, *, available: bool = True) -> LocalRunner:
    """Returns a runner on a machine where training is possible or not."""

    async def status() -> Any:
        return types.SimpleNamespace(available=available, message="Install it: pip install it")

    probe = types.SimpleNamespace(status=status)
    return LocalRunner(database, settings, DryRuns(database, settings), probe, worker.wake)
