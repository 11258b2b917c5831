"""Frames between the server and its processes: a value as msgpack, after its length in four bytes."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from asyncio import StreamReader

LENGTH_BYTES = 4


def encode_frame(value: Any) -> bytes:
    """Returns a frame with a value."""
    content = msgspec.msgpack.encode(value)
    return len(content).to_bytes(LENGTH_BYTES) + content


def write_frame(output: IO[bytes], value: Any) -> None:
    """Writes a frame at once."""
    output.write(encode_frame(value))
    output.flush()


def read_frame(source: IO[bytes]) -> bytes:
    """Returns the content of the next frame; empty at the end."""
    return source.read(int.from_bytes(source.read(LENGTH_BYTES)))


async def receive_frame(frames: StreamReader) -> bytes:
    """Returns the content of the next frame from a process.

    Raises:
        asyncio.IncompleteReadError: the process has ended.
    """
    return await frames.readexactly(int.from_bytes(await frames.readexactly(LENGTH_BYTES)))
