"""The worker while its database is unreachable, and while files cannot be read: it neither stops nor floods the log."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.postgres import free_port
from tests.support.remote_attempts import held_run
from tests.support.runs import StandIn, enter_run, let_lapse, make_dataset, run_of, with_stand_in
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs import worker as workers
from tunix_rt.jobs.dry_runs.check import make_check_folder
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.engines.base import Leftovers
from tunix_rt.jobs.engines.local import LocalEngine, start_process, watch_exit
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

ROUNDS = 200


async def test_the_exit_of_a_process_is_reported_once():
    exits: list[int] = []
    first = asyncio.Event()

    def count_exit() -> None:
        exits.append(1)
        first.set()

    process = start_process([sys.executable, "-c", ""], os.environ)
    forget = watch_exit(process, count_exit)
    await first.wait()
    for _ in range(ROUNDS):
        await asyncio.sleep(0)

    assert exits == [1]
    forget()
    forget()
    assert process.wait() == 0


async def test_a_worker_whose_database_is_away_is_not_hastened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    for name in ("POLL_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(workers, name, 3600.0)
    settings = Settings(data_dir=tmp_path, database_url=f"postgresql+asyncpg://u@127.0.0.1:{free_port()}/d")
    database = Database(settings)
    worker = Worker(database, [Runs(settings)])
    with caplog.at_level(logging.WARNING):
        worker.start()

        async def failed() -> list[str]:
            return log_messages(caplog)

        lines = await until(failed)
        for _ in range(ROUNDS):
            worker.wake()
            await asyncio.sleep(0)
        await worker.stop()
    await database.close()

    assert lines == log_messages(caplog) == ["worker: The database cannot be reached or written now; try again later."]


async def test_files_that_cannot_be_read_hinder_no_other_jobs(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
):
    unreadable = replace(settings, data_dir=settings.data_dir / ("x" * 300))
    abandoned, lock = make_check_folder(settings.data_dir)
    lock.release()
    os.utime(abandoned, (0, 0))
    worker = Worker(database, [Exports(unreadable), DryRuns(database, settings)])

    for _ in range(2):
        await worker.step()
    await worker.stop()

    assert not abandoned.exists()
    assert log_messages(caplog) == ["worker: files left by EXPORT jobs cannot be removed: File name too long"]


def log_messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Returns the messages that the worker has logged."""
    return [record.getMessage() for record in caplog.records if record.name == workers.__name__]


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_worker_logs_the_start_and_the_end_of_each_attempt(
    database: Database, settings: Settings, stand_in: StandIn, caplog: pytest.LogCaptureFixture, is_killed: bool
):
    if is_killed:
        stand_in.waits()
    settings = with_stand_in(settings, stand_in, run_attempts=1)
    run_id = await enter_run(database, settings, await make_dataset(database))
    worker = Worker(database, [Runs(settings)])

    async def is_ended() -> bool:
        return "has ended" in caplog.text

    async def is_training() -> bool:
        return bool((await run_of(database, run_id)).step)

    with caplog.at_level(logging.INFO, logger=workers.__name__):
        worker.start()
        if is_killed:
            await until(is_training)
            (job,) = worker._running
            os.kill(job.execution._process.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        await until(is_ended)
        await worker.stop()

    killed = "Its process was killed by signal 9"
    events = ["attempt 1 starts"]
    if is_killed:
        assert log_messages(caplog).pop(1) == f"run {run_id} is FAILED: {killed}"
    events.append(f"attempt 1 has ended: {killed}" if is_killed else "attempt 1 has ended")
    assert [message for message in log_messages(caplog) if "attempt" in message] == [
        f"run {run_id}: {event}" for event in events
    ]


class Meeting(LocalEngine):
    """An engine whose inspections end together."""

    def __init__(self, settings: Settings, parties: int) -> None:
        super().__init__(settings)
        self._barrier = asyncio.Barrier(parties)

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        await self._barrier.wait()
        return Leftovers.ALIVE


async def test_silent_attempts_are_inspected_together(database: Database, settings: Settings):
    kind = Runs(replace(settings, run_slots=0))
    kind.engine = Meeting(settings, 2)
    for _ in range(2):
        await let_lapse(database, (await held_run(database, settings)).id)
    worker = Worker(database, [kind])
    async with asyncio.timeout(WAIT_SECONDS):
        await worker.step()
    await worker.stop()


async def test_a_worker_that_is_to_stop_leaves_the_other_kinds_of_job(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, database_url=f"postgresql+asyncpg://u@127.0.0.1:{free_port()}/d")
    database = Database(settings)
    worker = Worker(database, [Runs(settings), Exports(settings)])
    await worker.stop()

    await worker.step()  # which would fail: there is no database
    await database.close()
