"""``tunix-rt import``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import contextmanager
from typing import IO, Any

import click

from tunix_rt.cli.database import migrate_if_new
from tunix_rt.db.session import Database
from tunix_rt.domain.formats import formats
from tunix_rt.domain.imports import LINE_OVERHEAD, OnError, Report, import_lines
from tunix_rt.domain.lines import decompressed, split_lines
from tunix_rt.settings import Settings, settings_from

CHUNK_BYTES = 1 << 18
SHOWN_REFUSALS = 20


@click.command(name="import")
@click.argument("format_", metavar="FORMAT", type=click.Choice(sorted(formats())))
@click.argument("file", type=click.File("rb"))
@click.option(
    "--on-error",
    type=click.Choice([choice.value for choice in OnError]),
    default=OnError.STOP.value,
    show_default=True,
    help="What a bad line does: stop (its batch of 2,000 lines is not stored) or skip it.",
)
def command(format_: str, file: IO[bytes], on_error: str) -> None:
    """Import traces from FILE, plain or gzip; `-` is standard input.

    \b
    FORMAT is one of:
      chat_messages      conversations: OpenAI's messages, ShareGPT's, or exported as CHAT_MESSAGES
      gsm8k              GSM8K rows: question, and answer with lines of reasoning and a last line '#### RESULT'
      jsonl              native traces, one JSON object a line
      prm800k            PRM800K rows: labelled solutions; the ratings of steps become scores
      prompt_completion  rows of prompt and completion, a model's or exported as PROMPT_COMPLETION
      stepwise           TRL's stepwise supervision: prompt, completions (the steps), and labels of the steps
      trace              exported as TRACE
      training_example   exported as TRAINING_EXAMPLE
      tunix_sft          exported as TUNIX_SFT

    Traces that are stored already are passed over, so an import can be repeated.
    """
    report = asyncio.run(run(settings_from(), format_, file, OnError(on_error)))
    for refusal in report.refusals[:SHOWN_REFUSALS]:
        where = f"line {refusal.line}" + (f", {refusal.field}" if refusal.field else "")
        click.echo(f"{where}: {refusal.reason}", err=True)
    if len(report.refusals) > SHOWN_REFUSALS:
        click.echo(f"… and {len(report.refusals) - SHOWN_REFUSALS} faults more", err=True)
    click.echo(summary(report))
    if report.stopped:
        click.echo(
            "Stopped at the first batch with a bad line; nothing of it was stored. --on-error skip passes over them.",
            err=True,
        )
        sys.exit(1)


async def run(settings: Settings, format_: str, file: IO[bytes], on_error: OnError) -> Report:
    """Imports a file, showing how far it is."""
    database = Database(settings)
    try:
        await migrate_if_new(database, settings)
        with progress_bar(file) as (read, show):
            lines = split_lines(decompressed(read()), settings.trace_max_bytes * LINE_OVERHEAD)
            return await import_lines(
                database,
                lines,
                formats()[format_],
                max_bytes=settings.trace_max_bytes,
                on_error=on_error,
                progress=show,
            )
    finally:
        await database.close()


@contextmanager
def progress_bar(file: IO[bytes]) -> Any:
    """A progress bar over a file's bytes, and the reader that moves it."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("importing"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[added]:,} new"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("import", total=size_of(file), added=0)

        async def read() -> AsyncIterator[bytes]:
            while chunk := file.read(CHUNK_BYTES):
                progress.advance(task, len(chunk))
                yield chunk

        def show(report: Report) -> None:
            progress.update(task, added=report.added)

        yield read, show


def size_of(file: IO[bytes]) -> int | None:
    """A file's size in bytes; None for a stream."""
    if not file.seekable():
        return None
    start = file.tell()
    size = file.seek(0, 2)
    file.seek(start)
    return size - start


def summary(report: Report) -> str:
    """What became of the lines, in a sentence."""
    if report.lines and report.duplicates and not report.added and not report.rejected:
        return f"Nothing new: all {report.duplicates:,} traces were stored already."
    parts = [f"{report.added:,} traces added"]
    if report.scores:
        parts.append(f"{report.scores:,} scores with them")
    if report.duplicates:
        parts.append(f"{report.duplicates:,} stored already")
    if report.rejected:
        parts.append(f"{report.rejected:,} lines refused")
    return ", ".join(parts) + f" ({report.lines:,} lines read)."
