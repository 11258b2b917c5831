"""Splits a stream of bytes, plain or gzip, into lines, in bounded memory."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterable, AsyncIterator
from typing import Self

from tunix_rt.errors import BadUserInput

GZIP_MAGIC = b"\x1f\x8b"
INFLATE_BYTES = 1 << 18
SPLIT_BYTES = 1 << 14


class BlankLines(bytes):
    """Consecutive blank lines as one: each line has a cost, and millions of blank ones are a few KB of gzip."""

    number: int

    @classmethod
    def of(cls, piece: bytes) -> Self:
        """Returns the lines that end in a piece of a stream."""
        lines = cls()
        lines.number = piece.count(b"\n")
        return lines


def line_count(line: object) -> int:
    """Returns the number of lines in one result of ``split_lines``."""
    return line.number if isinstance(line, BlankLines) else 1


async def decompress_chunks(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields the stream's bytes, decompressed if they begin with gzip's magic number, in chunks of at most 256 KiB.

    Raises:
        BadUserInput: a gzip stream is damaged or incomplete.
    """
    inflate: zlib._Decompress | None = None
    first = True
    async for chunk in with_whole_magic(chunks):
        if first:
            first = False
            inflate = zlib.decompressobj(wbits=31) if chunk.startswith(GZIP_MAGIC) else None
        if inflate is None:
            yield chunk
            continue
        rest = chunk
        while rest:
            if inflate.eof:
                rest = rest.lstrip(b"\0")  # tapes and block devices pad their last block with zeros
                if not rest:
                    break
                inflate = zlib.decompressobj(wbits=31)
            try:
                piece = inflate.decompress(rest, INFLATE_BYTES)
            except zlib.error:
                raise BadUserInput("The gzip stream is damaged.") from None
            if piece:
                yield piece
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if inflate is not None and not inflate.eof:
        raise BadUserInput("The gzip stream is truncated.")


async def with_whole_magic(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields the stream with a first chunk at least as long as gzip's magic number; a socket may yield single bytes."""
    start = b""
    started = False
    async for chunk in chunks:
        if started:
            yield chunk
            continue
        start += chunk
        if len(start) >= len(GZIP_MAGIC):
            started = True
            yield start
    if start and not started:
        yield start


async def split_lines(chunks: AsyncIterable[bytes], max_bytes: int) -> AsyncIterator[bytes | BadUserInput]:
    """Yields each line without its line end, or an error for a line longer than ``max_bytes``.

    A line that is too long is never held whole. Many blank lines in a row are yielded as ``BlankLines``.
    """
    held = bytearray()
    size = 0
    async for chunk in pieces(chunks):
        start = 0
        if not size and len(chunk) <= max_bytes and chunk.isspace():
            yield BlankLines.of(chunk)
            start = chunk.rfind(b"\n") + 1
        *whole, rest = chunk[start:].split(b"\n")
        for part in whole:
            size += len(part)
            yield too_long(size, max_bytes) if size > max_bytes else bytes(held + part)
            held.clear()
            size = 0
        size += len(rest)
        if size <= max_bytes:
            held += rest
        else:
            held.clear()
    if size:
        yield too_long(size, max_bytes) if size > max_bytes else bytes(held)


async def pieces(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields the stream in chunks of at most ``SPLIT_BYTES``, and yields to the event loop between them.

    A line may be two bytes, and takes about a microsecond.
    """
    async for chunk in chunks:
        for start in range(0, len(chunk), SPLIT_BYTES):
            yield chunk[start : start + SPLIT_BYTES]
            await asyncio.sleep(0)


def too_long(size: int, max_bytes: int) -> BadUserInput:
    """Returns the error of a line of ``size`` bytes."""
    return BadUserInput(f"A line must have at most {max_bytes} bytes; this one has {size}.")
