"""Exports without a disk, a database or a process."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.export_processes import WAIT_SECONDS, digest_of, files_in, finished
from tests.support.job_processes import (
    REPEATS,
    caught,
    claimed,
    enter_long_export,
    export_in,
    go_on,
    start_job,
    start_job_alone,
)
from tests.support.postgres import PostgresServer
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import exports_folder
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.jobs.worker import Worker
from tunix_rt.settings import Settings

LIMIT_BYTES = 16_000_000


MEMORY_BYTES = 30_000_000


async def test_a_full_disk_fails_the_export_and_leaves_nothing(database: Database, settings: Settings):
    export_id = await enter_long_export(database)
    hold = await claimed(database)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))

    assert await finished(start_job_alone(settings, hold, preexec_fn=limit)) == 0

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
    process = start_job_alone(settings, hold, stderr=subprocess.PIPE)
    await caught(database, settings.data_dir, export_id)
    await database.close()
    with without_database(postgres, postgresql_url):
        go_on(process.pid)
        await asyncio.to_thread(wait_for_line, process, b"waiting: ")
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
    process = start_job_alone(settings, await claimed(database))
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
