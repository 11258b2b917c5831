"""``tunix-rt import scores``: scores of stored traces, from a file or standard input."""

from __future__ import annotations

import asyncio
from typing import IO

from tunix_rt.cli.client.local import describe_database
from tunix_rt.cli.client.running import report_place
from tunix_rt.cli.database import existing_database
from tunix_rt.cli.import_.files import chunks_of
from tunix_rt.cli.import_.progress import progress_bar, size_of
from tunix_rt.cli.import_.remote import send_scores
from tunix_rt.cli.import_.report import end_if_stopped, omissions, print_counts, report_at_end
from tunix_rt.cli.options import command_settings, uses_server
from tunix_rt.domain.imports.importing import LINE_OVERHEAD, ImportReport, OnError
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.records import RecordStream
from tunix_rt.domain.imports.score_lines import import_scores
from tunix_rt.domain.text import quantity
from tunix_rt.settings import Settings


def import_score_file(file: IO[bytes], on_error: OnError) -> None:
    """Imports the scores of a file and prints a report; exits with status 1 if an invalid line stopped the import."""
    settings = command_settings()
    if uses_server(settings):
        found = send_scores(settings, file, on_error)
        print_scores(found)
        end_if_stopped(found.stopped, found.unit)
        return
    report = ImportReport()
    with report_at_end(lambda: report.lines, lambda: print_scores(report)):
        asyncio.run(run(settings, file, on_error, report))
    end_if_stopped(report.stopped, report.unit)


def print_scores(report: ImportReport) -> None:
    """Prints the counts of an import of scores and its first errors."""
    parts = [f"{quantity(report.scores, 'score')} added", *omissions(report, report.unit)]
    print_counts(report, f"{', '.join(parts)} ({quantity(report.lines, report.unit)} read).")


async def run(settings: Settings, file: IO[bytes], on_error: OnError, report: ImportReport) -> None:
    """Imports a file, and shows the progress; the report has the stored scores even if the import is interrupted.

    Raises:
        NotFound, SchemaOutdated: as ``existing_database`` does.
    """
    async with existing_database(settings) as database:
        report_place(f"the database {describe_database(settings)}")
        with progress_bar(lambda report: report.scores) as bar:
            bar.expect(size_of(file))
            chunks = decompress_chunks(chunks_of(file, bar.advance))
            records = RecordStream(chunks, settings.trace_max_bytes * LINE_OVERHEAD)
            await import_scores(database, records, on_error=on_error, progress=bar.show, report=report)
