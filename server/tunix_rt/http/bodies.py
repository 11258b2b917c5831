"""Reading of request bodies, up to their size limit and with bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from starlette.requests import ClientDisconnect, Request

from tunix_rt.http.errors import HttpError
from tunix_rt.http.spool import too_large, unnamed_file, write
from tunix_rt.settings import Settings


async def read_body(request: Request, settings: Settings) -> bytes:
    """Returns the whole body; one longer than ``body_memory_bytes`` is stored in an unnamed file until it is complete.

    Raises:
        HttpError: 413 for a body over the limit, which the message has; 400 if the client disconnected.
        Unavailable: the data folder cannot be written, or its disk is full.
    """
    held = bytearray()
    file: IO[bytes] | None = None
    try:
        async for part in limit_body(request, settings.body_max_bytes):
            held += part
            if len(held) > settings.body_memory_bytes:
                if file is None:
                    file = await asyncio.to_thread(unnamed_file, settings.data_dir)
                await asyncio.to_thread(write, file, bytes(held))
                held.clear()
        return bytes(held) if file is None else await asyncio.to_thread(whole_content, file, bytes(held))
    finally:
        if file is not None:
            file.close()


async def limit_body(request: Request, max_bytes: int) -> AsyncIterator[bytes]:
    """Yields the parts of a body, counting the received bytes in addition to checking Content-Length; raises as
    ``read_body`` does.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and len(declared) < 20 and int(declared) > max_bytes:
        raise too_large(max_bytes)
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > max_bytes:
                raise too_large(max_bytes)
            yield part
    except ClientDisconnect:
        raise HttpError(400, "The client disconnected.") from None


def whole_content(file: IO[bytes], rest: bytes) -> bytes:
    """Returns the content of a file, followed by the rest of the body.

    The rest is written to the file first: joining the two would copy the whole while the interpreter lock is held.
    """
    write(file, rest)
    file.seek(0)
    return file.read()
