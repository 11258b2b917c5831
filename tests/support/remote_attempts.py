"""Attempts without the database: tokens, the process of an attempt, and a server for them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from tests.support.background import background_server
from tests.support.forks import Fork, start
from tests.support.processes import processes_about
from tests.support.run_storage import claimed_run
from tests.support.runs import StandIn, enter_run, make_dataset
from tests.support.servers import clean_environment
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.tokens import issue_attempt_token
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.jobs.remote.worker import RemoteWorker, settings_apart
from tunix_rt.settings import Settings


class Trains(Protocol):
    """A trainer that workers start: the stand-in, or Tunix."""

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a worker starts it."""


async def token_for(database: Database, hold: Hold) -> str:
    """A new token of a held attempt."""
    async with database.write() as session:
        return await issue_attempt_token(session, tunix_runs, hold)


async def held_run(database: Database, settings: Settings, **parameters: Any) -> Hold:
    """The hold of the first attempt at a new run."""
    await enter_run(database, settings, await make_dataset(database, name=uuid.uuid4().hex), **parameters)
    return await claimed_run(database)


@asynccontextmanager
async def attempt_process(
    server: str, token: str, stand_in: StandIn, folder: Path, module: str = "tunix_rt.jobs.remote.process"
) -> AsyncIterator[Fork]:
    """The process of an attempt, on a machine that has nothing but its own data folder."""
    environment = clean_environment() | stand_in.environment
    environment |= {"TUNIX_RT_SERVER": server, "TUNIX_RT_ATTEMPT_TOKEN": token, "TUNIX_RT_DATA_DIR": str(folder)}
    process = await asyncio.to_thread(start, [sys.executable, "-m", module], environment)
    try:
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


@contextmanager
def remote_worker(
    server: str, trainer: Trains, folder: Path, *options: str, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on a machine that has nothing but an empty data folder."""
    environment = clean_environment() | trainer.environment
    command = [sys.executable, "-m", "tunix_rt", "worker", "--server", server, "--data-dir", str(folder), *options]
    process = subprocess.Popen(command, env=environment, stderr=stderr)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def working(
    settings: Settings, folder: Path, run: uuid.UUID | None = None
) -> AsyncIterator[asyncio.Task[JobStatus | None]]:
    """A worker in this process, as the settings have its server and its key, with a data folder, and its only run."""
    stopping = asyncio.Event()
    task = asyncio.create_task(RemoteWorker(replace(settings, data_dir=folder), run).run(stopping))
    try:
        yield task
    finally:
        stopping.set()
        await asyncio.wait({task})


def worker_folder(server: str, folder: Path) -> Path:
    """Where a worker for a server works in its data folder."""
    return settings_apart(Settings(server=server, data_dir=folder)).data_dir


async def ended(process: Fork) -> int:
    """The exit status of a process, which has to end by itself."""
    return await asyncio.to_thread(process.wait, WAIT_SECONDS)


@dataclass(frozen=True)
class ServedDatabase:
    """A server of a database.

    Args:
        url: its address, without a slash at the end.
        data_dir: its data folder.
    """

    url: str
    data_dir: Path


@pytest.fixture
def served(settings: Settings, database: Database, tmp_path: Path) -> Iterator[ServedDatabase]:
    """A server on the fresh database, with a separate data folder: attempts share nothing with it but its URL.

    It is in a thread of this process, as the attempts and workers are processes.
    """
    data_dir = tmp_path / "server" / "data"
    with background_server(replace(settings, data_dir=data_dir)) as url:
        yield ServedDatabase(url, data_dir)
        wait_for_attempts(tmp_path)


def wait_for_attempts(folder: Path) -> None:
    """Waits for the ends of the processes of attempts: one whose server ends before its answer waits for a day."""
    places = [place for place in folder.iterdir() if place.is_dir() and place.name != "server"]
    deadline = time.monotonic() + WAIT_SECONDS
    while any(map(processes_about, places)) and time.monotonic() < deadline:
        time.sleep(0.02)


def with_token(url: str, token: str) -> httpx.AsyncClient:
    """A client that sends the token of an attempt."""
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=60)
