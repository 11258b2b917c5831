"""``tunix-rt export``."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.domain.atomic_files import part_of, put_in_place
from tunix_rt.domain.datasets.lookup import resolve_dataset_id
from tunix_rt.domain.exports.containers import Container, container_types, get_container_type
from tunix_rt.domain.exports.containers.base import WrittenFile
from tunix_rt.domain.exports.containers.export_file import open_file
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.option_checks import check_options
from tunix_rt.domain.exports.records import ExportReader, LinePage
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadUserInput
from tunix_rt.settings import Settings

STATEMENT_SECONDS = 600.0
"""Statement timeout of an export, longer than a server's since no other request waits for it."""

STANDARD_OUTPUT = Path("-")
TEXT = {Container.JSONL, Container.CSV}
"""Containers that a terminal can show."""


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


@click.command(name="export")
@click.argument("dataset")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="-",
    help="File to write; - is standard output.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice([format_.value for format_ in ExportFormat]),
    default=ExportFormat.TRACE.value,
    show_default=True,
    help="Record format.",
)
@click.option(
    "--container",
    type=click.Choice([container.value for container in Container]),
    help="File format.  [default: by the file name's extension, else jsonl]",
)
@click.option("--system-instruction", help="System instruction before each prompt.")
@click.option("--keep-control-tokens", is_flag=True, help="Do not escape Gemma's control tokens in traces.")
@click.option(
    "--round-trip",
    is_flag=True,
    help="Store fields that the format lacks in the metadata, for exact re-import; jsonl and jsonl_gz only.",
)
@click.option(
    "--escape-formulas", is_flag=True, help="Prefix cells that start like a formula with an apostrophe; csv only."
)
@click.option(
    "--template",
    default=DEFAULT_TEMPLATE,
    show_default=True,
    help="Reasoning template: numbered, plain, think, boxed, answer, or a text with {steps}, {numbered_steps} or "
    "{paragraphs}, and {answer}.",
)
@click.option("--include-scores", is_flag=True, help="Add the latest scores and the external id to the metadata.")
@click.option("--scorer", help="Scorer whose latest scores make labels and pairs.")
@click.option(
    "--threshold", type=float, default=0.5, show_default=True, help="Least score of what is labelled as good."
)
@click.option(
    "--pair-rule",
    type=click.Choice([rule.value for rule in PairRule]),
    default=PairRule.BEST_WORST.value,
    show_default=True,
    help="Which answers of a group are paired.",
)
@click.option("--margin", type=float, default=0.0, show_default=True, help="Least difference of a pair's scores.")
@click.option("--pairs-per-group", type=int, default=1, show_default=True, help="Most pairs of a group.")
@click.option("--conversational", is_flag=True, help="Write prompts and completions as messages.")
@data_dir_option
def command(dataset: str, output: Path, format_: str, container: str | None, **options: Any) -> None:
    """Write DATASET, a key or a UUID, to a file or to standard output.

    It needs no server. The file is written atomically.
    """
    chosen, kind = ExportFormat(format_), Container(container) if container else container_of(output)
    wanted = ExportCommand(dataset, chosen, kind, check_options(chosen, kind, FormatOptions(**options)), output)
    get_container_type(wanted.container).require()
    if output == STANDARD_OUTPUT and sys.stdout.isatty() and wanted.container not in TEXT:
        raise BadUserInput(f"A terminal cannot show {kind.value}; name a file with --output.")
    click.echo(summary(write(command_settings(), wanted)), err=True)


def container_of(output: Path) -> Container:
    """Returns the container of a file's suffix; JSONL if the suffix names none."""
    suffixes = {container_type.suffix: kind for kind, container_type in container_types().items()}
    ends = [suffix for suffix in suffixes if output.name.lower().endswith(suffix)]
    return suffixes[max(ends, key=len)] if ends else Container.JSONL


def write(settings: Settings, wanted: ExportCommand) -> ExportResult:
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
        reader = ExportReader(source, wanted.format, wanted.options)
        escaped = wanted.options.escape_formulas
        with (
            progress_bar(await reader.count(database)) as show,
            open_file(target, wanted.container, reader.shape, escape_formulas=escaped) as file,
        ):
            async with aclosing(reader.pages(database)) as pages:
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


def summary(outcome: ExportResult) -> str:
    """Returns a sentence about the file written."""
    written = outcome.written
    parts = [quantity(written.rows, "record")]
    if outcome.missing:
        parts.append(f"without {quantity(outcome.missing, 'deleted member')}")
    if outcome.skipped:
        parts.append(f"without {quantity(outcome.skipped, 'member')} that the scorer has not scored")
    return f"{', '.join(parts)} ({quantity(written.byte_size, 'byte')}, sha256 {written.sha256})."
