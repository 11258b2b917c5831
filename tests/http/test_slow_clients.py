"""Clients that draw out their head, their body, their silence or their reading: each comes to an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.factories import insert_rows, trace, trace_row
from tests.support.subscriptions import socket
from tests.support.traces import code_of, on_sqlite
from tunix_rt.db.session import Database
from tunix_rt.http.spool import unnamed_file
from tunix_rt.settings import Settings

pytestmark = on_sqlite
WAIT_SECONDS = 20
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /graphql HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
QUERY = b'{"query": "{ __typename }"}'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Returns the settings of a server with very short timeouts."""
    return replace(
        settings,
        worker=False,
        header_timeout_seconds=0.3,
        body_timeout_seconds=1.0,
        idle_timeout_seconds=0.3,
        write_timeout_seconds=0.3,
        header_max_bytes=4096,
        body_memory_bytes=1000,
    )


class Connection:
    """A client that writes what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, content: bytes) -> None:
        """Sends some bytes."""
        self.writer.write(content)
        await self.writer.drain()

    async def send_for_ever(self, content: bytes) -> None:
        """Sends some bytes again and again, a little apart.

        Raises:
            ConnectionError: the server has ended the connection.
        """
        while True:
            await self.send(content)
            await asyncio.sleep(0.02)

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """The status, the headers and the body of the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await self.reader.readexactly(int(headers["content-length"]))
        return int(head[0].split()[1]), headers, json.loads(body)

    async def refused(self, status: int, code: str) -> str:
        """The message of a refusal, after which the connection ends."""
        found, headers, body = await self.answer()
        assert (found, code_of(body), headers["connection"]) == (status, code, "close")
        assert body["errors"][0]["extensions"]["requestId"] == headers["x-request-id"]
        assert await self.reader.read() == b""
        message: str = body["errors"][0]["message"]
        return message


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Connection]:
    """A connection, within which nothing takes long."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            yield Connection(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize("head", [b"G", b"GET /healthz HTTP/1.1\r\n", b"GET /healthz HTTP/1.1\r\n" + HOST])
async def test_a_head_that_does_not_come_to_its_end(address: str, head: bytes):
    async with connected(address) as client:
        await client.send(head)

        assert await client.refused(408, "TIMEOUT") == "The headers were not complete after 0.3 seconds."


async def test_a_head_in_drops_has_no_more_time(address: str):
    async with connected(address) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\n" + HOST)
        dropping = asyncio.create_task(client.send_for_ever(b"X-Drop: 1\r\n"))
        try:
            await client.refused(408, "TIMEOUT")
        finally:
            dropping.cancel()
            await asyncio.gather(dropping, return_exceptions=True)


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_client_that_sends_nothing_is_closed_without_a_word(address: str, sent: bytes):
    async with connected(address) as client:
        await client.send(sent)

        assert await client.reader.read() == b""


@pytest.mark.parametrize("between", [b"", b"\r\n"])
async def test_a_connection_rests_for_a_while_only(address: str, between: bytes):
    async with connected(address) as client:
        for _ in range(2):
            await client.send(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            assert (await client.answer())[0] == 200
        await client.send(between)

        assert await client.reader.read() == b""


@pytest.mark.parametrize(
    "head",
    [
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Large: " + b"x" * 5000,
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X-Large: " + b"x" * 5000 + b"\r\n\r\n",
        b"GET /healthz?" + b"x" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /healthz HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 1000,
        b"GET /" + b"x" * 5000,
    ],
)
async def test_a_head_that_is_too_large(address: str, head: bytes):
    async with connected(address) as client:
        await client.send(head)

        assert "at most 4096 bytes" in await client.refused(431, "BAD_USER_INPUT")


async def test_a_head_of_any_size_is_not_read_on(address: str):
    async with connected(address) as client:
        await client.send(b"GET /healthz HTTP/1.1\r\nX-Large: ")
        with pytest.raises(ConnectionError):
            await client.send_for_ever(b"x" * 65_536)


async def test_what_is_no_request_is_refused_like_everything_else(address: str):
    async with connected(address) as client:
        await client.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n")

        await client.refused(400, "BAD_USER_INPUT")


@pytest.mark.parametrize("part", [b"", b'{"query": '])
async def test_a_body_that_does_not_come(address: str, part: bytes):
    async with connected(address) as client:
        await client.send(POST + b"Content-Length: 1000\r\n\r\n" + part)

        assert "1024 bytes of the body arrived in 1 seconds" in await client.refused(408, "TIMEOUT")


async def test_a_body_in_drops_does_not_go_on_for_ever(address: str):
    async with connected(address) as client:
        await client.send(b"POST /v1/traces HTTP/1.1\r\n" + HOST)
        await client.send(b"Content-Type: application/jsonl\r\nTransfer-Encoding: chunked\r\n\r\n")

        dropping = asyncio.create_task(client.send_for_ever(b"1\r\n\n\r\n"))
        try:
            await client.refused(408, "TIMEOUT")
        finally:
            dropping.cancel()
            await asyncio.gather(dropping, return_exceptions=True)


async def test_a_slow_body_that_comes_is_taken(address: str):
    """It takes longer than a silence may, and waits in a file meanwhile."""
    body = b'{"query": "{ __typename }' + b" " * 8000 + b'"}'
    async with connected(address) as client:
        await client.send(POST + f"Content-Length: {len(body)}\r\n\r\n".encode())
        for start in range(0, len(body), 600):
            await client.send(body[start : start + 600])
            await asyncio.sleep(0.1)

        status, _, answer = await client.answer()
    assert (status, answer) == (200, {"data": {"__typename": "Query"}})


async def test_a_large_body_waits_in_the_data_folder(address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    folders: list[Path] = []

    def noted(folder: Path) -> Any:
        folders.append(folder)
        return unnamed_file(folder)

    monkeypatch.setattr("tunix_rt.http.bodies.unnamed_file", noted)
    for size, kept in ((0, 0), (2000, 1)):
        body = QUERY + b" " * size
        async with connected(address) as client:
            await client.send(POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert (await client.answer())[2] == {"data": {"__typename": "Query"}}
        assert folders == [settings.data_dir] * kept


async def test_a_client_that_does_not_read_its_answer_is_cut_off(address: str, database: Database):
    rows = [trace_row(trace(f"{number}" + "x" * 45_000)) for number in range(400)]
    async with database.write() as session:  # a busy client would be too slow to read these from an answer
        await insert_rows(session, rows)
    query = {"query": "{ traces(first: 400) { nodes { prompt } } }"}
    body = json.dumps(query).encode()
    async with connected(address) as client:
        await client.send(POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await asyncio.sleep(0)
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        with pytest.raises(ConnectionError):
            await client.send_for_ever(b"\r\n")


@pytest.mark.parametrize("first", [b"", b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"])
async def test_requests_one_after_the_other_are_answered(address: str, first: bytes):
    async with connected(address) as client:
        await client.send(first + POST + f"Content-Length: {len(QUERY)}\r\n\r\n".encode() + QUERY)
        if first:
            assert (await client.answer())[2] == {"status": "up"}

        assert (await client.answer())[2] == {"data": {"__typename": "Query"}}


async def test_a_websocket_outlives_the_times_of_requests(address: str):
    async with socket(address) as opened:
        await asyncio.sleep(0.6)
        await opened.subscribe("s", "{ __typename }")

        assert (await opened.receive())["payload"] == {"data": {"__typename": "Query"}}
