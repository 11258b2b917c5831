"""Fixtures of the databases' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


@pytest.fixture
async def sqlite_database(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The fresh SQLite database, open, for what PostgreSQL does in another way."""
    database = Database(Settings(data_dir=tmp_path / "data", database_url=sqlite_url, load_samples=False))
    yield database
    await database.close()
