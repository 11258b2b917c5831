"""Reads the pages of a source, sized by their content; the next page is read while the previous one is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Protocol, TypeVar

from tunix_rt.db.session import Database
from tunix_rt.domain.exports.scored_formats import TraceWithScores
from tunix_rt.domain.exports.sources import Reader, TracePage

T = TypeVar("T")

FIRST_ROWS = 64
PAGE_ROWS = 500
"""The maximum of a page: larger pages are not read faster, and the size of traces may change suddenly."""

PAGE_CHARS = 1024 * 1024
SLICE_CHARS = 128 * 1024
"""Characters that are rendered in at most a millisecond."""


class SourcePage(Protocol):
    """A page of traces, and the position at which the next one starts; None at the end."""

    @property
    def traces(self) -> Sequence[Any]:
        """The traces, in order."""

    @property
    def chars(self) -> int:
        """The size of the traces."""

    @property
    def position(self) -> Any:
        """The position at which the next page starts; None at the end."""


P = TypeVar("P", bound=SourcePage)


async def pages(read: Callable[[Any, int], Awaitable[P]]) -> AsyncGenerator[P, None]:
    """Yields the pages of a source in order; raises as ``read`` does.

    Args:
        read: returns a page from a position on, None being the start, with a maximum of rows.
    """
    position: Any = None
    rows = FIRST_ROWS
    while True:
        page = await read(position, rows)
        yield page
        if page.position is None:
            return
        position, rows = page.position, next_rows(page, rows)


async def read_page(database: Database, reader: Reader, position: Any, rows: int) -> TracePage:
    """Returns the page of a source that begins at a position."""
    async with database.bulk_read() as session:
        return await reader.page(session, position, rows)


def next_rows(page: SourcePage, rows: int) -> int:
    """Returns the number of rows to read next: enough to fill a page, at most twice the previous number."""
    chars = page.chars
    fitting = len(page.traces) * PAGE_CHARS // chars if chars else PAGE_ROWS
    return max(1, min(fitting, 2 * rows, PAGE_ROWS))


async def lines_of(traces: Sequence[TraceWithScores], line: Callable[[TraceWithScores], bytes]) -> list[bytes]:
    """Returns the lines of traces, yielding to the event loop after each slice.

    Does not use a thread: threads that compete for the interpreter lock would slow each other down.
    """
    lines: list[bytes] = []
    chars = 0
    for trace in traces:
        lines.append(line(trace))
        chars += len(trace.stored.payload)
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
        wait_limit: the seconds to retry a page while the database is unavailable.

    Raises:
        Unavailable: the database was unavailable for longer than that.
        RequestTimeout: a page exceeded the time limit of a statement.
    """

    async def read(position: Any, rows: int) -> TracePage:
        return await database.retrying(wait_limit)(read_page, database, reader, position, rows)

    async with aclosing(prefetch(pages(read))) as found:
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
