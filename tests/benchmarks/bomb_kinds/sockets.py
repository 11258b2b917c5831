"""Many subscriptions, and connections that never finish what they send."""

from __future__ import annotations

import asyncio
import select
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import orjson
import uvloop
from websockets.asyncio.client import ClientConnection

from tests.benchmarks.bomb_kinds.base import Bomb, Drop, Target, answer_to, connected
from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.fan_out import CREATE, SUBSCRIPTION, send, subscribed
from tests.benchmarks.memory import cpu_of_all

SOCKETS = 200
SUBSCRIPTIONS = 99
"""Of each socket: one operation is left of the default limit."""
RECEIVE_SECONDS = 60
OPEN_SECONDS = 75
HALF_HEADER = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
BODY = 31_000_000
HEADER = 200_000_000


def crowd(target: Target) -> Drop:
    """Opens 200 sockets with 99 subscriptions each, and measures the delivery of one trace to all of them."""
    return lambda: uvloop.run(reported(target.server.url, target.server.process.pid))


async def reported(url: str, server: int) -> str:
    """Returns how many subscriptions received one trace, how many ended, when the last one received it, and the CPU
    time that the server's process used for that.
    """
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(subscribed(url)) for _ in range(SOCKETS)]
        for number in range(2, SUBSCRIPTIONS + 1):
            for connection in opened:
                await send(connection, type="subscribe", id=str(number), payload={"query": SUBSCRIPTION})
        await asyncio.gather(*map(started, opened))
        await asyncio.sleep(1)
        used, start = cpu_of_all(server), time.perf_counter()
        await asyncio.to_thread(ask_once, url, graphql_request(CREATE))
        counts: dict[str, int] = {}
        await asyncio.gather(*(count(connection, counts) for connection in opened))
        last, used = time.perf_counter() - start, cpu_of_all(server) - used
    received = f"{counts.get('next', 0):,} received in {last:.1f} s by {used:.1f} s of CPU"
    return f"{received}, {counts.get('error', 0):,} refused"


async def started(connection: ClientConnection) -> None:
    """Returns when a socket's operations have started: they start in their order, so a query is answered last."""
    await send(connection, type="subscribe", id="started", payload={"query": "{ __typename }"})
    while orjson.loads(await connection.recv())["type"] != "complete":
        pass


async def count(connection: ClientConnection, counts: dict[str, int]) -> None:
    """Counts the messages of one socket until each of its subscriptions has received one or ended."""
    answered: set[str] = set()
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            while len(answered) < SUBSCRIPTIONS:
                message: dict[str, Any] = orjson.loads(await connection.recv())
                if message["type"] == "ping":
                    await send(connection, type="pong")
                elif message["id"] not in answered:
                    answered.add(message["id"])
                    failed = message["type"] != "next" or "errors" in message["payload"]
                    counts["error" if failed else "next"] = counts.get("error" if failed else "next", 0) + 1
    except TimeoutError:
        return


def unfinished(number: int, start: bytes, rest: bytes = b"") -> Callable[[Target], Drop]:
    """Returns the preparation of a bomb of requests that stop in the middle."""

    def drop(target: Target) -> str:
        opened: list[socket.socket] = []
        for _ in range(number):
            connection = connected(target)
            opened.append(connection)
            try:
                connection.sendall(start)
                connection.sendall(rest)
            except ConnectionError:
                continue
        return until_closed(opened)

    return lambda target: lambda: drop(target)


def until_closed(opened: list[socket.socket]) -> str:
    """Returns how many of the connections the server closes, and when the last of them."""
    start, last, count = time.perf_counter(), 0.0, len(opened)
    waiting = select.poll()
    by_number = {connection.fileno(): connection for connection in opened}
    for number in by_number:
        waiting.register(number, select.POLLIN)
    while by_number and time.perf_counter() - start < OPEN_SECONDS:
        for number, _ in waiting.poll(1000):
            if is_closed(by_number[number]):
                waiting.unregister(number)
                by_number.pop(number).close()
                last = time.perf_counter() - start
    for connection in by_number.values():
        connection.close()
    return f"{count - len(by_number):,} of {count:,} closed, the last after {last:.0f} s"


def is_closed(connection: socket.socket) -> bool:
    """Reads the available bytes; returns whether the stream has ended."""
    try:
        return not connection.recv(1 << 16)
    except ConnectionError:
        return True


def huge_header(target: Target) -> Drop:
    """A header of 200 MB."""
    part = b"x" * 1_000_000
    return lambda: answer_to(target, [HALF_HEADER, *([part] * (HEADER // len(part))), b"\r\n\r\n"])


def posted(size: int) -> bytes:
    """The head of a request whose body is a little longer than what will come of it."""
    head = "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {size + 1000}\r\n\r\n".encode()


BOMBS = (
    Bomb("subscriptions: 200 sockets x 99, one trace", crowd),
    Bomb("slow: 2,000 half headers", unfinished(2000, HALF_HEADER)),
    Bomb("slow: 40 unfinished bodies of 31 MB", unfinished(40, posted(BODY), b" " * BODY)),
    Bomb("slow: a header of 200 MB", huge_header),
)
