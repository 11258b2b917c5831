"""The rows that an export reads, in short and independent reads: from the database, or from a server over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from tunix_rt.db.session import Database
from tunix_rt.domain.exports.export_shapes import reads_raw_texts, reads_scores
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.grouping import MemberPage, read_members
from tunix_rt.domain.exports.reading import read_page
from tunix_rt.domain.exports.scored_formats import TraceWithScores, scored_formats
from tunix_rt.domain.exports.sources import Given, OfTraces, Reader, Source, TracePage, reader_of
from tunix_rt.domain.exports.trace_scores import read_scores, texts_without_answer, with_scores


class SourceSize(NamedTuple):
    """The expected number of a source's traces, including deleted ones, and that of different ones."""

    total: int
    distinct: int


class RowPage(NamedTuple):
    """A page of a source's traces, in order, with the scores and the raw texts that the format needs.

    Args:
        missing: the number of traces of this page that were deleted.
        position: the position at which the next page starts; None at the end.
    """

    traces: list[TraceWithScores]
    missing: int
    position: Any

    @property
    def chars(self) -> int:
        """The size of the traces."""
        return sum(len(trace.stored.payload) for trace in self.traces)


class ExportRows(Protocol):
    """The rows of one export's source.

    Every method raises Unavailable if they could not be reached for too long, and NotFound if the source was deleted.
    """

    async def size(self) -> SourceSize:
        """Returns the number of traces."""

    async def page(self, position: Any, rows: int) -> RowPage:
        """Returns a page of at most ``rows`` traces from a position on; None is the start."""

    async def traces_by_id(self, ids: Sequence[uuid.UUID]) -> list[TraceWithScores]:
        """Returns those of some traces of the source that still exist."""

    async def members(self, position: tuple[str, int] | None) -> MemberPage:
        """Returns a page of the source's traces by their groups, without their contents."""


@dataclass(frozen=True)
class DatabaseRows:
    """The rows in the database; see ``ExportRows``.

    Args:
        wait_limit: the seconds to retry a read while the database is unavailable.
    """

    database: Database
    source: Source
    format: ExportFormat
    options: FormatOptions
    wait_limit: float = 0.0

    @cached_property
    def _reader(self) -> Reader:
        """The reader of the source, which prepares its queries once."""
        return reader_of(self.source)

    async def size(self) -> SourceSize:
        """See ``ExportRows.size``."""
        total = await self.database.retrying(self.wait_limit)(self._count)
        return SourceSize(total, len(set(self.source.ids)) if isinstance(self.source, OfTraces) else total)

    async def _count(self) -> int:
        async with self.database.bulk_read() as session:
            return await self._reader.count(session)

    async def page(self, position: Any, rows: int) -> RowPage:
        """See ``ExportRows.page``."""
        page = await self.database.retrying(self.wait_limit)(read_page, self.database, self._reader, position, rows)
        return RowPage(await self._complete(page), page.missing, page.position)

    async def traces_by_id(self, ids: Sequence[uuid.UUID]) -> list[TraceWithScores]:
        """See ``ExportRows.traces_by_id``."""
        page: TracePage = await self.database.retrying(self.wait_limit)(
            read_page, self.database, Given(ids), None, len(ids)
        )
        return await self._complete(page)

    async def _complete(self, page: TracePage) -> list[TraceWithScores]:
        """Returns traces with what the format needs in addition to them."""
        if self.format in scored_formats():
            return await with_scores(self.database, page, self.wait_limit)
        texts, scores = {}, {}
        if reads_raw_texts(self.format, self.options):
            texts = await texts_without_answer(self.database, page, self.wait_limit)
        if reads_scores(self.format, self.options) and page.traces:
            ids = list({trace.id: uuid.UUID(trace.id) for trace in page.traces}.values())
            scores = await self.database.retrying(self.wait_limit)(read_scores, self.database, ids)
        return [TraceWithScores(trace, scores.get(trace.id, ()), texts.get(trace.id)) for trace in page.traces]

    async def members(self, position: tuple[str, int] | None) -> MemberPage:
        """See ``ExportRows.members``."""
        retrying = self.database.retrying(self.wait_limit)
        return await retrying(read_members, self.database, self.source, self.options.scorer, position)
