"""Connections to PostgreSQL that were opened under load are used again, and closed once they have been idle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from tunix_rt.db.connections import idle
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

KEPT, MOST = 2, 5
MINE = text("SELECT pg_backend_pid()")
OPEN = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' "
    "AND application_name = 'tunix-rt'"
)


@pytest.fixture
async def shared(postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """A database with a pool of two connections, and three more under load; it looks for idle ones at every return."""
    monkeypatch.setattr(idle, "LOOK_SECONDS", 0.0)
    settings = Settings(data_dir=tmp_path, database_url=postgresql_url, db_pool_size=KEPT, db_max_overflow=MOST - KEPT)
    database = Database(settings)
    yield database
    await database.close()


async def used_at_once(database: Database, number: int) -> set[int]:
    """Returns the processes of PostgreSQL that serve this number of sessions at the same time."""
    everyone = asyncio.Barrier(number)

    async def one() -> int:
        async with database.read() as session:
            process: int = (await session.execute(MINE)).scalar_one()
            await everyone.wait()
            return process

    return set(await asyncio.gather(*(one() for _ in range(number))))


async def open_now(database: Database) -> set[int]:
    """Returns the processes that serve the database's connections, once those that ended are gone."""
    async with database.read() as session:
        return set((await session.execute(OPEN)).scalars())


async def test_connections_opened_under_load_are_used_again(shared: Database):
    first = await used_at_once(shared, MOST)
    again = await used_at_once(shared, MOST)

    assert len(first) == MOST
    assert again == first
    assert {pool.maximum for pool in shared.pools().values()} == {MOST}


async def test_idle_connections_are_closed_down_to_the_size_of_the_pool(
    shared: Database, monkeypatch: pytest.MonkeyPatch
):
    first = await used_at_once(shared, MOST)
    (recent,) = await used_at_once(shared, 1)
    assert await open_now(shared) == first

    monkeypatch.setattr(idle, "CLOSE_AFTER_IDLE_SECONDS", 0.0)
    left = await open_now(shared)
    while len(left) > KEPT:
        left = await open_now(shared)

    assert recent in left
    assert left < first
    assert len(await used_at_once(shared, MOST) & first) == KEPT


async def test_connections_in_use_are_not_closed(shared: Database, monkeypatch: pytest.MonkeyPatch):
    await used_at_once(shared, MOST)
    monkeypatch.setattr(idle, "CLOSE_AFTER_IDLE_SECONDS", -1.0)

    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(shared.read()) for _ in range(MOST - 1)]
        before = [(await session.execute(MINE)).scalar_one() for session in sessions]
        await used_at_once(shared, 1)
        assert [(await session.execute(MINE)).scalar_one() for session in sessions] == before
