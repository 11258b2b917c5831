"""Deleting by a filter is one transaction: a server that is killed in the meantime has deleted all of it or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url, text

from tests.support.factories import insert_rows, score_row, trace, trace_row
from tests.support.readers import check_file
from tests.support.servers import RunningServer, serving
from tests.support.writers import count_in
from tunix_rt.db.session import Database

SERVE = [sys.executable, "-m", "tunix_rt"]
DELETE = 'mutation { deleteTraces(input: {where: {source: {eq: "gone"}}}) { deletedCount errors { message } } }'
GONE, KEPT = 4000, 10


async def store(database: Database) -> None:
    """Stores traces to be deleted, with a score each, and some to be kept."""
    gone = [trace_row(trace(meta={"source": "gone"})) for _ in range(GONE)]
    kept = [trace_row(trace(meta={"source": "kept"})) for _ in range(KEPT)]
    async with database.write() as session:
        await insert_rows(session, [*gone, *kept], [score_row(row["id"]) for row in gone])


async def started(database: Database, url: str) -> bool:
    """Returns whether another process is in a transaction that writes."""
    if database.kind == "sqlite":
        return await asyncio.to_thread(is_locked, Path(str(make_url(url).database)))
    query = text("SELECT count(*) FROM pg_locks WHERE relation = 'scores'::regclass AND mode = 'RowExclusiveLock'")
    async with database.read() as session:
        return bool((await session.execute(query)).scalar_one())


def is_locked(file: Path) -> bool:
    """Returns whether an SQLite file has a writer."""
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


async def changed(database: Database, _: str) -> bool:
    """Returns whether fewer traces are stored than there were."""
    return await count_in(database) < GONE + KEPT


async def delete_and_kill(server: RunningServer, until: Callable[[], Awaitable[bool]]) -> None:
    """Asks a server to delete, and kills it as soon as ``until`` answers."""

    async def request() -> Any:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=60) as client:
            return await client.post("/graphql", json={"query": DELETE})

    asking = asyncio.create_task(request())
    while not await until() and not asking.done():
        pass
    server.process.kill()
    await asyncio.gather(asking, return_exceptions=True)


@pytest.mark.parametrize("moment", [started, changed])
async def test_a_kill_leaves_all_or_nothing(
    database: Database,
    database_url: str,
    tmp_path: Path,
    moment: Callable[[Database, str], Awaitable[bool]],
):
    await store(database)
    environment = {"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_LOAD_SAMPLES": "false"}

    with serving(SERVE, tmp_path, environment) as server:
        await delete_and_kill(server, lambda: moment(database, database_url))
        assert await asyncio.to_thread(server.process.wait) == -9

    left = await settled(database, database_url)
    assert left in {(KEPT, 0), (GONE + KEPT, GONE)}
    check_file(database_url)


async def settled(database: Database, url: str) -> tuple[int, int]:
    """Returns the numbers of remaining traces and scores, once nobody writes any more."""
    while await started(database, url):
        pass
    async with database.read() as session:
        scores = (await session.execute(text("SELECT count(*) FROM scores"))).scalar_one()
    return await count_in(database), scores
