"""Two processes that migrate one database at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, make_url, text

from tests.migration.conftest import Work
from tests.support.servers import clean_environment
from tunix_rt.db import migrate
from tunix_rt.db.migrate import revision_of, revisions

WAITING_SECONDS = 1.5
"""Long enough for a process to migrate, if it does not wait for its turn as it should."""


def start_migrating(url: str) -> subprocess.Popen[str]:
    """A process that migrates the database at ``url``."""
    environment = clean_environment() | {"TUNIX_RT_DATABASE_URL": url}
    command = [sys.executable, "-m", "tunix_rt", "migrate", "up"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def as_if_migrating(url: str, connection: Connection) -> Iterator[None]:
    """Holds what a migrating process holds; on PostgreSQL until the connection is closed."""
    if connection.dialect.name == "sqlite":
        with migrate.file_lock(Path(f"{make_url(url).database}.migrate-lock")):
            yield
    else:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": migrate.LOCK_KEY})
        yield


def test_processes_that_migrate_at_once_take_turns(empty_database_url: str, on: Work):
    def start_while_another_migrates(connection: Connection) -> list[subprocess.Popen[str]]:
        with as_if_migrating(empty_database_url, connection):
            processes = [start_migrating(empty_database_url) for _ in range(2)]
            with pytest.raises(subprocess.TimeoutExpired):
                processes[0].wait(WAITING_SECONDS)
        return processes

    started = on(empty_database_url, start_while_another_migrates)
    printed = [process.communicate(timeout=60) for process in started]

    assert [process.returncode for process in started] == [0, 0], printed
    assert all("(current)" in output for output, _ in printed), printed
    assert on(empty_database_url, revision_of) == revisions()[-1]
