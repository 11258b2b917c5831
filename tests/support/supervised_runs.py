"""Training runs with the stand-in as trainer, watched from outside."""

from __future__ import annotations

import resource
import subprocess
import sys
import types
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import is_alive
from tests.support.runs import (
    StandIn,
    folder_of_run,
    run_of,
    sequence_of,
    with_stand_in,
)
from tests.support.servers import clean_environment
from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.jobs.dry_runs.kind import DryRuns
from tunix_rt.jobs.runs.kind import Runs
from tunix_rt.jobs.runs.runner import LocalRunner
from tunix_rt.jobs.supervision.folder import Processes, known_processes
from tunix_rt.jobs.worker import JobKind, Worker
from tunix_rt.settings import Settings


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
async def working(database: Database, settings: Settings, *others: JobKind) -> AsyncIterator[Worker]:
    """A worker in this process, for runs and other kinds of jobs."""
    worker = Worker(database, [Runs(settings), *others])
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
    return [state for position, state in enumerate(found) if position == 0 or found[position - 1] != state]


def losses(entries: list[Any]) -> list[tuple[int, int]]:
    """Returns the attempt and the step of each reported loss."""
    return [(entry.attempt, entry.step) for entry in entries if getattr(entry, "name", "") == "train/loss"]


async def until_gone(*pids: int) -> None:
    """Waits until these processes are gone."""

    async def gone() -> bool:
        return not any(map(is_alive, pids))

    await until(gone)


def runner_of(database: Database, settings: Settings, worker: Worker, *, available: bool = True) -> LocalRunner:
    """Returns a runner on a machine where training is possible or not."""

    async def status() -> Any:
        return types.SimpleNamespace(available=available, message="Install it: pip install it")

    probe = types.SimpleNamespace(status=status)
    return LocalRunner(database, settings, DryRuns(database, settings), probe, worker.wake)
