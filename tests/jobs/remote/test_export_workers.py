"""Workers without the database that take exports, as processes that are killed: another one makes the same file."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.export_processes import digest_of, files_in
from tests.support.job_processes import claimed, ended_in, lapse, long_recipe, store_trace
from tests.support.ledger import enter, export_row
from tests.support.processes import processes_about
from tests.support.remote_attempts import ServedDatabase, remote_worker, served, worker_folder
from tests.support.waiting import WAIT_SECONDS, until
from tunix_rt.cli.worker import work_for_server
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import export_events
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.rows import DatabaseRows, RowPage
from tunix_rt.domain.jobs.workers import live_workers
from tunix_rt.errors import NotInstalled
from tunix_rt.jobs.exports.process import run
from tunix_rt.settings import Settings

__all__ = ["served"]

REPEATS = 500
PROGRAM = b"tunix_rt.jobs.remote.export"


@dataclass(frozen=True)
class ExportsAlone:
    """A machine that cannot train."""

    environment: dict[str, str] = field(
        default_factory=lambda: {"TUNIX_RT_RUN_SLOTS": "0", "TUNIX_RT_TRAINER_PYTHON": "/nowhere/python"}
    )


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself, and waits for no lost attempt."""
    return replace(settings, worker=False, worker_grace_seconds=0.0)


class Gate:
    """Keeps a server from answering with a second page, until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    async def wait(self) -> None:
        """Waits until it is opened."""
        self.reached.set()
        await asyncio.to_thread(self.opened.wait, WAIT_SECONDS)

    async def closed(self) -> None:
        """Waits until an export has come to it."""
        assert await asyncio.to_thread(self.reached.wait, WAIT_SECONDS)
        self.reached.clear()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """A closed gate before each second page of an export."""
    gate, page = Gate(), DatabaseRows.page

    async def page_at_gate(rows: DatabaseRows, position: Any, size: int) -> RowPage:
        if position is not None:
            await gate.wait()
        return await page(rows, position, size)

    monkeypatch.setattr(DatabaseRows, "page", page_at_gate)
    yield gate
    gate.opened.set()


def kill_exports(folder: Path) -> None:
    """Kills the processes of a worker."""
    for process in processes_about(folder):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may have ended meanwhile
            if PROGRAM in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0"):
                os.kill(process, signal.SIGKILL)


async def test_what_is_killed_is_followed_by_another_attempt_with_the_same_bytes(
    database: Database, settings: Settings, served: ServedDatabase, gate: Gate, tmp_path: Path
):
    recipe = long_recipe(await store_trace(database))
    recipe["ids"] = recipe["ids"][:REPEATS]
    local, remote = export_row(now(), recipe=recipe), export_row(now(), recipe=recipe)
    await enter(database, [local])
    gate.opened.set()
    assert await run(settings, await claimed(database)) == 0
    gate.opened.clear()
    gate.reached.clear()
    await enter(database, [remote])
    with remote_worker(served.url, ExportsAlone(), tmp_path / "first") as process:
        await gate.closed()
        async with database.read() as session:
            (worker,) = await live_workers(session, await instant(session))
        kill_exports(tmp_path / "first")
        await gate.closed()
        process.kill()
        kill_exports(tmp_path / "first")
    await lapse(database, remote["id"])
    gate.opened.set()
    with remote_worker(served.url, ExportsAlone(), tmp_path / "second"):
        row = await ended_in(database, remote["id"])
        folder = worker_folder(served.url, tmp_path / "second") / "exports"

        async def is_empty() -> Any:
            return not any(folder.iterdir()) or None

        await until(is_empty, "the file was left")

    assert (worker.kinds, worker.remote) == ("EXPORT", True)
    assert (row.status, row.attempt, row.row_count) == ("COMPLETED", 3, REPEATS)
    assert row.sha256 == (await ended_in(database, local["id"])).sha256
    there = replace(settings, data_dir=served.data_dir)
    assert files_in(there, remote["id"]) == ["3/traces.jsonl"]
    assert await digest_of(there, row)
    query = select(export_events.c.message).where(export_events.c.export_id == remote["id"])
    async with database.read() as session:
        messages = (await session.execute(query)).scalars().all()
    assert messages.count("Its process was killed by signal 9.") == 1
    assert messages.count("Its process stopped sending heartbeats.") == 1


async def test_a_machine_that_cannot_train_may_export(settings: Settings):
    here = replace(settings, server="http://127.0.0.1:9", trainer_python="/nowhere/python")

    with pytest.raises(NotInstalled, match="TUNIX_RT_RUN_SLOTS=0"):
        await work_for_server(here)
