"""``tunix-rt import``."""

from __future__ import annotations

import asyncio
import sys
from typing import IO

import click

from tunix_rt.cli.database import migrate_if_new
from tunix_rt.cli.import_.files import file_source
from tunix_rt.cli.import_.progress import progress_bar
from tunix_rt.db.session import Database
from tunix_rt.domain.formats import formats
from tunix_rt.domain.imports import OnError, Refusal, Report, import_source
from tunix_rt.domain.tables import TABLES
from tunix_rt.domain.tables.mapping import ColumnMap, Rest, Split, column_map
from tunix_rt.settings import Settings, settings_from

SHOWN_REFUSALS = 20
SEPARATOR = "="
TABLE_DESCRIPTIONS = {
    "csv": "CSV with a header; --map says which column is which field.",
    "parquet": "Parquet; --map says which column is which field.",
}
DESCRIPTIONS = {name: format_.description for name, format_ in formats().items()} | TABLE_DESCRIPTIONS
HELP = f"""Import traces from FILE; `-` is standard input. Lines and CSV may be plain or gzip.

\b
FORMAT is one of:
{chr(10).join(f"  {name:<{max(map(len, DESCRIPTIONS))}}  {text}" for name, text in sorted(DESCRIPTIONS.items()))}

Traces that are stored already are passed over, so an import can be repeated.
"""


@click.command(name="import", help=HELP)
@click.argument("format_", metavar="FORMAT", type=click.Choice(sorted(DESCRIPTIONS)))
@click.argument("file", type=click.File("rb"))
@click.option(
    "--on-error",
    type=click.Choice([choice.value for choice in OnError]),
    default=OnError.STOP.value,
    show_default=True,
    help="What a bad line does: stop (its batch of 2,000 lines is not stored) or skip it.",
)
@click.option("--map", "columns", metavar="FIELD=COLUMN", multiple=True, help="Which column is which field.")
@click.option("--set", "constants", metavar="FIELD=TEXT", multiple=True, help="A field that all rows have in common.")
@click.option(
    "--split-steps",
    type=click.Choice([choice.value for choice in Split]),
    help="How the text of a cell becomes steps.  [default: lines]",
)
@click.option(
    "--rest",
    type=click.Choice([choice.value for choice in Rest]),
    help="What becomes of columns that are not mapped.  [default: meta]",
)
def command(
    format_: str,
    file: IO[bytes],
    on_error: str,
    columns: tuple[str, ...],
    constants: tuple[str, ...],
    split_steps: str | None,
    rest: str | None,
) -> None:
    if format_ not in TABLES and (columns or constants or split_steps or rest):
        raise click.UsageError(f"--map, --set, --split-steps and --rest are for {' and '.join(TABLES)} only.")
    split, left = Split(split_steps or Split.LINES.value), Rest(rest or Rest.META.value)
    map_ = column_map(columns, constants, SEPARATOR, split, left)
    report = asyncio.run(run(settings_from(), format_, file, map_, OnError(on_error)))
    tell_refusals(report.refusals, "row" if format_ in TABLES else "line")
    click.echo(summary(report, "rows" if format_ in TABLES else "lines"))
    end_if_stopped(report)


async def run(settings: Settings, format_: str, file: IO[bytes], map_: ColumnMap, on_error: OnError) -> Report:
    """Imports a file, showing how far it is."""
    database = Database(settings)
    try:
        await migrate_if_new(database, settings)
        with progress_bar() as bar:
            source = await file_source(format_, file, map_, settings.trace_max_bytes, bar)
            return await import_source(database, source, on_error=on_error, progress=bar.show)
    finally:
        await database.close()


def tell_refusals(refusals: list[Refusal], unit: str) -> None:
    """Says what was wrong with the first lines that were refused."""
    for refusal in refusals[:SHOWN_REFUSALS]:
        where = f"{unit} {refusal.line}" + (f", {refusal.field}" if refusal.field else "")
        click.echo(f"{where}: {refusal.reason}", err=True)
    if len(refusals) > SHOWN_REFUSALS:
        click.echo(f"… and {len(refusals) - SHOWN_REFUSALS} faults more", err=True)


def summary(report: Report, units: str) -> str:
    """What became of the lines, in a sentence."""
    if report.lines and report.duplicates and not report.added and not report.rejected:
        return f"Nothing new: all {report.duplicates:,} traces were stored already."
    parts = [f"{report.added:,} traces added"]
    if report.scores:
        parts.append(f"{report.scores:,} scores with them")
    if report.duplicates:
        parts.append(f"{report.duplicates:,} stored already")
    if report.rejected:
        parts.append(f"{report.rejected:,} {units} refused")
    return ", ".join(parts) + f" ({report.lines:,} {units} read)."


def end_if_stopped(report: Report) -> None:
    """Ends with status 1 where a bad line has ended the import."""
    if report.stopped:
        click.echo(
            "Stopped at the first batch with a bad line; nothing of it was stored. --on-error skip passes over them.",
            err=True,
        )
        sys.exit(1)
