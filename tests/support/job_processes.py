"""Long exports of a small database, and the processes that write them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from tests.support.factories import trace, trace_row
from tests.support.forks import Fork, start
from tests.support.ledger import export_row
from tests.support.processes import is_stopped
from tests.support.servers import clean_environment
from tests.support.stopping import stop
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports, traces
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import exports_folder
from tunix_rt.domain.jobs.ledger import LEASE
from tunix_rt.domain.jobs.queue import Hold, claim, hold_of
from tunix_rt.settings import Settings

REPEATS = 10_000
CONTENT = "Two and two make four, as anybody can see. " * 250
"""About 10 KB: so often repeated, it makes a file of a hundred megabytes."""

WRITTEN = 1_000_000
"""Bytes after which an export is in the middle of its work."""

Look = Callable[[], Any]


async def store_trace(database: Database) -> uuid.UUID:
    """Stores a trace that is large enough to be exported for a while, and gives its id."""
    row = trace_row(trace(steps=[{"i": 0, "type": "reasoning", "content": CONTENT}]))
    async with database.write() as session:
        await session.execute(insert(traces), [row])
    found: uuid.UUID = row["id"]
    return found


def long_recipe(trace_id: uuid.UUID) -> dict[str, Any]:
    """A recipe that exports one trace thousands of times."""
    return {"type": "traces", "ids": [str(trace_id)] * REPEATS}


async def enter_long_export(database: Database, **columns: Any) -> uuid.UUID:
    """Enters an export that takes a while, and gives its id."""
    recipe = long_recipe(await store_trace(database))
    row = export_row(now(), **({"recipe": recipe} | columns))
    async with database.write() as session:
        await session.execute(insert(exports), [row])
    found: uuid.UUID = row["id"]
    return found


async def claimed(database: Database, lease: timedelta = LEASE) -> Hold:
    """The hold of the next export, as a worker gets it."""
    async with database.write() as session:
        row = await claim(session, exports, f"test:{uuid.uuid4()}", now(), lease=lease)
    assert row is not None
    return hold_of(row)


def start_job(settings: Settings, hold: Hold) -> Fork:
    """The process of an export."""
    return start(*job_command(settings, hold))


def start_job_alone(settings: Settings, hold: Hold, **options: Any) -> subprocess.Popen[bytes]:
    """The process of an export, which imports everything itself, with options of ``Popen``."""
    command, environment = job_command(settings, hold)
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, **options)


def job_command(settings: Settings, hold: Hold) -> tuple[list[str], dict[str, str]]:
    """The command of an export's process, and its environment."""
    command = [sys.executable, "-m", "tunix_rt.jobs.exports.process", str(hold.id), str(hold.attempt), hold.owner]
    return command, clean_environment() | settings.environment()


async def export_in(database: Database, export_id: uuid.UUID) -> Any:
    """An export's row."""
    async with database.read() as session:
        return (await session.execute(select(exports).where(exports.c.id == export_id))).one()


async def ended_in(database: Database, export_id: uuid.UUID) -> Any:
    """An export's row, once it has ended."""

    async def look() -> Any:
        row = await export_in(database, export_id)
        return row if row.completed_at is not None else None

    return await until(look, "the export did not end")


async def caught(database: Database, data_dir: Path, export_id: uuid.UUID, attempt: int = 1) -> int:
    """The process of an export, stopped in the middle of its work until it is continued."""
    folder = exports_folder(data_dir) / str(export_id) / str(attempt)

    async def find() -> int | None:
        return process_of(export_id, attempt)

    process: int = await until(find, "no process works on the export")

    async def look() -> Any:
        return any(part.stat().st_size > WRITTEN for part in folder.glob("*.part")) or None

    await until(look, "nothing was written", pause=0.002)
    await stop(database, exports, export_id, process)
    return process


async def caught_job(module: str, job_id: uuid.UUID) -> int:
    """The process of a job that has to import its program, stopped meanwhile, until it is continued."""

    async def find() -> int | None:
        return process_of(job_id, 1, module)

    process: int = await until(find, "no process works on the job", pause=0.002)
    os.kill(process, signal.SIGSTOP)
    return process


async def stopped_job(module: str, job_id: uuid.UUID, attempt: int = 1) -> int:
    """The process of a job that has stopped at its start, within ``stopping``, until it is continued."""

    async def find() -> int | None:
        process = process_of(job_id, attempt, module)
        return process if process is not None and is_stopped(process) else None

    found: int = await until(find, "no process of the job has stopped")
    return found


def go_on(process: int) -> None:
    """Lets a process that was caught go on."""
    os.kill(process, signal.SIGCONT)


def kill(process: int) -> None:
    """Kills a process without a warning."""
    os.kill(process, signal.SIGKILL)


def process_of(job_id: uuid.UUID, attempt: int, module: str = "tunix_rt.jobs.exports.process") -> int | None:
    """The process that works on an export, or on another job, at some attempt."""
    wanted = [module.encode(), str(job_id).encode(), str(attempt).encode()]
    for found in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended in the meantime
            if found.read_bytes().split(b"\0")[2:5] == wanted:
                return int(found.parent.name)
    return None


async def lapse(database: Database, export_id: uuid.UUID) -> None:
    """Lets the time of a lease pass."""
    async with database.write() as session:
        await session.execute(update(exports).where(exports.c.id == export_id).values(lease_expires_at=now()))
