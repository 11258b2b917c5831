"""Fan-out: from one mutation to its delivery to each subscriber of the same server, and of another one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import orjson
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import KINDS, Databases
from tests.benchmarks.machine import ALL_CORES
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, table
from tests.benchmarks.servers import OURS, running

SUBSCRIBERS = 100
OTHERS = 500
"""The number of subscribers of another server on the same database."""
SUBSCRIPTION = "subscription { traceCreated { id promptPreview } }"
CREATE = """mutation { createTrace(input: {trace: {prompt: "2 + 2?", finalAnswer: "4",
    steps: [{index: 0, type: "reasoning", content: "Count."}]}}) { trace { id } errors { message } } }"""


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading("Fan-out to subscribers of traceCreated, milliseconds")
    note("From sending createTrace to its answer, to the first delivery and to the last one, over WebSockets.")
    rows = []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        with running(OURS, url, databases.folder) as server:
            rows.append(measured(name, server.url, server.url, SUBSCRIBERS, options.rounds))
    url = databases.fresh("postgresql")
    with (
        running(OURS, url, databases.folder, ALL_CORES) as one,
        running(OURS, url, databases.folder, ALL_CORES) as other,
    ):
        rows.append(measured("PostgreSQL, another server's", one.url, other.url, OTHERS, options.rounds))
    table(["", "answer", "first delivery", "last delivery"], rows)


def measured(name: str, url: str, subscribed_to: str, subscribers: int, number: int) -> list[str]:
    """Returns the row of one kind of subscribers, with the medians of the rounds."""
    times = uvloop.run(rounds(url, subscribed_to, subscribers, number))
    return [f"{name}, {subscribers}", *(f"{median(found) * 1000:.1f}" for found in zip(*times, strict=True))]


async def rounds(url: str, subscribed_to: str, subscribers: int, number: int) -> list[tuple[float, float, float]]:
    """The times of each round.

    Args:
        url: of the server that creates the traces.
        subscribed_to: of the server whose subscribers wait for them.
    """
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(subscribed(subscribed_to)) for _ in range(subscribers)]
        await asyncio.sleep(1)  # all of them are waiting
        return [await one_round(url, sockets) for _ in range(number)]


async def one_round(url: str, sockets: list[ClientConnection]) -> tuple[float, float, float]:
    """Seconds from the mutation to its answer, its first and its last delivery."""
    start = time.perf_counter()

    async def delivered(socket: ClientConnection) -> float:
        await next_message(socket)
        return time.perf_counter() - start

    async def create() -> float:
        await asyncio.to_thread(ask_once, url, graphql_request(CREATE))
        return time.perf_counter() - start

    answer, *deliveries = await asyncio.gather(create(), *map(delivered, sockets))
    return answer, min(deliveries), max(deliveries)


@asynccontextmanager
async def subscribed(url: str, query: str = SUBSCRIPTION) -> AsyncIterator[ClientConnection]:
    """A socket that follows new traces, or something else."""
    address = f"{url.replace('http', 'ws', 1)}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await send(socket, type="connection_init")
        await socket.recv()
        await send(socket, type="subscribe", id="1", payload={"query": query})
        yield socket


async def send(socket: ClientConnection, **message: Any) -> None:
    """Sends a message of the protocol."""
    await socket.send(orjson.dumps(message).decode())


async def next_message(socket: ClientConnection) -> None:
    """Waits for the next result.

    Raises:
        RuntimeError: the server sent another message.
    """
    while (message := orjson.loads(await socket.recv()))["type"] == "ping":
        await send(socket, type="pong")
    if message["type"] != "next" or "errors" in message["payload"]:
        raise RuntimeError(f"the server sent {message}")
