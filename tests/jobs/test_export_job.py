"""The process of an export: its file, its outcome, and its recovery from failures."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

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
from tests.support.postgres import PostgresServer
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import export_events, exports
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import exports_folder, folder_of
from tunix_rt.domain.exports.lifecycle import cancel_export, request_of
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.exports.process import ExportJob, ExportProgress, record
from tunix_rt.jobs.queue import HoldState
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

WAIT_SECONDS = 60
LIMIT_BYTES = 16_000_000
MEMORY_BYTES = 30_000_000


async def finished(process: Any) -> int:
    """Waits for a process's exit and returns its status."""
    status: int = await asyncio.to_thread(process.wait, WAIT_SECONDS)
    return status


def files_in(settings: Settings, export_id: uuid.UUID) -> list[str]:
    """Returns the files in an export's folder."""
    folder = folder_of(settings.data_dir, export_id)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def digest_of(settings: Settings, row: Any) -> str:
    """Returns the SHA-256 of an export's file, after checking it against the row."""
    content = (exports_folder(settings.data_dir) / row.path).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert (len(content), digest) == (row.byte_size, row.sha256)
    return digest


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
    process = await caught(settings.data_dir, export_id)
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
        kill(await caught(settings.data_dir, fresh["id"], attempt))

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
    kill(await caught(settings.data_dir, export_id))

    row = await ended_in(database, export_id)

    assert (row.status, row.error_code) == ("FAILED", "INTERNAL")
    assert row.error_message == "Its process was killed by signal 9, at its last attempt."


async def test_a_running_export_is_cancelled(database: Database, settings: Settings, worker: Worker):
    export_id = await enter_long_export(database)
    worker.wake()
    process = await caught(settings.data_dir, export_id)
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
    values = {"sha256": "0" * 64, "path": job.stored_path, "expires_at": now()}
    async with database.write() as session:
        await cancel_export(session, export_id, now())

    assert not await record(job, ExportProgress(total=1, rows=1), JobStatus.COMPLETED, values=values)

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
    process = await caught(settings.data_dir, export_id)
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


async def test_a_full_disk_fails_the_export_and_leaves_nothing(database: Database, settings: Settings):
    export_id = await enter_long_export(database)
    hold = await claimed(database)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))

    assert await finished(start_job(settings, hold, preexec_fn=limit)) == 0

    row = await export_in(database, export_id)
    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert row.error_message == "The file cannot be written: File too large."
    assert files_in(settings, export_id) == []


async def test_a_folder_that_cannot_be_made_fails_the_export(database: Database, settings: Settings):
    export_id = await enter_long_export(database)
    settings.data_dir.mkdir(parents=True)
    exports_folder(settings.data_dir).write_text("in the way")

    assert await finished(start_job(settings, await claimed(database))) == 0

    row = await export_in(database, export_id)
    assert (row.status, row.error_code) == ("FAILED", "UNAVAILABLE")
    assert row.error_message.startswith("The file cannot be written: ")


@contextmanager
def without_database(server: PostgresServer, url: str) -> Iterator[None]:
    """Makes a PostgreSQL database refuse connections for a while, and closes those it has."""
    name = url.rpartition("/")[2]
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    yield
    server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def wait_for_line(process: subprocess.Popen[bytes], words: bytes) -> None:
    """Waits until a process has logged some words."""
    assert process.stderr is not None
    output = b""
    for line in process.stderr:
        if words in line:
            return
        output += line
    raise AssertionError(f"the process has exited; its output:\n{output.decode()}")


async def test_a_database_that_goes_away_for_a_while_delays_the_export(
    postgres: PostgresServer, postgresql_url: str, tmp_path: Path
):
    settings = Settings(data_dir=tmp_path / "data", database_url=postgresql_url, load_samples=False)
    database = Database(settings)
    export_id = await enter_long_export(database)
    hold = await claimed(database)
    await database.close()
    process = start_job(settings, hold, stderr=subprocess.PIPE)
    await caught(settings.data_dir, export_id)
    with without_database(postgres, postgresql_url):
        go_on(process.pid)
        await asyncio.to_thread(wait_for_line, process, b"waiting for the database")
    _, complaints = await asyncio.to_thread(process.communicate, timeout=WAIT_SECONDS)
    assert process.returncode == 0, complaints

    row = await export_in(database, export_id)
    await database.close()
    assert (row.status, row.attempt, row.row_count) == ("COMPLETED", 1, REPEATS)
    assert await digest_of(settings, row)


async def test_memory_does_not_grow_with_the_export(database: Database, settings: Settings):
    await enter_long_export(database, recipe={"type": "selection", "selection": {}})
    small = await peak_memory(database, settings)
    await enter_long_export(database)
    large = await peak_memory(database, settings)

    assert large - small < MEMORY_BYTES


async def peak_memory(database: Database, settings: Settings) -> int:
    """Returns the peak memory, in bytes, of the next export's process."""
    process = start_job(settings, await claimed(database))
    _, status, usage = await asyncio.to_thread(os.wait4, process.pid, 0)
    process.returncode = status
    assert status == 0
    return usage.ru_maxrss * 1024


async def test_a_process_that_cannot_be_started_fails_in_the_end(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    kind = Exports(settings)
    monkeypatch.setattr(sys, "executable", "/nothing/here")
    export_id = await enter_long_export(database)
    worker = Worker(database, [kind])

    await worker.step()

    row = await export_in(database, export_id)
    assert (row.status, row.attempt) == ("FAILED", 3)
    assert "could not be started" in row.error_message
