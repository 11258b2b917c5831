"""Writers in separate processes, and what the tests read meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
from sqlalchemy import func, select

from tests.support.factories import trace
from tests.support.servers import clean_environment
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database


def write_lines(file: Path, prompts: Sequence[str]) -> Path:
    """A file of native traces, one for each prompt."""
    file.write_bytes(b"".join(orjson.dumps(trace(prompt)) + b"\n" for prompt in prompts))
    return file


def start_import(url: str, file: Path) -> subprocess.Popen[str]:
    """A process that imports a file into the database at ``url``."""
    command = [sys.executable, "-m", "tunix_rt", "import", "jsonl", str(file)]
    environment = clean_environment() | {"TUNIX_RT_DATABASE_URL": url}
    return subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Returns the output of a process after its successful end."""
    output, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    return output


async def prompts_in(database: Database) -> list[str]:
    """The prompts of every trace, in the order of commit."""
    async with database.read() as session:
        return list((await session.execute(select(traces.c.prompt_preview).order_by(traces.c.seq))).scalars())


async def count_in(database: Database) -> int:
    """Returns the number of stored traces."""
    async with database.read() as session:
        return (await session.execute(select(func.count()).select_from(traces))).scalar_one()


@asynccontextmanager
async def opened(*databases: Database) -> AsyncIterator[None]:
    """Closes databases at the end."""
    try:
        yield
    finally:
        for database in databases:
            await database.close()
