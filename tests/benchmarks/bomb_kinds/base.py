"""The interface of a bomb, and the plain sockets that carry it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.benchmarks.client import Connection, request_bytes
from tests.benchmarks.databases import Databases
from tests.support.servers import RunningServer

SHOWN_CHARS = 48
KEPT_BYTES = 1 << 16
WAIT_SECONDS = 240
SQLITE = ("sqlite",)
BOTH = ("sqlite", "postgresql")

Drop = Callable[[], str]
"""Sends a bomb and returns its outcome in a few words."""


@dataclass(frozen=True)
class Target:
    """The server that a bomb is meant for, and the databases that it may halt."""

    server: RunningServer
    databases: Databases


@dataclass(frozen=True)
class Bomb:
    """One bomb.

    Args:
        prepare: makes ready what is not to be measured, and gives what is.
        databases: the kinds of database it is dropped on.
        clear: repairs what it has broken for others.
    """

    name: str
    prepare: Callable[[Target], Drop]
    databases: tuple[str, ...] = SQLITE
    settings: Mapping[str, str] = field(default_factory=dict)
    clear: Callable[[Target], None] = lambda _: None


def posting(path: str, body: bytes, media: str = "application/json") -> Callable[[Target], Drop]:
    """Returns the preparation of a bomb that is one POST."""
    request = request_bytes(path, body, media)
    return lambda target: lambda: answer_to(target, [request])


def asking(query: str, variables: Mapping[str, Any] | None = None) -> Callable[[Target], Drop]:
    """Returns the preparation of a bomb that is one GraphQL request."""
    return posting("/graphql", orjson.dumps({"query": query, "variables": variables}))


def answer_to(target: Target, parts: Iterable[bytes]) -> str:
    """Sends a request and gives the status, the size and the first error of its answer, which is read to its end."""
    with connected(target) as opened:
        try:
            for part in parts:
                opened.sendall(part)
        except ConnectionError:
            pass  # refused before it was read; the answer may be there all the same
        return received(opened)


def received(opened: socket.socket) -> str:
    """Returns a server's response: its status, its size, its first error."""
    start, size, wanted = b"", 0, None
    while wanted is None or size < wanted:
        try:
            part = opened.recv(1 << 20)
        except TimeoutError:
            return "no answer"
        except ConnectionError:
            break
        if not part:
            break
        size += len(part)
        start += part[: max(0, KEPT_BYTES - len(start))]
        wanted = wanted or length_of(start)
        if b"chunked" in start and part.endswith(b"0\r\n\r\n"):
            break
    status = start[9:12].decode(errors="replace") or "closed"
    return f"{status}, {size:,} B {first_error(start)}".strip()


def length_of(start: bytes) -> int | None:
    """Returns the length of a response with its head; None while it is unknown."""
    head, mark, _ = start.partition(b"\r\n\r\n")
    found = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
    return len(head) + len(mark) + int(found) if mark and found else None


def first_error(answer: bytes) -> str:
    """The first message in an answer, shortened."""
    for mark in (b'"message":', b'"reason":'):
        _, found, rest = answer.partition(mark)
        if found:
            text = rest[: SHOWN_CHARS + 1].decode(errors="replace").strip('"')
            return json.dumps(text.partition('","')[0])
    return ""


def connected(target: Target) -> socket.socket:
    """A connection to the server."""
    opened = Connection.to(target.server.url).socket
    opened.settimeout(WAIT_SECONDS)
    return opened
