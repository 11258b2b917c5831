"""Streams of a signed-in browser: they open for the server's own pages, and end with the key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.api import listening
from tests.support.guarded_server import database_url, secret
from tests.support.keys import VIEWER
from tests.support.subscriptions import CREATED, socket
from tests.support.traces import data_of
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import ring
from tunix_rt.domain.keys.storage import find_key, revoke_key, rotate_key
from tunix_rt.http.access.cookie import COOKIE
from tunix_rt.settings import Settings

__all__ = ["database_url", "secret"]


@pytest.fixture
async def address(settings: Settings, secret: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of a server that has a key, and reads its keys at short intervals."""
    monkeypatch.setattr(ring, "REFRESH_SECONDS", 0.05)
    settings = replace(settings, worker=False)
    async with listening(create_app(settings), settings) as address:
        yield address


async def cookie_of(address: str, secret: str) -> dict[str, str]:
    """Signs in, and returns the headers of a page's requests."""
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:
        headers = {"Origin": f"http://{address}"}
        await client.post("/v1/session", json={"key": secret}, headers=headers)
        return headers | {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}


async def test_a_websocket_of_its_page_opens_and_ends_with_its_key(address: str, secret: str, database: Database):
    async with socket(address, additional_headers=await cookie_of(address, secret)) as opened:
        await opened.subscribe("a", VIEWER)
        assert data_of((await opened.receive())["payload"])["viewer"]["keyName"] == "boss"
        assert (await opened.receive())["type"] == "complete"
        await opened.subscribe("b")
        async with database.write() as session:
            await rotate_key(session, await find_key(session, "boss"), None)
        with pytest.raises(ConnectionClosed) as closed:
            await opened.receive()

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403


async def test_a_websocket_of_no_page_or_another_stays_closed(address: str, secret: str):
    headers = await cookie_of(address, secret)
    with pytest.raises(ConnectionClosed) as closed:
        async with socket(address, additional_headers={"Cookie": headers["Cookie"]}):
            pass
    with pytest.raises(InvalidStatus):
        async with socket(address, additional_headers=headers | {"Origin": "http://evil.example"}):
            pass

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403


async def test_an_event_stream_opens_and_ends_with_its_key(address: str, secret: str, database: Database):
    headers = await cookie_of(address, secret) | {"Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client,
        client.stream("POST", "/graphql", json={"query": CREATED}, headers=headers) as response,
    ):
        assert response.status_code == 200
        async with database.write() as session:
            await revoke_key(session, await find_key(session, "boss"))
        async for _ in response.aiter_lines():
            pass
