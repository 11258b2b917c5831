"""The records of an export as pages of lines, whatever their format."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NamedTuple

from tunix_rt.domain.exports.export_shapes import ExportShape, shape_of
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, get_export_format
from tunix_rt.domain.exports.formats.escaping import json_text
from tunix_rt.domain.exports.grouping import GroupWalk, groups_of, records_in, unscored_in
from tunix_rt.domain.exports.reading import lines_of, pages, prefetch
from tunix_rt.domain.exports.rows import ExportRows
from tunix_rt.domain.exports.scored_formats import ScoredFormat, TraceScore, TraceWithScores, Unit, scored_formats

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
    """Reads the records of a format."""

    format: ExportFormat
    options: FormatOptions

    @property
    def shape(self) -> ExportShape:
        """The fields of the records."""
        return shape_of(self.format, self.options)

    def pages(self, rows: ExportRows) -> AsyncGenerator[LinePage, None]:
        """Yields the pages of lines in order.

        Raises:
            NotFound: the source was deleted.
            BadUserInput: a group is too large for a record.
            Unavailable, RequestTimeout: as ``ExportRows`` does.
        """
        scored = scored_formats().get(self.format)
        if scored is None:
            return self._trace_pages(rows)
        if scored.unit is Unit.TRACE:
            return self._scored_pages(rows, scored)
        return self._group_pages(rows, scored)

    async def _trace_pages(self, rows: ExportRows) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are single traces."""
        async with aclosing(prefetch(pages(rows.page))) as found:
            async for page in found:
                lines = await lines_of(page.traces, self._line)
                yield LinePage(lines, len(page.traces) + page.missing, page.missing)

    @property
    def _line(self) -> Callable[[TraceWithScores], bytes]:
        """The function of a trace to its line, with its scores in the metadata if the options have them."""
        line, options = get_export_format(self.format).line, self.options
        if options.include_scores:
            return lambda trace: line(trace.stored, options, scores_text(trace.scores), trace.raw_text)
        return lambda trace: line(trace.stored, options, None, trace.raw_text)

    async def _scored_pages(self, rows: ExportRows, scored: ScoredFormat) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are single traces with scores."""
        async with aclosing(prefetch(pages(rows.page))) as found:
            async for page in found:
                records = [scored.line([trace], self.options) for trace in page.traces]
                lines = [line for line in records if line is not None]
                skipped = len(records) - len(lines)
                yield LinePage(lines, len(page.traces) + page.missing, page.missing, skipped)

    async def _group_pages(self, rows: ExportRows, scored: ScoredFormat) -> AsyncGenerator[LinePage, None]:
        """Yields pages of a format whose records are made of groups."""
        walk = GroupWalk(scored.unit, self.options)
        wanted: list[tuple[uuid.UUID, ...]] = []
        traces, skipped, missing = 0, 0, (await rows.size()).distinct
        async with aclosing(groups_of(rows.members, walk)) as groups:
            async for group in groups:
                traces, missing = traces + len(group.members), missing - len(group.members)
                wanted += records_in(group, walk)
                skipped += unscored_in(group, walk)
                if traces >= PAGE_TRACES:
                    yield LinePage(await self._record_lines(rows, scored, wanted), traces, 0, skipped)
                    wanted, traces, skipped = [], 0, 0
        lines = await self._record_lines(rows, scored, wanted)
        yield LinePage(lines, traces + max(missing, 0), max(missing, 0), skipped)

    async def _record_lines(
        self, rows: ExportRows, scored: ScoredFormat, wanted: Sequence[tuple[uuid.UUID, ...]]
    ) -> list[bytes]:
        """Returns the lines of records, except for records with a trace that was deleted in the meantime."""
        ids = list(dict.fromkeys(identity for record in wanted for identity in record))
        if not ids:
            return []
        found = {uuid.UUID(trace.stored.id): trace for trace in await rows.traces_by_id(ids)}
        records = [whole_record(record, found, scored.unit) for record in wanted]
        lines = [scored.line(record, self.options) for record in records if record]
        return [line for line in lines if line is not None]


def scores_text(scores: Sequence[TraceScore]) -> str:
    """Returns scores as a JSON object: for each scorer the trace's score, and its steps' scores by their indexes."""
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
