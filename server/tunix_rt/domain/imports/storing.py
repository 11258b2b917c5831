"""Imports: stores any number of lines or rows as traces, batch by batch, in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable

from tunix_rt.db.session import Database
from tunix_rt.domain.imports.batch_writer import BatchWriter, StoredBatch
from tunix_rt.domain.imports.formats import ImportFormat
from tunix_rt.domain.imports.importing import ImportReport, ImportSource, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.preparation import Preparation
from tunix_rt.errors import BadUserInput


async def import_source(
    database: Database,
    source: ImportSource,
    *,
    on_error: OnError = OnError.STOP,
    progress: Callable[[ImportReport], None] = lambda _: None,
    report: ImportReport | None = None,
) -> ImportReport:
    """Stores each trace unless it is stored already; each batch is one transaction, while the next one is read.

    Args:
        progress: called after each batch.
        report: the report to update, for a caller that needs the counts after an error too.

    Raises:
        BadUserInput: the source itself is damaged.
        Unavailable: the database became unavailable; earlier batches stay stored, and a new import adds the rest.
    """
    report = report or ImportReport()

    def count(stored: StoredBatch) -> None:
        report.added += stored.added
        report.duplicates += stored.duplicates
        report.scores += stored.scores
        progress(report)

    async with Preparation(source, database.kind) as preparation, BatchWriter(database, count) as writer:
        async for batch in source.batches:
            report.unit = source.unit() if source.unit else report.unit
            prepared = await preparation.prepare(batch, report)
            if report.rejected and on_error is OnError.STOP:
                report.stopped = True
                break
            await writer.put(prepared)
    return report


async def import_lines(
    database: Database,
    lines: AsyncIterable[bytes | BadUserInput],
    format_: ImportFormat,
    *,
    max_bytes: int,
) -> ImportReport:
    """Imports lines up to the first batch with an invalid one; see ``import_source``.

    Args:
        max_bytes: the largest trace, in bytes of its canonical JSON.
    """
    return await import_source(database, line_source(lines, RecordOptions(format_, max_bytes)))
