"""The program on separate databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fork_server import ForkServer
from tests.support.original import original_url, sqlite_original
from tests.support.program import Program

__all__ = ["original_url", "sqlite_original"]


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """What starts the commands of these tests."""
    server = ForkServer()
    yield server
    server.stop()


@pytest.fixture
def program(database_url: str, tmp_path: Path, fork_server: ForkServer) -> Program:
    """The program on the fresh database."""
    return Program(database_url, tmp_path, fork_server)


@pytest.fixture
def embedded(sqlite_url: str, tmp_path: Path, fork_server: ForkServer) -> Program:
    """The program on a fresh SQLite database."""
    return Program(sqlite_url, tmp_path, fork_server)
