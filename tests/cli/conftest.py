"""The program on separate databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.original import original_url, sqlite_original
from tests.support.program import Program

__all__ = ["original_url", "sqlite_original"]


@pytest.fixture
def program(database_url: str, tmp_path: Path) -> Program:
    """The program on the fresh database."""
    return Program(database_url, tmp_path)


@pytest.fixture
def embedded(sqlite_url: str, tmp_path: Path) -> Program:
    """The program on a fresh SQLite database."""
    return Program(sqlite_url, tmp_path)
