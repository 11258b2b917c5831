"""Bodies in temporary files, for formats that need random access."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from tunix_rt.domain.data_folder import explain_write_errors
from tunix_rt.http.errors import HttpError

WRITE_BYTES = 1 << 20
BODY = "The body"


@asynccontextmanager
async def spool_body(chunks: AsyncIterable[bytes], folder: Path, max_bytes: int) -> AsyncIterator[IO[bytes]]:
    """Yields a file with the whole body; it has no name, so it disappears with this process even after a crash.

    Raises:
        HttpError: 413 for a body over the limit, which the message has.
        Unavailable: the folder is not writable, or its disk is full.
    """
    with await asyncio.to_thread(unnamed_file, folder) as file:
        size = 0
        held = bytearray()
        async for chunk in chunks:
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            held += chunk
            if len(held) >= WRITE_BYTES:
                await asyncio.to_thread(write, file, bytes(held))
                held.clear()
        await asyncio.to_thread(write, file, bytes(held))
        yield file


def unnamed_file(folder: Path) -> IO[bytes]:
    """Creates an unnamed temporary file; raises as ``spool_body`` does."""
    with explain_write_errors(BODY):
        folder.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=folder, buffering=0)


def write(file: IO[bytes], content: bytes) -> None:
    """Writes all of the content; raises as ``spool_body`` does."""
    rest = memoryview(content)
    with explain_write_errors(BODY):
        while rest:
            rest = rest[file.write(rest) :]


def too_large(max_bytes: int) -> HttpError:
    """Returns the error for a large body; the connection is closed, since the rest of the body is not read."""
    return HttpError(413, f"The body may have at most {max_bytes} bytes.", headers={"Connection": "close"})
