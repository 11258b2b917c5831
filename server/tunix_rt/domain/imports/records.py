"""Splits a stream into JSON records: one per line, or the elements of an array."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

from tunix_rt.domain.imports.elements import BLANKS, OPEN, split_elements
from tunix_rt.domain.imports.lines import split_lines
from tunix_rt.errors import BadUserInput

LINE, ELEMENT = "line", "element"
BLANKS_MAX = 4096
"""The maximum number of blanks before the ``[`` of an array."""
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
"""The beginnings of files that are not tables of text, with the message for each."""


class RecordStream:
    """The lines of a stream, or its elements if it begins as a JSON array.

    Args:
        max_bytes: the longest record; a longer one is replaced by an error.
    """

    def __init__(self, chunks: AsyncIterable[bytes], max_bytes: int) -> None:
        self.chunks = chunks
        self.max_bytes = max_bytes
        self.unit = LINE

    async def __aiter__(self) -> AsyncIterator[bytes | BadUserInput]:
        stream = aiter(self.chunks)
        start = b""
        while not (content := stream_start(start)) and len(start) < BLANKS_MAX:
            if (chunk := await anext(stream, None)) is None:
                break
            start += chunk
        if content.startswith(OPEN):
            self.unit = ELEMENT
            records = split_elements(chain_chunks(content[1:], stream), self.max_bytes)
        else:
            records = split_lines(chain_chunks(start, stream), self.max_bytes)
        async for record in records:
            yield record


def stream_start(start: bytes) -> bytes:
    """Returns the start of a stream without byte order mark and leading blanks; empty if there is nothing else yet."""
    return b"" if MARK.startswith(start) else start.removeprefix(MARK).lstrip(BLANKS)


async def table_text(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yields the chunks of a stream that must be the text of a table.

    Raises:
        BadUserInput: the stream begins like JSON or another type of file.
    """
    start = b""
    async for chunk in chunks:
        if len(start) < SIGNS:
            start += chunk[:SIGNS]
            if found := next(
                (message for prefix, message in NO_TABLES.items() if stream_start(start).startswith(prefix)), None
            ):
                raise BadUserInput(found, ["format"])
        yield chunk


async def chain_chunks(start: bytes, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yields the start of a stream, which was read before, and then the rest."""
    if start:
        yield start
    async for chunk in stream:
        yield chunk
