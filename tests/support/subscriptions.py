"""Clients of subscriptions, over WebSocket and server-sent events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.traces import CREATE_TRACES, data_of, trace_input
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.storage import add_traces
from tunix_rt.domain.traces.validation import validate_trace

PROTOCOL = Subprotocol("graphql-transport-ws")


CREATED = "subscription ($where: TraceWhere, $after: ID) { traceCreated(where: $where, after: $after) { id prompt } }"


WAIT_SECONDS = 20


async def send(address: str, *prompts: str, **fields: Any) -> list[dict[str, Any]]:
    """Stores traces through the server under test."""
    traces = [trace_input(prompt, **fields) for prompt in prompts]
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        response = await client.post(
            f"http://{address}/graphql", json={"query": CREATE_TRACES, "variables": {"input": {"traces": traces}}}
        )
    stored: list[dict[str, Any]] = data_of(response.json())["createTraces"]["traces"]
    return stored


class Socket:
    """A connection that speaks graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        """Sends a message."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next message that is not a ping."""
        while True:
            message: dict[str, Any] = json.loads(await self.connection.recv())
            if message["type"] != "ping":
                return message

    async def subscribe(self, name: str, query: str = CREATED, **variables: Any) -> None:
        """Starts an operation, and returns once the server has certainly started it."""
        await self.send(type="subscribe", id=name, payload={"query": query, "variables": variables})

    async def prompts(self, name: str, number: int) -> list[str]:
        """The prompts of an operation's next traces."""
        found: list[str] = []
        while len(found) < number:
            message = await self.receive()
            assert (message["id"], message["type"]) == (name, "next"), message
            found.append(data_of(message["payload"])["traceCreated"]["prompt"])
        return found

    async def close_code(self) -> int | None:
        """The code that the server closes with."""
        await self.connection.wait_closed()
        return self.connection.close_code


@asynccontextmanager
async def socket(address: str, *, key: str | None = None, **options: Any) -> AsyncIterator[Socket]:
    """An open WebSocket, greeted, with a key in the greeting, and acknowledged."""
    scheme = "wss" if "ssl" in options else "ws"
    async with connect(f"{scheme}://{address}/graphql", subprotocols=[PROTOCOL], proxy=None, **options) as connection:
        opened = Socket(connection)
        await opened.send(type="connection_init", payload={"authorization": f"Bearer {key}"} if key else {})
        assert (await opened.receive())["type"] == "connection_ack"
        yield opened


async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, Any]]:
    """Server-sent events as they come in: their names and their data."""
    name = ""
    async for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            yield name, json.loads(value) if value.strip() else None


@asynccontextmanager
async def event_stream(
    address: str, method: str = "POST", **request: Any
) -> AsyncIterator[AsyncIterator[tuple[str, Any]]]:
    """The events of a request."""
    headers = {"Accept": "text/event-stream"} | request.pop("headers", {})
    async with (
        httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client,
        client.stream(method, f"http://{address}/graphql", headers=headers, **request) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream"), await response.aread()
        yield events(response.aiter_lines())


async def limited(received: AsyncIterator[Any], number: int) -> AsyncIterator[Any]:
    """Returns the next ``number`` received values."""
    for _ in range(number):
        yield await anext(received)


async def store_beside(database: Database, *prompts: str) -> None:
    """Stores traces as another process would: through a separate database handle."""
    step = {"i": 0, "type": "t", "content": "c"}
    drafts = [
        validate_trace(
            {"trace_version": "1.0", "prompt": prompt, "final_answer": "a", "steps": [step], "meta": None}, 100_000
        )
        for prompt in prompts
    ]
    async with database.write() as session:
        await add_traces(session, drafts)
