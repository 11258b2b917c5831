"""``tunix-rt import tunix-rt``: imports the original application's database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from tunix_rt.cli.database import migrate_if_new
from tunix_rt.cli.import_.progress import progress_bar
from tunix_rt.cli.import_.report import end_if_stopped, omissions, print_refusals, report_at_end
from tunix_rt.cli.options import command_settings, wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.importing import OnError
from tunix_rt.domain.text import quantity
from tunix_rt.integrations.original.datasets import DatasetFolders
from tunix_rt.integrations.original.manifests import manifests_in
from tunix_rt.integrations.original.source import open_original
from tunix_rt.integrations.original.transfer import TransferReport, transfer
from tunix_rt.settings import Settings


def import_original(url: str, on_error: OnError, datasets: Path | None = None) -> None:
    """Imports the original application's traces, scores and runs, and prints a report.

    Args:
        datasets: the original application's datasets folder; None imports no datasets.

    Raises:
        BadUserInput: the folder does not exist, or the database is not the original application's.
    """
    brought, settings = TransferReport(), command_settings()
    if datasets is not None:
        manifests_in(datasets)
    folders = None if datasets is None else DatasetFolders(datasets, settings.data_dir)
    with report_at_end(lambda: brought.traces.lines, lambda: print_transferred(brought)):
        asyncio.run(run(settings, url, on_error, brought, folders))
    end_if_stopped(brought.stopped, "row")


def print_transferred(brought: TransferReport) -> None:
    """Prints the number of imported rows of each kind; with ``--json`` the report of each kind."""
    if wants_json():
        print_json({kind: report.as_json() for kind, report in brought.reports.items()})
        return
    print_refusals([refusal for report in brought.reports.values() for refusal in report.refusals])
    for kind, report in brought.reports.items():
        parts = [f"{quantity(report.added, kind.removesuffix('s'))} added", *omissions(report, kind.removesuffix("s"))]
        click.echo(", ".join(parts) + f" ({report.lines:,} read).")


async def run(
    settings: Settings, url: str, on_error: OnError, brought: TransferReport, folders: DatasetFolders | None
) -> None:
    """Imports everything with a progress bar; ``brought`` has the counts even after an error."""
    database = Database(settings)
    try:
        async with open_original(url) as original:
            await migrate_if_new(database, settings)
            with progress_bar() as bar:
                bar.expect(await original.count())

                def show(rows: int, brought: TransferReport) -> None:
                    bar.advance(rows)
                    bar.show(brought.traces)

                await transfer(database, original, settings.trace_max_bytes, on_error, show, brought, folders)
    finally:
        await database.close()
