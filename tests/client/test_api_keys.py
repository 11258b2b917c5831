"""The API key of the Python client and of the command line: every door takes it, and no other host gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from tests.support.api import listening
from tests.support.commands import Commands
from tests.support.keys import new_key
from tests.support.no_worker import settings
from tunix_rt.app import create_app
from tunix_rt.cli.client.remote import remote_client
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import Unauthenticated as CommandUnauthenticated
from tunix_rt.settings import Settings
from tunix_rt_client import AsyncClient, Unauthenticated
from tunix_rt_client.keys import VARIABLE, key_auth

__all__ = ["settings"]

ROWS = [{"prompt": f"What is {number} + 1?", "steps": "Count.", "final_answer": str(number + 1)} for number in range(3)]
AFTER = "subscription ($after: ID) { traceCreated(after: $after) { prompt } }"
VIEWER = "{ viewer { keyName } }"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Keys are the same on both databases: once is enough."""
    return sqlite_url


@pytest.fixture
async def secret(database: Database) -> str:
    """The secret of a key that was there before the server."""
    return await new_key(database, "notebook", KeyScope.WRITE)


@pytest.fixture
async def url(secret: str, settings: Settings) -> AsyncIterator[str]:
    """The URL of a server with a key."""
    async with listening(create_app(settings), settings) as address:
        yield f"http://{address}"


@asynccontextmanager
async def opened(url: str, key: str | None = None) -> AsyncIterator[AsyncClient]:
    """A client, closed at the end."""
    async with AsyncClient(url, key=key) as client:
        yield client


async def test_who_has_no_key_learns_where_to_set_it(url: str):
    status, _, messages = await asyncio.to_thread(Commands().run, "trace", "list", "--server", url)

    assert (status, "tunix-rt: An API key is needed: set TUNIX_RT_KEY to it.\n" in messages) == (1, True), messages
    async with opened(url) as client:
        with pytest.raises(Unauthenticated, match="An API key is needed: give it as key, or set TUNIX_RT_KEY"):
            await client.execute(VIEWER)


async def test_without_the_key_no_door_opens(url: str):
    for key in (None, "trt_abcdefgh_" + "0" * 64):
        async with opened(url, key) as client:
            with pytest.raises(Unauthenticated):
                await client.execute(VIEWER)
            with pytest.raises(Unauthenticated):
                await client.import_traces(ROWS)
            with pytest.raises(Unauthenticated):
                await anext(client.subscribe(AFTER))


async def test_with_the_key_every_door_opens(url: str, secret: str):
    async with opened(url, secret) as client:
        assert (await client.execute(VIEWER))["viewer"] == {"keyName": "notebook"}
        assert (await client.import_traces(ROWS)).added == 3
        first = (await client.execute("{ traces(last: 1) { nodes { id } } }"))["traces"]["nodes"][0]["id"]

        assert (await anext(client.subscribe(AFTER, {"after": first})))["traceCreated"]["prompt"] == ROWS[1]["prompt"]


async def test_the_environment_has_the_key_of_clients_without_one(
    url: str, secret: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(VARIABLE, secret)
    async with opened(url) as client:
        assert (await client.execute(VIEWER))["viewer"] == {"keyName": "notebook"}
    async with opened(url, "trt_abcdefgh_" + "0" * 64) as client:
        with pytest.raises(Unauthenticated):
            await client.execute(VIEWER)


def test_no_other_host_gets_the_key():
    auth = key_auth("trt_secret", "https://traces.example:8443")
    assert auth is not None
    sent = {}
    for url in ("https://traces.example:8443/graphql", "https://traces.example/file", "http://traces.example:8443/"):
        request = next(auth.auth_flow(httpx.Request("GET", url)))
        sent[url] = request.headers.get("Authorization")

    assert list(sent.values()) == ["Bearer trt_secret", None, None]


async def test_commands_send_the_key_of_their_settings(url: str, secret: str, settings: Settings):
    async with remote_client(replace(settings, server=url, key=secret)) as client:
        assert (await client.execute(VIEWER, {}))["viewer"] == {"keyName": "notebook"}
    async with remote_client(replace(settings, server=url)) as client:
        with pytest.raises(CommandUnauthenticated):
            await client.execute(VIEWER, {})
