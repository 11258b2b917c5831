"""``tunix-rt export DATASET``: writes a file at once, from the local database or by a server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.local import describe_database
from tunix_rt.cli.client.option_names import option_names
from tunix_rt.cli.client.running import report_place, run_operations, suggest_names
from tunix_rt.cli.client.waiting import report_interrupt
from tunix_rt.cli.export.jobs import fetch_file, finished_export, report_export, start_export
from tunix_rt.cli.export.options import STANDARD_OUTPUT, container_of, export_input, format_options
from tunix_rt.cli.options import command_settings, shared_options, uses_server, wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.domain.exports.containers import Container, get_container_type
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.errors import BadUserInput, NotFound

FILE_FIELDS = ("format", "container", "rowCount", "missingCount", "skippedCount", "byteSize", "sha256")
TEXT = {Container.JSONL, Container.CSV}
"""Containers that a terminal can show."""


@click.command(name="export")
@click.argument("dataset")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="-",
    help="File to write; - is standard output.",
)
@format_options
@shared_options
def write(dataset: str, output: Path, format_: str, container: str | None, **options: Any) -> None:
    """Write DATASET, a key or a UUID, to a file or to standard output.

    It needs no server and no worker on a data folder. The file appears under its name when it is complete.
    With --json, which needs --output, its counts and its SHA-256 are printed.

    \b
    Example: tunix-rt export maths-v1 -o maths.parquet --format chat_messages
    """
    if wants_json() and output == STANDARD_OUTPUT:
        raise click.UsageError("--json needs --output: standard output has the records.")
    settings = command_settings()
    if uses_server(settings):
        write_by_server(dataset, output, options | {"format_": format_, "container": container})
        return
    from tunix_rt.cli.export.local import ExportCommand, result_of, summary, write_locally
    from tunix_rt.domain.exports.option_checks import check_options

    chosen, kind = ExportFormat(format_), Container(container) if container else container_of(output)
    wanted = ExportCommand(dataset, chosen, kind, check_options(chosen, kind, FormatOptions(**options)), output)
    get_container_type(wanted.container).require()
    require_showable(output, kind)
    report_place(f"the database {describe_database(settings)}")
    with option_names():
        try:
            outcome = write_locally(settings, wanted)
        except NotFound as error:
            suggest_names(settings, error)
            raise
    click.echo(summary(outcome), err=True)
    print_file(result_of(wanted, outcome))


def require_showable(output: Path, kind: Container) -> None:
    """Checks that a terminal can show what is written to it.

    Raises:
        BadUserInput: it cannot.
    """
    if output == STANDARD_OUTPUT and sys.stdout.isatty() and kind not in TEXT:
        raise BadUserInput(f"A terminal cannot show {kind.value}; name a file with --output.")


def write_by_server(dataset: str, output: Path, options: dict[str, Any]) -> None:
    """Lets the server write the file, and downloads it."""
    values = export_input(dataset, output, options)
    require_showable(output, Container(values["container"].lower()))
    started: list[str] = []

    async def run(client: OperationClient) -> dict[str, Any]:
        export = await start_export(client, values)
        started.append(export["uuid"])
        found = await finished_export(client, export["id"])
        await fetch_file(client, found, output)
        return found

    with report_interrupt("export", started, "export list"):
        found = run_operations(run)
    report_export(found)
    print_file(found)


def print_file(export: Mapping[str, Any]) -> None:
    """Prints with ``--json`` the fields of an ``Export`` that describe its file."""
    if wants_json():
        print_json({name: export[name] for name in FILE_FIELDS})
