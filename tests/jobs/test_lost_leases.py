"""Training runs whose lease has expired, or is held elsewhere."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement

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
from tests.support.supervised_runs import (
    check_sequence,
    database,
    losses,
    run_settings,
    training,
    until_gone,
    worker_process,
    working,
)
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.jobs.queue import Hold, claim
from tunix_rt.domain.runs.lifecycle import cancel_run, record_state, retry_run
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.engines.base import Engine
from tunix_rt.jobs.engines.in_process import TaskEngine
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.supervision.outcome import OUTCOME_FILE
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

__all__ = ["away", "database", "run_settings"]


async def test_a_supervisor_that_lives_keeps_its_run_though_its_lease_has_passed(
    database: Database, run_settings: Settings, stand_in: StandIn, tmp_path: Path
):
    stand_in.waits()
    run_id = await enter_run(database, run_settings, await make_dataset(database))
    with worker_process(run_settings, tmp_path):
        processes = await training(database, run_settings, stand_in, run_id)
    worker = Worker(database, [Runs(run_settings)])
    await stop(database, tunix_runs, run_id, processes.supervisor)

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
    claimable: Sequence[ColumnElement[bool]] = ()
    slots = 1
    lease = timedelta(seconds=60)
    engine: Engine = TaskEngine(wait_for_ever)  # noqa: RUF009 - it has no state

    async def may_start(self, database: Database) -> bool:
        return True

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
    await stop(database, tunix_runs, run_id, processes.supervisor)
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
