"""Databases that all forks share: one PostgreSQL server, and one migrated template of each kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.postgres import PostgresServer

TEMPLATE = "template_tunix_rt"


class Shared:
    """The values of session fixtures, made once.

    The work is done in forks: this process imports nothing of the server, and starts no thread: no fork would have it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: PostgresServer | None = None
        self.values: dict[str, Any] = {}

    def start(self, fixtures: Iterable[str]) -> None:
        """Makes those of the named fixtures that can be shared."""
        if "sqlite_template" in fixtures:
            file = self.values["sqlite_template"] = self._folder / "template.db"
            in_fork(lambda: migrate(f"sqlite+aiosqlite:///{file}"))
        if "postgres" in fixtures:
            server = self._server = self.values["postgres"] = PostgresServer()
            if "postgres_template" in fixtures:
                in_fork(lambda: server.create_database(TEMPLATE))
                in_fork(lambda: migrate(server.url(TEMPLATE)))
                self.values["postgres_template"] = TEMPLATE

    def close(self) -> None:
        """Stops what was started."""
        if self._server is not None:
            self._server.stop()


class Sharing:
    """A plugin of pytest that gives tests the shared values, and notes which fixtures they use."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.seen: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> object:
        """Sets up a fixture that is shared; None leaves it to pytest."""
        self.seen.add(fixturedef.argname)
        value = self._shared.values.get(fixturedef.argname)
        if value is not None:
            fixturedef.cached_result = (value, fixturedef.cache_key(request), None)  # type: ignore[arg-type]
        return value


def migrate(url: str) -> None:
    """Brings a database to the newest migration."""
    from tunix_rt.db.migrate import upgrade

    upgrade(url)


def in_fork(work: Callable[[], None]) -> None:
    """Does something in a fork of this process.

    Raises:
        RuntimeError: it failed; the reason is on standard error.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        raise RuntimeError("a database for the tests could not be made")
