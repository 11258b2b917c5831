"""Workers register: each has a row while it runs, which it renews, and which others remove once it is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.support.locks import locked
from tests.support.postgres import free_port
from tests.support.waiting import until
from tunix_rt import __version__
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import workers
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs import workers as registry
from tunix_rt.domain.jobs.workers import (
    ALIVE,
    RETENTION,
    count_live_workers,
    delete_worker,
    has_fitting_worker,
    live_workers,
)
from tunix_rt.jobs import registration
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.registration import WorkerRegistration
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.worker import JobKind, Worker
from tunix_rt.settings import Settings

SECOND = timedelta(seconds=1)


async def rows_of(database: Database) -> list[Any]:
    """Returns the rows of all workers, lost ones included."""
    async with database.read() as session:
        return list((await session.execute(select(workers).order_by(workers.c.id))).all())


async def live_ids(database: Database) -> set[Any]:
    """Returns the ids of the workers that are alive, as they are listed and counted."""
    async with database.read() as session:
        at = await instant(session)
        found = {row.id for row in await live_workers(session, at)}
        assert await count_live_workers(session, at) == len(found)
    return found


async def last_seen(database: Database, worker: WorkerRegistration, ago: timedelta) -> datetime:
    """Sets the last heartbeat of a worker to a time ago, by the database's clock; returns that time."""
    async with database.write() as session:
        at = await instant(session) - ago
        await session.execute(update(workers).where(workers.c.id == worker.worker.id).values(seen_at=at))
    return at


async def registered(database: Database) -> WorkerRegistration:
    """Returns the registration of a worker that has registered."""
    found = WorkerRegistration(database, [JobKindName.EXPORT])
    await found.renew()
    return found


def messages_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Returns the messages that registrations have logged."""
    return [record.getMessage() for record in caplog.records if record.name == registration.__name__]


async def test_a_worker_is_registered_from_its_start_to_its_stop(database: Database, settings: Settings):
    kinds: list[JobKind] = [Exports(settings), Runs(replace(settings, run_slots=0)), DryRuns(database, settings)]
    worker = Worker(database, kinds)
    worker.start()
    (row,) = await until(lambda: rows_of(database))
    alive = await live_ids(database)
    await worker.stop()

    assert (row.host, row.process_id, row.version) == (socket.gethostname(), os.getpid(), __version__)
    assert row.kinds == "DRY_RUN,EXPORT", "it takes no training run, for which it has no slot"
    assert row.seen_at == row.started_at
    assert alive == {row.id}
    assert await rows_of(database) == []


async def test_a_worker_that_was_not_started_is_not_registered(database: Database, settings: Settings):
    worker = Worker(database, [Exports(settings)])
    await worker.stop()

    assert await rows_of(database) == []


async def test_a_heartbeat_is_recorded_when_it_is_due(database: Database, monkeypatch: pytest.MonkeyPatch):
    early = await registered(database)
    long_ago = await last_seen(database, early, ALIVE + SECOND)
    await early.renew()
    (row,) = await rows_of(database)
    monkeypatch.setattr(registration, "BEAT_SECONDS", 0.0)
    due = await registered(database)
    await last_seen(database, due, ALIVE + SECOND)
    await due.renew()

    assert row.seen_at == long_ago
    assert await live_ids(database) == {due.worker.id}


async def test_a_lost_worker_vanishes_and_its_row_is_removed_by_another(database: Database, settings: Settings):
    lost = await registered(database)
    await last_seen(database, lost, ALIVE / 2)
    assert await live_ids(database) == {lost.worker.id}

    await last_seen(database, lost, ALIVE + SECOND)
    assert await live_ids(database) == set()

    kept = Worker(database, [Exports(settings)])
    await kept.step()
    assert lost.worker.id in {row.id for row in await rows_of(database)}
    await kept.stop()

    await last_seen(database, lost, RETENTION + SECOND)
    await registered(database)
    assert lost.worker.id not in {row.id for row in await rows_of(database)}


async def test_a_heartbeat_in_the_future_is_not_that_of_a_live_worker(database: Database):
    ahead = await registered(database)

    await last_seen(database, ahead, -(ALIVE + 60 * SECOND))
    assert await live_ids(database) == set()

    await last_seen(database, ahead, -(RETENTION + 60 * SECOND))
    other = await registered(database)
    assert [row.id for row in await rows_of(database)] == [other.worker.id]


async def test_a_worker_whose_row_was_removed_registers_again(database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registration, "BEAT_SECONDS", 0.0)
    worker = await registered(database)
    async with database.write() as session:
        await delete_worker(session, worker.worker.id)
    await worker.renew()

    assert await live_ids(database) == {worker.worker.id}


async def test_heartbeats_are_by_the_databases_clock(database: Database, monkeypatch: pytest.MonkeyPatch):
    if database.kind == "sqlite":
        return  # it has no clock but this machine's
    ahead = now() + timedelta(days=365)
    for module in [module for name, module in sys.modules.items() if name.startswith("tunix_rt.")]:
        if getattr(module, "now", None) is now:
            monkeypatch.setattr(module, "now", lambda: ahead)
    worker = await registered(database)
    (row,) = await rows_of(database)

    assert ahead - row.seen_at > timedelta(days=364)
    assert await live_ids(database) == {worker.worker.id}


async def test_a_database_that_is_away_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(registration, "BEAT_SECONDS", 0.0)
    database = Database(Settings(data_dir=tmp_path, database_url=f"postgresql+asyncpg://u@127.0.0.1:{free_port()}/d"))
    worker = WorkerRegistration(database, [JobKindName.RUN])
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await worker.renew()
        await worker.remove()
        await worker.remove()
    await database.close()

    away = "The database cannot be reached or written now; try again later."
    assert messages_of(caplog) == [
        f"worker: its heartbeat could not be recorded: {away}",
        f"worker: its registration could not be removed and expires: {away}",
    ]


async def test_a_locked_database_does_not_hold_up_the_stop(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(registration, "REMOVE_SECONDS", 0.5)
    database = Database(Settings(data_dir=tmp_path, database_url=sqlite_url))
    worker = await registered(database)
    async with locked(sqlite_url):
        await worker.remove()
    await database.close()

    (message,) = messages_of(caplog)
    assert message.startswith("worker: its registration could not be removed and expires: ")


async def test_workers_that_register_at_once_are_all_alive(database: Database):
    found = [WorkerRegistration(database, [JobKindName.RUN]) for _ in range(4)]
    await asyncio.gather(*(one.renew() for one in found))

    assert await live_ids(database) == {one.worker.id for one in found}
    await asyncio.gather(*(one.remove() for one in found))
    assert await rows_of(database) == []


async def test_a_fitting_worker_is_found_among_more_than_are_listed(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(registry, "WORKERS_MAX", 1)
    await registered(database)
    await WorkerRegistration(database, [JobKindName.RUN], ("gpu",)).renew()

    async with database.read() as session:
        at = await instant(session)
        assert len(await live_workers(session, at)) == 1
        assert await has_fitting_worker(session, at, ["gpu"])
        assert not await has_fitting_worker(session, at, ["gpu", "tpu"])
        assert not await has_fitting_worker(session, at, ["gpu"], kind=JobKindName.GENERATION)
        assert not await has_fitting_worker(session, at, ["gpu"], remote=True)
        assert not await has_fitting_worker(session, at + 2 * ALIVE, ["gpu"])


async def test_a_kind_of_two_engines_is_registered_once(database: Database):
    worker = WorkerRegistration(database, [JobKindName.RUN, JobKindName.EXPORT, JobKindName.RUN])

    await worker.renew()

    assert [row.kinds for row in await rows_of(database)] == ["EXPORT,RUN"]
