"""Runs the import of a file or folder: opens it as a source, stores its traces, prints the report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import click

from tunix_rt.cli.client.local import describe_database
from tunix_rt.cli.client.running import report_place
from tunix_rt.cli.database import migrate_if_new
from tunix_rt.cli.import_.files import file_source
from tunix_rt.cli.import_.folders import folder_source, is_whole
from tunix_rt.cli.import_.progress import Bar, progress_bar
from tunix_rt.cli.import_.remote import send_traces
from tunix_rt.cli.import_.report import end_if_stopped, print_report, report_at_end
from tunix_rt.cli.options import command_settings, uses_server
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import ImportFormat
from tunix_rt.domain.imports.importing import ImportReport, ImportSource, OnError
from tunix_rt.domain.imports.line_imports import RecordOptions
from tunix_rt.domain.imports.records import LINE
from tunix_rt.domain.imports.storing import import_source
from tunix_rt.domain.imports.tables.columns import TABLES, ColumnMap
from tunix_rt.settings import Settings

SourceOpener: TypeAlias = Callable[[Bar], AbstractAsyncContextManager[ImportSource]]


@dataclass(frozen=True)
class Opening:
    """The way in which a file is opened as a source.

    Args:
        name: the format's name.
        format_: the format of records; None for a table.
        file: the path of a file or folder, or ``-``.
    """

    name: str
    format_: ImportFormat | None
    file: str
    map_: ColumnMap
    on_error: OnError


def import_file(opening: Opening, context: click.Context) -> None:
    """Imports a file or folder and prints a report; exits with status 1 if an invalid line stopped the import."""
    settings = command_settings()
    if uses_server(settings):
        sent = send_traces(settings, opening.name, opening.file, context)
        print_report(sent)
        end_if_stopped(sent.stopped, sent.unit)
        return
    open_source = source_opener(opening, settings, context)
    report = ImportReport(unit=unit_of(opening.name))
    with report_at_end(lambda: report.lines, lambda: print_report(report)):
        asyncio.run(run(settings, open_source, opening.on_error, report))
    end_if_stopped(report.stopped, report.unit)


def unit_of(name: str) -> str:
    """Returns the unit of the records of a format."""
    return "row" if name in TABLES else LINE


def source_opener(opening: Opening, settings: Settings, context: click.Context) -> SourceOpener:
    """Returns a function that opens a file or a folder as a source of traces.

    Raises:
        click.UsageError: there is no such file, or the format takes no folders.
    """
    format_, max_bytes, path = opening.format_, settings.trace_max_bytes, Path(opening.file)
    if format_ and is_whole(format_, path):
        reading = RecordOptions(format_, max_bytes, opening.on_error is OnError.KEEP, opening.map_.constants)
        return lambda _: nullcontext(folder_source(path, reading))
    opened = click.File("rb").convert(opening.file, None, context)
    return lambda bar: file_source(opening.name, format_, opened, opening.map_, max_bytes, bar, opening.on_error)


async def run(settings: Settings, open_source: SourceOpener, on_error: OnError, report: ImportReport) -> None:
    """Imports a source, and shows the progress; the report has the stored traces even if the import is interrupted."""
    database = Database(settings, bulk_writes=True)
    try:
        await migrate_if_new(database, settings)
        report_place(f"the database {describe_database(settings)}")
        with progress_bar() as bar:
            async with open_source(bar) as source:
                await import_source(database, source, on_error=on_error, progress=bar.show, report=report)
    finally:
        await database.close()
