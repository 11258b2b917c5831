"""A small HTTP server that sends a given response and counts requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class AnsweringServer:
    """A server on a free port.

    Args:
        answer: the bytes of each response; the connection is closed after them.
        go_on: answers wait for it.
        asked: is set with the first request.
    """

    answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            self.requests.append((await reader.readuntil(b"\r\n")).decode().strip())
            self.asked.set()
            await self.go_on.wait()
            writer.write(self.answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def answering(status: str = "200 OK", *headers: str, waits: bool = False) -> AsyncIterator[AnsweringServer]:
    """The server within the block."""
    lines = [f"HTTP/1.1 {status}", "Content-Length: 2", *headers, "", "ok"]
    answering = AnsweringServer("\r\n".join(lines).encode())
    if not waits:
        answering.go_on.set()
    server = await asyncio.start_server(answering.serve, "127.0.0.1", 0)
    answering.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield answering
    finally:
        answering.go_on.set()
        server.close()
        await server.wait_closed()
