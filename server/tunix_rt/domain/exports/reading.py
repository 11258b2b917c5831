"""Reads the pages of a source, sized by their content; the next page is read while the previous one is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

from tunix_rt.db.session import Database
from tunix_rt.domain.exports.formats import StoredTrace
from tunix_rt.domain.exports.sources import Reader, TracePage

T = TypeVar("T")

FIRST_ROWS = 64
PAGE_ROWS = 500
"""The maximum of a page: larger pages are not read faster, and the size of traces may change suddenly."""

PAGE_CHARS = 1024 * 1024
SLICE_CHARS = 128 * 1024
"""Characters that are rendered in at most a millisecond."""


async def pages(database: Database, reader: Reader, wait_limit: float = 0.0) -> AsyncGenerator[TracePage, None]:
    """Yields a source's pages in order, each read in its own session.

    Args:
        wait_limit: the seconds to retry a page while the database is unavailable.

    Raises:
        Unavailable: the database was unavailable for longer than that.
        RequestTimeout: a page exceeded the time limit of a statement.
    """
    position: Any = None
    rows = FIRST_ROWS
    while True:
        page = await database.retrying(wait_limit)(read_page, database, reader, position, rows)
        yield page
        if page.position is None:
            return
        position, rows = page.position, next_rows(page, rows)


async def read_page(database: Database, reader: Reader, position: Any, rows: int) -> TracePage:
    """Returns the page of a source that begins at a position."""
    async with database.bulk_read() as session:
        return await reader.page(session, position, rows)


def next_rows(page: TracePage, rows: int) -> int:
    """Returns the number of rows to read next: enough to fill a page, at most twice the previous number."""
    chars = sum(len(trace.payload) for trace in page.traces)
    fitting = len(page.traces) * PAGE_CHARS // chars if chars else PAGE_ROWS
    return max(1, min(fitting, 2 * rows, PAGE_ROWS))


async def lines_of(page: TracePage, line: Callable[[StoredTrace], bytes]) -> list[bytes]:
    """Returns the page's lines, yielding to the event loop after each slice.

    Does not use a thread: threads that compete for the interpreter lock would slow each other down.
    """
    lines: list[bytes] = []
    chars = 0
    for trace in page.traces:
        lines.append(line(trace))
        chars += len(trace.payload)
        if chars >= SLICE_CHARS:
            chars = 0
            await asyncio.sleep(0)
    return lines


@asynccontextmanager
async def read_ahead(
    database: Database, reader: Reader, wait_limit: float = 0.0
) -> AsyncIterator[AsyncGenerator[TracePage, None]]:
    """Yields a source's pages until the end of the block; the next page is read while one is processed.

    Args:
        wait_limit: as for ``pages``.

    Raises:
        Unavailable, RequestTimeout: as for ``pages``.
    """
    async with aclosing(prefetch(pages(database, reader, wait_limit))) as found:
        yield found


async def prefetch(source: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Yields the pages of a source while the next one is being read."""
    async with aclosing(source):
        reading = asyncio.ensure_future(anext(source, None))
        try:
            while (page := await reading) is not None:
                reading = asyncio.ensure_future(anext(source, None))
                yield page
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
