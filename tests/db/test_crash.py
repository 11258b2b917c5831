"""A server that is killed while it stores leaves whole batches, and what is missing is added by sending it again."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from sqlalchemy import func, select, text

from tests.support.factories import trace
from tests.support.readers import check_file
from tests.support.servers import RunningServer, serving
from tests.support.waiting import until_nothing
from tests.support.writers import count_in, prompts_in
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.filtering.predicates import Search
from tunix_rt.domain.filtering.sql import compile_predicate
from tunix_rt.domain.filtering.traces import TRACES
from tunix_rt.domain.imports.importing import BATCH_LINES

SERVE = [sys.executable, "-m", "tunix_rt"]
HEADERS = {"Content-Type": "application/x-ndjson"}
UNFINISHED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend' AND state <> 'idle'"
)

LONG = "so that the words of a batch are indexed later " * 20


def lines(start: int, stop: int) -> bytes:
    """Different traces, one a line."""
    return b"".join(orjson.dumps(trace(f"line {line}", final_answer=LONG)) + b"\n" for line in range(start, stop))


async def found_in(database: Database) -> int:
    """Returns the number of traces that a search finds."""
    query = select(func.count()).select_from(traces).where(compile_predicate(Search("indexed"), TRACES, database.kind))
    async with database.read() as session:
        return (await session.execute(query)).scalar_one()


async def unfinished_in(database: Database) -> int:
    """Returns the number of transactions that PostgreSQL still completes or gives up for a client that was killed."""
    if database.kind == "sqlite":
        return 0
    async with database.read() as session:
        return int((await session.execute(UNFINISHED)).scalar_one())


async def send_and_kill(server: RunningServer, database: Database) -> None:
    """Streams lines to a server for as long as it lives, and kills it once something new is stored."""
    before = await count_in(database)

    async def kill() -> None:
        while await count_in(database) == before:
            pass
        server.process.kill()

    async def stream() -> AsyncIterator[bytes]:
        for start in itertools.count(0, 100):
            yield lines(start, start + 100)

    killing = asyncio.create_task(kill())
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=30) as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/v1/traces", content=stream(), headers=HEADERS)
    await killing


async def test_a_kill_in_the_middle_leaves_whole_batches_and_a_repeat_adds_the_rest(
    database: Database, database_url: str, tmp_path: Path
):
    environment = {"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_LOAD_SAMPLES": "false"}
    for crash in range(2):
        folder = tmp_path / f"crash {crash}"
        folder.mkdir()
        with serving(SERVE, folder, environment) as server:
            await send_and_kill(server, database)
            assert await asyncio.to_thread(server.process.wait) == -9
        await until_nothing(lambda: unfinished_in(database))
        stored = await prompts_in(database)
        assert len(stored) % BATCH_LINES == 0
        assert stored == [f"line {line}" for line in range(len(stored))]
        assert await found_in(database) == len(stored)
        check_file(database_url)

    folder = tmp_path / "repeat"
    folder.mkdir()
    with serving(SERVE, folder, environment) as server:
        stored = await prompts_in(database)
        total = len(stored) + BATCH_LINES + 500
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60) as client:
            report = (await client.post("/v1/traces", content=lines(0, total), headers=HEADERS)).json()

    assert report["added"] == total - len(stored)
    assert report["duplicates"] == len(stored)
    assert await prompts_in(database) == [f"line {line}" for line in range(total)]
    assert await found_in(database) == total
    check_file(database_url)
