"""The process of an export: its file, its outcome, and its recovery from failures."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.support.export_processes import digest_of, files_in, finished
from tests.support.job_processes import (
    REPEATS,
    caught,
    claimed,
    ended_in,
    enter_long_export,
    export_in,
    go_on,
    kill,
    lapse,
    process_of,
    start_job,
)
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import export_events, exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.lifecycle import cancel_export, request_of
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.exports.performing import ExportProgress
from tunix_rt.jobs.exports.process import ExportJob
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings


@pytest.fixture
async def worker(database: Database, settings: Settings) -> Any:
    """A worker on the fresh database."""
    worker = Worker(database, [Exports(settings)])
    worker.start()
    yield worker
    await worker.stop()


async def test_it_writes_the_file_and_records_it(database: Database, settings: Settings):
    export_id = await enter_long_export(database)
    hold = await claimed(database)

    assert await finished(start_job(settings, hold)) == 0

    row = await export_in(database, export_id)
    assert (row.status, row.row_count, row.progress, row.owner) == ("COMPLETED", REPEATS, 1.0, None)
    assert await digest_of(settings, row)
    assert files_in(settings, export_id) == ["1/traces.jsonl"]
    async with database.read() as session:
        events = (await session.execute(select(export_events).order_by(export_events.c.seq))).all()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [events[-1].status, events[-1].progress] == ["COMPLETED", 1.0]


async def test_a_process_whose_hold_is_not_good_does_nothing(database: Database, settings: Settings):
    export_id = await enter_long_export(database)
    hold = await claimed(database)
    await lapse(database, export_id)
    async with database.write() as session:
        await session.execute(delete(exports))

    assert await finished(start_job(settings, hold)) == 0
    assert files_in(settings, export_id) == []


async def test_a_process_that_was_taken_for_gone_stops_and_takes_its_file_away(
    database: Database, settings: Settings, worker: Worker
):
    export_id = await enter_long_export(database)
    worker.wake()
    process = await caught(database, settings.data_dir, export_id)
    await lapse(database, export_id)
    worker.wake()
    row = await ended_in(database, export_id)
    go_on(process)
    assert (row.status, row.attempt) == ("COMPLETED", 2)

    async def look() -> Any:
        return process_of(export_id, 1) is None or None

    await until(look, "the first process goes on")
    assert files_in(settings, export_id) == ["2/traces.jsonl"]
    assert await export_in(database, export_id) == row
    assert await digest_of(settings, row)


async def test_a_killed_process_is_followed_by_another_with_the_same_bytes(
    database: Database, settings: Settings, worker: Worker
):
    whole_id = await enter_long_export(database)
    worker.wake()
    whole = await ended_in(database, whole_id)
    async with database.write() as session:  # the same once more
        row = (await session.execute(select(exports).where(exports.c.id == whole_id))).one()._asdict()
        fresh: dict[str, Any] = {
            "id": uuid.uuid4(),
            "status": "PENDING",
            "attempt": 0,
            "path": None,
            "completed_at": None,
        }
        await session.execute(exports.insert(), [row | fresh])
    worker.wake()
    for attempt in (1, 2):
        kill(await caught(database, settings.data_dir, fresh["id"], attempt))

    killed = await ended_in(database, fresh["id"])

    assert (killed.status, killed.attempt, killed.sha256) == ("COMPLETED", 3, whole.sha256)
    assert files_in(settings, killed.id) == ["3/traces.jsonl"]
    async with database.read() as session:
        messages_of_killed = select(export_events.c.message).where(export_events.c.export_id == killed.id)
        messages = (await session.execute(messages_of_killed)).scalars().all()
    assert messages.count("Its process was killed by signal 9.") == 2


async def test_a_process_that_is_killed_again_and_again_fails_the_export(
    database: Database, settings: Settings, worker: Worker
):
    export_id = await enter_long_export(database, max_attempts=1)
    worker.wake()
    kill(await caught(database, settings.data_dir, export_id))

    row = await ended_in(database, export_id)

    assert (row.status, row.error_code) == ("FAILED", "INTERNAL")
    assert row.error_message == "Its process was killed by signal 9, at its last attempt."


async def test_a_running_export_is_cancelled(database: Database, settings: Settings, worker: Worker):
    export_id = await enter_long_export(database)
    worker.wake()
    process = await caught(database, settings.data_dir, export_id)
    async with database.write() as session:
        await cancel_export(session, export_id, now())
    go_on(process)

    row = await ended_in(database, export_id)

    assert (row.status, row.path, row.sha256) == ("CANCELLED", None, None)

    async def look() -> Any:
        return files_in(settings, export_id) == [] or None

    await until(look, "the file was left")


async def test_an_export_that_is_cancelled_after_its_last_heartbeat_does_not_complete(
    database: Database, settings: Settings
):
    export_id = await enter_long_export(database)
    hold = await claimed(database)
    async with database.read() as session:
        row = (await session.execute(select(exports).where(exports.c.id == export_id))).one()
    job = ExportJob(database, settings, open_storage(settings), hold, request_of(row), row.file_name)
    async with database.write() as session:
        await cancel_export(session, export_id, now())

    columns = ExportProgress(total=1, rows=1).columns() | {"sha256": "0" * 64}
    assert not await job.record(JobStatus.COMPLETED, columns)

    row = await export_in(database, export_id)
    assert (row.status, row.path, row.sha256, row.expires_at) == ("CANCELLED", None, None, None)
    async with database.read() as session:
        last = (await session.execute(select(export_events).order_by(export_events.c.seq.desc()))).first()
    assert last is not None
    assert last.status == "CANCELLED"


async def test_leases_have_the_duration_of_the_setting(database: Database, settings: Settings):
    own = replace(settings, job_lease_seconds=7.0)
    await enter_long_export(database)

    hold = await claimed(database, lease=Exports(own).lease)

    row = await export_in(database, hold.id)
    assert row.lease_expires_at - row.started_at == timedelta(seconds=7)
    before = now()
    job = ExportJob(database, own, open_storage(own), hold, request_of(row), row.file_name)
    assert await job.held.beat(notify=False) is HoldState.HELD
    lease = (await export_in(database, hold.id)).lease_expires_at
    assert before + timedelta(seconds=7) <= lease <= now() + timedelta(seconds=7)


async def test_the_end_of_the_worker_does_not_end_the_process(database: Database, settings: Settings):
    worker = Worker(database, [Exports(settings)])
    worker.start()
    export_id = await enter_long_export(database)
    worker.wake()
    process = await caught(database, settings.data_dir, export_id)
    await worker.stop()
    go_on(process)

    row = await ended_in(database, export_id)

    assert (row.status, row.attempt) == ("COMPLETED", 1)


async def test_no_more_processes_run_at_once_than_there_are_slots(database: Database, settings: Settings):
    kind = Exports(settings)
    worker = Worker(database, [kind])
    ids = [await enter_long_export(database) for _ in range(kind.slots + 1)]

    await worker.step()

    statuses = [(await export_in(database, export_id)).status for export_id in ids]
    assert statuses == ["RUNNING"] * kind.slots + ["PENDING"]
    for export_id in ids[: kind.slots]:
        assert (await ended_in(database, export_id)).status == "COMPLETED"
    await worker.stop()
