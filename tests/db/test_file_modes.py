"""A database's files are its owner's alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tunix_rt.db.migrate import upgrade
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


@pytest.fixture
def generous() -> Iterator[None]:
    """A umask that lets everybody read new files."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(file: Path) -> set[int]:
    """The modes of a database's files."""
    return {
        stat.S_IMODE(place.stat().st_mode) for place in file.parent.glob(f"{file.name}*") if "lock" not in place.name
    }


async def test_new_files_are_private(tmp_path: Path, generous: None):
    settings = Settings(data_dir=tmp_path / "data", load_samples=False)
    file = settings.data_dir / "tunix-rt.sqlite"
    database = Database(settings)
    async with database.write() as session:
        assert (await session.exec_driver_sql("CREATE TABLE t (a)")).rowcount <= 0
        assert modes(file) == {0o600}
    await database.close()


@pytest.mark.parametrize(("mode", "expected"), [(0o644, 0o600), (0o660, 0o600), (0o600, 0o600)])
async def test_files_of_before_become_private(tmp_path: Path, mode: int, expected: int):
    file = tmp_path / "old.sqlite"
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{file}", load_samples=False)
    file.touch(mode)
    file.chmod(mode)
    database = Database(replace(settings))
    async with database.write():
        assert modes(file) == {expected}
    await database.close()


def test_a_migration_makes_a_private_file(tmp_path: Path, generous: None):
    file = tmp_path / "migrated.sqlite"
    upgrade(f"sqlite+aiosqlite:///{file}")

    assert modes(file) == {0o600}
