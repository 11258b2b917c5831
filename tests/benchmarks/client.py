"""A client that costs next to nothing: one request's bytes, sent again and again over open connections."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import Any

import orjson

CHUNK = 1 << 18


def request_bytes(path: str, body: bytes, media: str = "application/json") -> bytes:
    """A POST request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def graphql_request(query: str, variables: dict[str, Any] | None = None) -> bytes:
    """A GraphQL request as it goes over the wire."""
    return request_bytes("/graphql", orjson.dumps({"query": query, "variables": variables}))


@dataclass
class Connection:
    """An open HTTP connection; it is used for one request at a time."""

    socket: socket.socket

    @classmethod
    def to(cls, url: str) -> Connection:
        """A connection to the server at ``http://HOST:PORT``."""
        host, _, port = url.removeprefix("http://").partition(":")
        opened = socket.create_connection((host, int(port)), timeout=120)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(opened)

    def send(self, request: bytes) -> None:
        """Sends a request."""
        self.socket.sendall(request)

    def receive(self) -> bytes:
        """The body of the answer.

        Raises:
            RuntimeError: it is not a 200 of a stated length.
        """
        head, _, body = self._until_body().partition(b"\r\n\r\n")
        if b" 200 " not in head[:13]:
            raise RuntimeError(f"the server answered {head.decode()} {body.decode()}")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        parts = [body]
        missing = length - len(body)
        while missing > 0:
            parts.append(self._some())
            missing -= len(parts[-1])
        return b"".join(parts)

    def ask(self, request: bytes) -> bytes:
        """Sends a request and gives the body of the answer."""
        self.send(request)
        return self.receive()

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def _until_body(self) -> bytes:
        received = self._some()
        while b"\r\n\r\n" not in received:
            received += self._some()
        return received

    def _some(self) -> bytes:
        part = self.socket.recv(CHUNK)
        if not part:
            raise RuntimeError("the server closed the connection")
        return part


def ask_once(url: str, request: bytes) -> Any:
    """The decoded answer to one request.

    Raises:
        RuntimeError: it holds GraphQL errors.
    """
    connection = Connection.to(url)
    answer = orjson.loads(connection.ask(request))
    connection.close()
    if "errors" in answer:
        raise RuntimeError(f"the server answered {answer['errors']}")
    return answer


def keep_busy(url: str, request: bytes, seconds: float, connections: int = 4) -> int:
    """Keeps requests under way on several connections for some seconds; gives the number of answers."""
    opened = [Connection.to(url) for _ in range(connections)]
    for connection in opened:
        connection.send(request)
    answers, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for connection in opened:
            connection.receive()
            connection.send(request)
        answers += connections
    for connection in opened:
        connection.receive()
        connection.close()
    return answers + connections
