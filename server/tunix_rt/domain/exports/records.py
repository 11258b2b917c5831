"""The records of an export as pages of lines, whatever their format."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NamedTuple

from tunix_rt.db.session import Database
from tunix_rt.domain.exports.export_shapes import ExportShape, shape_of
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, StoredTrace, get_export_format
from tunix_rt.domain.exports.formats.escaping import json_text
from tunix_rt.domain.exports.grouping import GroupWalk, groups_of, records_in, unscored_in
from tunix_rt.domain.exports.reading import lines_of, read_ahead, read_page
from tunix_rt.domain.exports.scored_formats import ScoredFormat, TraceScore, TraceWithScores, Unit, scored_formats
from tunix_rt.domain.exports.sources import Given, OfTraces, Source, TracePage, reader_of
from tunix_rt.domain.exports.trace_scores import texts_without_answer, with_scores

PAGE_TRACES = 200
"""The traces of a page of records that are made of groups."""


class LinePage(NamedTuple):
    """A page of records.

    Args:
        traces: the number of the source's traces that were processed.
        missing: the number of those that were deleted before.
        skipped: the number of those without the scores that a record needs.
    """

    lines: list[bytes]
    traces: int
    missing: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class ExportReader:
    """Reads a source in a format."""

    source: Source
    format: ExportFormat
    options: FormatOptions

    @property
    def shape(self) -> ExportShape:
        """The fields of the records."""
        return shape_of(self.format, self.options)

    async def count(self, database: Database) -> int:
        """Returns the expected number of traces, including deleted ones; raises as ``Reader.count``."""
        async with database.bulk_read() as session:
            return await reader_of(self.source).count(session)

    def pages(self, database: Database, wait_limit: float = 0.0) -> AsyncGenerator[LinePage, None]:
        """Yields the pages of lines in order.

        Args:
            wait_limit: the seconds to retry a page while the database is unavailable.

        Raises:
            NotFound: the source was deleted.
            BadUserInput: a group is too large for a record.
            Unavailable, RequestTimeout: as ``reading.pages``.
        """
        scored = scored_formats().get(self.format)
        if scored is None:
            read = self._pages_with_scores if self.options.include_scores else self._trace_pages
            return read(database, wait_limit)
        if scored.unit is Unit.TRACE:
            return self._scored_pages(database, scored, wait_limit)
        return self._group_pages(database, scored, wait_limit)

    async def _trace_pages(self, database: Database, wait_limit: float) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are single traces."""
        async with read_ahead(database, reader_of(self.source), wait_limit) as pages:
            async for page in pages:
                texts = await self._texts(database, page, wait_limit)
                lines = await lines_of(page, self._line_with(texts))
                yield LinePage(lines, len(page.traces) + page.missing, page.missing)

    async def _texts(self, database: Database, page: TracePage, wait_limit: float) -> dict[str, str]:
        """Returns the texts in the place of the model's; none for a round trip, which needs the trace as it is."""
        if self.options.round_trip or not get_export_format(self.format).has_template:
            return {}
        return await texts_without_answer(database, page, wait_limit)

    def _line_with(self, texts: Mapping[str, str]) -> Callable[[StoredTrace], bytes]:
        """Returns the function of a trace to its line."""
        line, options = get_export_format(self.format).line, self.options
        if not texts:
            return lambda trace: line(trace, options)
        return lambda trace: line(trace, options, None, texts.get(trace.id))

    async def _pages_with_scores(self, database: Database, wait_limit: float) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are single traces, with their scores in the metadata."""
        line, options = get_export_format(self.format).line, self.options
        async with read_ahead(database, reader_of(self.source), wait_limit) as pages:
            async for page in pages:
                texts = await self._texts(database, page, wait_limit)
                lines = [
                    line(trace.stored, options, scores_text(trace.scores), texts.get(trace.stored.id))
                    for trace in await with_scores(database, page, wait_limit)
                ]
                yield LinePage(lines, len(page.traces) + page.missing, page.missing)

    async def _scored_pages(
        self, database: Database, scored: ScoredFormat, wait_limit: float
    ) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are single traces with scores."""
        async with read_ahead(database, reader_of(self.source), wait_limit) as pages:
            async for page in pages:
                found = [scored.line([trace], self.options) for trace in await with_scores(database, page, wait_limit)]
                lines = [line for line in found if line is not None]
                skipped = len(found) - len(lines)
                yield LinePage(lines, len(page.traces) + page.missing, page.missing, skipped)

    async def _group_pages(
        self, database: Database, scored: ScoredFormat, wait_limit: float
    ) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are made of groups."""
        walk = GroupWalk(self.source, scored.unit, self.options)
        wanted: list[tuple[uuid.UUID, ...]] = []
        traces, skipped, missing = 0, 0, await database.retrying(wait_limit)(self._distinct, database)
        async with aclosing(groups_of(database, walk, wait_limit)) as groups:
            async for group in groups:
                traces, missing = traces + len(group.members), missing - len(group.members)
                wanted += records_in(group, walk)
                skipped += unscored_in(group, walk)
                if traces >= PAGE_TRACES:
                    yield LinePage(await self._record_lines(database, scored, wanted, wait_limit), traces, 0, skipped)
                    wanted, traces, skipped = [], 0, 0
        lines = await self._record_lines(database, scored, wanted, wait_limit)
        yield LinePage(lines, traces + max(missing, 0), max(missing, 0), skipped)

    async def _distinct(self, database: Database) -> int:
        """Returns the expected number of different traces."""
        return len(set(self.source.ids)) if isinstance(self.source, OfTraces) else await self.count(database)

    async def _record_lines(
        self, database: Database, scored: ScoredFormat, wanted: Sequence[tuple[uuid.UUID, ...]], wait_limit: float
    ) -> list[bytes]:
        """Returns the lines of records, without those of which a trace was deleted meanwhile."""
        ids = list(dict.fromkeys(identity for record in wanted for identity in record))
        if not ids:
            return []
        page: TracePage = await database.retrying(wait_limit)(read_page, database, Given(ids), None, len(ids))
        found = {uuid.UUID(trace.stored.id): trace for trace in await with_scores(database, page, wait_limit)}
        records = [whole_record(record, found, scored.unit) for record in wanted]
        lines = [scored.line(record, self.options) for record in records if record]
        return [line for line in lines if line is not None]


def scores_text(scores: Sequence[TraceScore]) -> str:
    """Returns scores as a JSON object: of each scorer that of the trace, and those of its steps by their indexes."""
    found: dict[str, dict[str, Any]] = {}
    for score in scores:
        own = found.setdefault(score.scorer, {})
        if score.step_index is None:
            own["trace"] = score.score
        else:
            own.setdefault("steps", {})[str(score.step_index)] = score.score
    return json_text(found)


def whole_record(
    wanted: Sequence[uuid.UUID], found: dict[uuid.UUID, TraceWithScores], unit: Unit
) -> list[TraceWithScores] | None:
    """Returns the traces of a record that still exist; None if it cannot be made of them."""
    there = [found[identity] for identity in wanted if identity in found]
    return None if not there or (unit is not Unit.GROUP and len(there) < len(wanted)) else there
