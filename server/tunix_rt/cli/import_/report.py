"""The report at the end of an import."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.domain.imports.importing import ImportReport, Refusal
from tunix_rt.domain.imports.reading.likeness import OTHER_FORMAT
from tunix_rt.domain.text import quantity
from tunix_rt.errors import TunixRtError

SHOWN_REFUSALS = 20


@contextmanager
def report_at_end(read: Callable[[], int], show: Callable[[], None]) -> Iterator[None]:
    """Prints a report after the block; if an error or Ctrl-C ended it, only if records were read before.

    Args:
        read: returns the number of records read so far.
        show: prints the report.
    """
    try:
        yield
    except (TunixRtError, KeyboardInterrupt) as ended:
        interrupted = isinstance(ended, KeyboardInterrupt)
        if interrupted:
            click.echo(err=True)  # ends the line of the terminal's ^C
        if read():
            show()
        if interrupted:
            click.echo("The counted records are stored. To import the rest, repeat the command.", err=True)
        raise
    show()


def print_report(report: ImportReport) -> None:
    """Prints the counts of an import and its first errors; with ``--json`` the report."""
    print_counts(report, summary(report))


def print_counts(report: ImportReport, sentence: str) -> None:
    """Prints the first errors of an import, and a sentence with its counts; with ``--json`` the report."""
    if wants_json():
        print_json(report.as_json())
        return
    print_refusals(report.refusals, report.unit)
    click.echo(sentence)


def print_refusals(refusals: list[Refusal], unit: str = "line") -> None:
    """Prints the errors of the first refused lines; of records in another format only the error that names it."""
    shown = 1 if refusals and refusals[0].reason.endswith(OTHER_FORMAT) else SHOWN_REFUSALS
    for refusal in refusals[:shown]:
        where = (refusal.name or f"{unit} {refusal.line}") + (f", {refusal.field}" if refusal.field else "")
        click.echo(f"{where}: {refusal.reason}", err=True)
    if len(refusals) > shown:
        click.echo(f"… and {quantity(len(refusals) - shown, 'more error')}", err=True)


def summary(report: ImportReport) -> str:
    """Returns a sentence with the counts of an import."""
    if report.lines and report.duplicates and not (report.added or report.scores or report.rejected):
        return f"Nothing new: {quantity(report.duplicates, 'trace')} stored already."
    scores = f"{quantity(report.scores, 'score')} added"
    parts = [
        f"{quantity(report.added, 'trace')} added",
        *([scores] if report.scores else []),
        *omissions(report, report.unit),
    ]
    return ", ".join(parts) + f" ({quantity(report.lines, report.unit)} read)."


def omissions(report: ImportReport, unit: str) -> list[str]:
    """Returns phrases with the counts of traces that were not stored, and the reasons."""
    duplicates, refused = f"{report.duplicates:,} stored already", f"{quantity(report.rejected, unit)} refused"
    return [*([duplicates] if report.duplicates else []), *([refused] if report.rejected else [])]


def end_if_stopped(stopped: bool, unit: str = "line") -> None:
    """Exits with status 1 if an invalid line stopped the import."""
    if stopped:
        message = f"Stopped at the first batch with an invalid {unit}; the counts are those of what was stored."
        click.echo(f"{message} Use --on-error skip to skip them.", err=True)
        sys.exit(1)
