"""Bulk writes on SQLite: their commits do not checkpoint the write-ahead log each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

FILLING_BYTES = 8_000_000
"""More than a log holds that is brought home after 1,000 pages, much less than one that is cut at 64 MiB."""


def is_home(url: str) -> bool:
    """Returns whether the filling is in the database's own file."""
    return Path(str(make_url(url).database)).stat().st_size > FILLING_BYTES


@pytest.mark.parametrize("bulk_writes", [False, True])
async def test_the_log_of_bulk_writes_is_checkpointed_seldom(sqlite_url: str, tmp_path: Path, bulk_writes: bool):
    database = Database(Settings(data_dir=tmp_path / "data", database_url=sqlite_url), bulk_writes=bulk_writes)
    try:
        async with database.write() as session:
            await session.exec_driver_sql("CREATE TABLE filling (content BLOB)")
            await session.exec_driver_sql(f"INSERT INTO filling VALUES (zeroblob({FILLING_BYTES}))")
        came_home = is_home(sqlite_url)
    finally:
        await database.close()

    assert came_home is not bulk_writes
    assert is_home(sqlite_url)
