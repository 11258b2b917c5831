"""Streams end when their key is revoked by another process: sockets, event streams, uploads and downloads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.api import listening
from tests.support.keys import VIEWER, bearer, new_key
from tests.support.subscriptions import CREATED, socket
from tests.support.traces import data_of
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import ring
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.storage import find_key, revoke_key
from tunix_rt.http.access.authentication import Authenticate
from tunix_rt.settings import Settings

WAIT_SECONDS = 60
ENDED = "The API key was revoked or has expired."


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The end of a stream does not depend on the database: once is enough."""
    return sqlite_url


@pytest.fixture
async def secrets(database: Database, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The secrets of two keys of a server that reads them at short intervals."""
    monkeypatch.setattr(ring, "REFRESH_SECONDS", 0.05)
    return {name: await new_key(database, name, KeyScope.WRITE) for name in ("ada", "bob")}


@pytest.fixture
async def address(settings: Settings, secrets: dict[str, str]) -> AsyncIterator[str]:
    """The address of a server with these keys."""
    settings = replace(settings, worker=False)
    async with listening(create_app(settings), settings) as address:
        yield address


@pytest.fixture
async def client(address: str, secrets: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key ``ada``."""
    async with httpx.AsyncClient(
        base_url=f"http://{address}", headers=bearer(secrets["ada"]), trust_env=False, timeout=60
    ) as client:
        yield client


async def revoke(database: Database, name: str = "ada") -> None:
    """Revokes a key, as another process does."""
    async with database.write() as session:
        await revoke_key(session, await find_key(session, name))


async def test_a_websocket_closes(address: str, secrets: dict[str, str], database: Database):
    async with (
        socket(address, additional_headers=bearer(secrets["ada"])) as ada,
        socket(address, additional_headers=bearer(secrets["bob"])) as bob,
    ):
        await ada.subscribe("a")
        await revoke(database)
        with pytest.raises(ConnectionClosed) as closed:
            await ada.receive()
        await bob.subscribe("b", VIEWER)

        assert closed.value.rcvd
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, ENDED)
        assert data_of((await bob.receive())["payload"])["viewer"]["keyName"] == "bob"


async def test_an_event_stream_ends_without_completing(client: httpx.AsyncClient, database: Database):
    headers = {"Accept": "text/event-stream"}
    lines: list[str] = []
    async with client.stream("POST", "/graphql", json={"query": CREATED}, headers=headers) as response:
        async for line in response.aiter_lines():
            if not lines:
                await revoke(database)
            lines.append(line)

    assert lines
    assert "event: complete" not in lines


async def test_an_upload_is_refused_while_it_arrives(
    client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
):
    refused, end = asyncio.Event(), Authenticate._end

    async def noting(*arguments: Any) -> None:
        await end(*arguments)
        refused.set()

    monkeypatch.setattr(Authenticate, "_end", noting)

    async def body() -> AsyncIterator[bytes]:
        yield b"\n"
        await revoke(database)
        async with asyncio.timeout(WAIT_SECONDS):
            await refused.wait()

    response = await client.post("/v1/traces", content=body(), headers={"Content-Type": "application/x-ndjson"})

    assert response.status_code == 401
    assert response.json()["errors"][0]["message"] == ENDED


async def test_a_download_is_cut_off(client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch):
    async def endless(*_: Any) -> AsyncIterator[bytes]:
        yield b"{}\n"
        await revoke(database)
        await asyncio.Event().wait()

    monkeypatch.setattr("tunix_rt.http.downloads.dataset_lines", endless)
    mutation = """
    mutation {
      createTraces(input: {traces: [{prompt: "p", finalAnswer: "a", steps: []}]}) { errors { message } }
      createDataset(input: {name: "d", version: "1"}) { errors { message } }
    }
    """
    created = data_of((await client.post("/graphql", json={"query": mutation})).json())
    assert [payload["errors"] for payload in created.values()] == [[], []]

    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/v1/datasets/d-1/export.jsonl")


async def test_a_key_may_revoke_itself(client: httpx.AsyncClient, address: str, database: Database):
    secret = await new_key(database, "boss", KeyScope.ADMIN)
    mutation = 'mutation { revokeKey(input: {id: "boss"}) { key { name } } }'

    async def answer(query: str) -> httpx.Response:
        return await client.post("/graphql", json={"query": query}, headers=bearer(secret))

    async def is_known() -> bool:
        return (await answer(VIEWER)).status_code == 200

    await until(is_known)
    assert data_of((await answer(mutation)).json())["revokeKey"]["key"]["name"] == "boss"
    assert (await answer(VIEWER)).status_code == 401
