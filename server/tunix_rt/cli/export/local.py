"""Writes a dataset of the local database to a file, without a server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.export.options import STANDARD_OUTPUT
from tunix_rt.domain.atomic_files import part_of, put_in_place
from tunix_rt.domain.datasets.lookup import resolve_dataset_id
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.containers.base import WrittenFile
from tunix_rt.domain.exports.containers.export_file import open_file
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.records import ExportReader, LinePage
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadUserInput
from tunix_rt.settings import Settings

STATEMENT_SECONDS = 600.0
"""Statement timeout of an export, longer than a server's since no other request waits for it."""


@dataclass(frozen=True)
class ExportCommand:
    """The arguments of ``tunix-rt export``."""

    dataset: str
    format: ExportFormat
    container: Container
    options: FormatOptions
    output: Path


@dataclass(frozen=True)
class ExportResult:
    """The file written, the members deleted since the dataset was built, and those without the scores of a record."""

    written: WrittenFile
    missing: int
    skipped: int


def write_locally(settings: Settings, wanted: ExportCommand) -> ExportResult:
    """Writes a dataset.

    Raises:
        NotFound: the dataset does not exist.
        BadUserInput: the file cannot be written.
    """
    try:
        if wanted.output == STANDARD_OUTPUT:
            return asyncio.run(export(settings, wanted, os.fdopen(os.dup(sys.stdout.fileno()), "wb")))
        return write_file(settings, wanted)
    except BrokenPipeError:  # the reader of the pipe has closed it
        sys.exit(1)
    except OSError as error:
        raise BadUserInput(f"{wanted.output} cannot be written: {error.strerror}.") from error


def write_file(settings: Settings, wanted: ExportCommand) -> ExportResult:
    """Writes a file atomically: it gets its name when it is complete; raises as ``write`` does."""
    part = part_of(wanted.output)
    try:
        outcome = asyncio.run(export(settings, wanted, part))
        put_in_place(part, wanted.output)
    finally:
        part.unlink(missing_ok=True)
    return outcome


async def export(settings: Settings, wanted: ExportCommand, target: Path | BinaryIO) -> ExportResult:
    """Writes the members of a dataset, and shows the progress."""
    missing, skipped = 0, 0
    extended = replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS)
    async with existing_database(extended) as database:
        async with database.read() as session:
            source = OfDataset(await resolve_dataset_id(session, wanted.dataset))
        rows = DatabaseRows(database, source, wanted.format, wanted.options)
        reader = ExportReader(wanted.format, wanted.options)
        escaped = wanted.options.escape_formulas
        with (
            progress_bar((await rows.size()).total) as show,
            open_file(target, wanted.container, reader.shape, escape_formulas=escaped) as file,
        ):
            async with aclosing(reader.pages(rows)) as pages:
                async for page in pages:
                    file.write(page.lines)
                    missing, skipped = missing + page.missing, skipped + page.skipped
                    show(page)
            return ExportResult(file.finish(), missing, skipped)


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[LinePage], None]]:
    """Shows a progress bar over a dataset's members, and yields a function that advances it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("exporting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("export", total=total)
        yield lambda page: progress.advance(task, page.traces)


def result_of(wanted: ExportCommand, outcome: ExportResult) -> dict[str, Any]:
    """Returns the fields of an ``Export`` that describe its file."""
    return {
        "format": wanted.format.name,
        "container": wanted.container.name,
        "rowCount": outcome.written.rows,
        "missingCount": outcome.missing,
        "skippedCount": outcome.skipped,
        "byteSize": outcome.written.byte_size,
        "sha256": outcome.written.sha256,
    }


def summary(outcome: ExportResult) -> str:
    """Returns a sentence about the file written."""
    written = outcome.written
    parts = [quantity(written.rows, "record")]
    if outcome.missing:
        parts.append(f"without {quantity(outcome.missing, 'deleted member')}")
    if outcome.skipped:
        parts.append(f"without {quantity(outcome.skipped, 'member')} that the scorer has not scored")
    return f"{', '.join(parts)} ({quantity(written.byte_size, 'byte')}, sha256 {written.sha256})."
