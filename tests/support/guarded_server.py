"""A server with an API key, on SQLite alone: its open paths do not depend on the database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.api import client_of
from tests.support.keys import new_key
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The URL of the only database."""
    return sqlite_url


@pytest.fixture
async def secret(database: Database) -> str:
    """The secret of a key with all scopes."""
    return await new_key(database, "boss", KeyScope.ADMIN)


@pytest.fixture
async def client(settings: Settings, secret: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, which sends no key by itself."""
    async with client_of(settings) as client:
        yield client
