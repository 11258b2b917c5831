"""JSON records out of a stream: one on each line, or all of them in an array."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from tunix_rt.domain.imports.elements import BLANKS, OPEN, split_elements
from tunix_rt.domain.imports.lines import split_lines
from tunix_rt.errors import BadUserInput

LINE, ELEMENT = "line", "element"
BLANKS_MAX = 4096
"""Blanks before the first record that are looked through for the beginning of an array."""
MARK = b"\xef\xbb\xbf"
SIGNS = 16
JSON_FILE = "This looks like JSON: import it in a format of JSON records, such as jsonl or chat_messages."
NO_TABLES = {
    b'{"': JSON_FILE,
    b"[{": JSON_FILE,
    b"[\n": JSON_FILE,
    b"[\r\n": JSON_FILE,
    b"PAR1": "This looks like Parquet: import it as parquet.",
    b"PK\x03\x04": "This looks like a zip archive: extract it, and import its files.",
}
"""How files begin that are no tables of text."""


class RecordStream:
    """The lines of a stream, or the elements of a JSON array where it begins as one.

    Args:
        max_bytes: the longest record; in place of a longer one stands the error that says so.
    """

    def __init__(self, chunks: AsyncIterable[bytes], max_bytes: int) -> None:
        self.chunks = chunks
        self.max_bytes = max_bytes
        self.unit = LINE

    async def __aiter__(self) -> AsyncIterator[bytes | BadUserInput]:
        stream = aiter(self.chunks)
        start = b""
        while not (begun := stream_start(start)) and len(start) < BLANKS_MAX:
            if (chunk := await anext(stream, None)) is None:
                break
            start += chunk
        if begun.startswith(OPEN):
            self.unit = ELEMENT
            records = split_elements(chain_chunks(begun[1:], stream), self.max_bytes)
        else:
            records = split_lines(chain_chunks(start, stream), self.max_bytes)
        async for record in records:
            yield record


def stream_start(start: bytes) -> bytes:
    """Returns a stream from its first sign on, byte order mark and blanks passed over; nothing if there is none yet."""
    return b"" if MARK.startswith(start) else start.removeprefix(MARK).lstrip(BLANKS)


async def table_text(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields a stream that is to be the text of a table.

    Raises:
        BadUserInput: it begins as JSON or as another kind of file does.
    """
    start = b""
    async for chunk in chunks:
        if len(start) < SIGNS:
            start += chunk[:SIGNS]
            if found := next(
                (said for begun, said in NO_TABLES.items() if stream_start(start).startswith(begun)), None
            ):
                raise BadUserInput(found, ["format"])
        yield chunk


async def chain_chunks(start: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yields a stream whose beginning was taken off already."""
    if start:
        yield start
    async for chunk in stream:
        yield chunk
