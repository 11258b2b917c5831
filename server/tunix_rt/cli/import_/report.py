"""The report at the end of an import."""

from __future__ import annotations

import sys

import click

from tunix_rt.domain.imports.importing import ImportReport, Refusal

SHOWN_REFUSALS = 20


def print_report(report: ImportReport) -> None:
    """Prints the counts of an import and its first errors."""
    print_refusals(report.refusals, report.unit)
    click.echo(summary(report, f"{report.unit}s"))


def print_refusals(refusals: list[Refusal], unit: str = "line") -> None:
    """Prints the errors of the first refused lines."""
    for refusal in refusals[:SHOWN_REFUSALS]:
        where = (refusal.name or f"{unit} {refusal.line}") + (f", {refusal.field}" if refusal.field else "")
        click.echo(f"{where}: {refusal.reason}", err=True)
    if len(refusals) > SHOWN_REFUSALS:
        click.echo(f"… and {len(refusals) - SHOWN_REFUSALS} errors more", err=True)


def summary(report: ImportReport, units: str) -> str:
    """Returns a sentence with the counts of an import."""
    if report.lines and report.duplicates and not (report.added or report.scores or report.rejected):
        return f"Nothing new: all {report.duplicates:,} traces were stored already."
    scores = f"{report.scores:,} scores added"
    parts = [f"{report.added:,} traces added", *([scores] if report.scores else []), *omissions(report, units)]
    return ", ".join(parts) + f" ({report.lines:,} {units} read)."


def omissions(report: ImportReport, units: str) -> list[str]:
    """Returns a sentence about what was not stored, and why."""
    duplicates, refused = f"{report.duplicates:,} stored already", f"{report.rejected:,} {units} refused"
    return [*([duplicates] if report.duplicates else []), *([refused] if report.rejected else [])]


def end_if_stopped(stopped: bool, unit: str = "line") -> None:
    """Ends with status 1 where a bad line has ended the import."""
    if stopped:
        said = f"Stopped at the first batch with a bad {unit}; nothing of it was stored."
        click.echo(f"{said} --on-error skip passes over them.", err=True)
        sys.exit(1)
