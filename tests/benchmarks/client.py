"""A client that costs next to nothing: one request's bytes, sent again and again over open connections."""

from __future__ import annotations

import selectors
import socket
import time
from dataclasses import dataclass, field
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
    _received: bytearray = field(default_factory=bytearray)
    _length: int | None = None
    """The length of the body that is being received; None until its head is complete."""

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
        while True:
            body = self.receive_part()
            if body is not None:
                return body

    def receive_part(self) -> bytes | None:
        """Receives what has arrived of the answer, and gives its body if that is complete; raises as ``receive``."""
        part = self.socket.recv(CHUNK)
        if not part:
            raise RuntimeError("the server closed the connection")
        self._received += part
        if self._length is None and not self._take_head():
            return None
        if len(self._received) < (self._length or 0):
            return None
        body = bytes(self._received)
        self._received, self._length = bytearray(), None
        return body

    def ask(self, request: bytes) -> bytes:
        """Sends a request and gives the body of the answer."""
        self.send(request)
        return self.receive()

    def close(self) -> None:
        """Ends the connection."""
        self.socket.close()

    def _take_head(self) -> bool:
        """Takes the answer's head from what was received and notes the body's length, if the head is complete."""
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 200 " not in head[:13]:
            raise RuntimeError(f"the server answered {head.decode()} {body.decode()}")
        self._length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        self._received = body
        return True


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
    """Keeps requests under way on several connections for some seconds; gives the number of answers.

    Each connection sends its next request as soon as it has its answer, whatever the others wait for.
    """
    answers, end = 0, time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        opened = [Connection.to(url) for _ in range(connections)]
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(request)
        while (left := end - time.perf_counter()) > 0:
            for key, _ in selector.select(left):
                if key.data.receive_part() is not None:
                    answers += 1
                    key.data.send(request)
    for connection in opened:
        connection.receive()
        connection.close()
    return answers + connections
