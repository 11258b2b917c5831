"""``tunix-rt export``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.changing import cancel_job, delete_job, retry_job
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.waiting import report_interrupt, report_queued
from tunix_rt.cli.export.documents import CANCEL, DELETE, LIST, RETRY, SHOW
from tunix_rt.cli.export.jobs import fetch_file, finished_export, report_export, require_completed, start_export
from tunix_rt.cli.export.options import export_input, format_options
from tunix_rt.cli.export.write import write
from tunix_rt.cli.filters import STATUSES, filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.groups import DefaultGroup
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.cli.output.tables import Columns, print_json, print_object, print_rows
from tunix_rt.cli.output.values import bytes_of


def size_of(export: Mapping[str, Any]) -> str:
    """Returns the size of an export's file."""
    return bytes_of(export["byteSize"])


COLUMNS: Columns = {
    "EXPORT": "uuid",
    "STATUS": "status",
    "DATASET": "dataset.key",
    "FORMAT": "format",
    "CONTAINER": "container",
    "RECORDS": "rowCount",
    "SIZE": size_of,
    "FILE": "fileName",
    "CREATED": "createdAt",
}
FIELDS: Columns = {
    "Export": "uuid",
    "Status": "status",
    "Error": "error.message",
    "Dataset": "dataset.key",
    "Format": "format",
    "Container": "container",
    "Records": "rowCount",
    "Missing": "missingCount",
    "Skipped": "skippedCount",
    "File": "fileName",
    "Size": size_of,
    "SHA-256": "sha256",
    "Attempt": "attempt",
    "Created": "createdAt",
    "Completed": "completedAt",
    "Expires": "expiresAt",
}

command = DefaultGroup("export", write)


@command.command(name="create")
@click.argument("dataset")
@format_options
@click.option("--wait", is_flag=True, help="Wait until the file is written.")
@shared_options
def create(dataset: str, wait: bool, **options: Any) -> None:
    """Start an export of DATASET, a key or a UUID, and print its UUID. A server or a worker writes the file.

    \b
    Example: tunix-rt export create maths-v1 --format tunix_sft --wait
    """
    started: list[str] = []

    async def run(client: OperationClient) -> dict[str, Any]:
        found = await start_export(client, export_input(dataset, None, options))
        if not wait:
            return found
        started.append(found["uuid"])
        return await finished_export(client, found["id"])

    with report_interrupt("export", started, "export list"):
        found = run_operations(run)
    if wait:
        report_export(found)
    else:
        report_queued("export", found, "export list")
    print_json(found) if wants_json() else click.echo(found["uuid"])


@command.command(name="list")
@where_option("exports", "ExportWhere")
@click.option("--status", type=WordChoice(STATUSES), help="Only those with this status.")
@order_option("created_at:asc")
@limit_option("exports")
@shared_options
def list_(where: str | None, status: str | None, order: tuple[str, ...], limit: int) -> None:
    """List exports, the newest first.

    \b
    Example: tunix-rt export list --status completed
    """
    selected = filter_of(where, status=status)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "exports", total)


@command.command(name="show")
@click.argument("export")
@shared_options
def show(export: str) -> None:
    """Show EXPORT, a UUID: its status, records and file.

    \b
    Example: tunix-rt export show 01900000-0000-7000-8000-000000000000
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        return await fetch_export(client, export)

    print_object(FIELDS, without_url(run_operations(fetch)))


async def fetch_export(client: OperationClient, export: str) -> dict[str, Any]:
    """Fetches an export; raises NotFound if there is none."""
    found: dict[str, Any] | None = await call(client, SHOW, id=export)
    if found is None:
        raise not_found("export", export)
    return found


def without_url(export: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an export without its download URL, which is a secret while it is valid."""
    return {name: value for name, value in export.items() if name != "downloadUrl"}


@command.command(name="get")
@click.argument("export")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; - is standard output.  [default: the export's file name]",
)
@shared_options
def get(export: str, output: Path | None) -> None:
    """Download the file of EXPORT, a UUID, and check its SHA-256.

    \b
    Example: tunix-rt export get 01900000-0000-7000-8000-000000000000 -o maths.jsonl
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        found = await fetch_export(client, export)
        require_completed(found)
        await fetch_file(client, found, output or Path(found["fileName"]))
        return found

    found = run_operations(fetch)
    report_export(found)
    if output is None:
        click.echo(f"Written to {found['fileName']}.", err=True)
    if wants_json():
        print_json(without_url(found))


@command.command(name="cancel")
@click.argument("export")
@shared_options
def cancel(export: str) -> None:
    """Cancel EXPORT, a UUID, which is pending or running.

    \b
    Example: tunix-rt export cancel 01900000-0000-7000-8000-000000000000
    """
    cancel_job(CANCEL, "export", export)


@command.command(name="retry")
@click.argument("export")
@shared_options
def retry(export: str) -> None:
    """Retry EXPORT, a UUID, which failed, timed out or was cancelled.

    \b
    Example: tunix-rt export retry 01900000-0000-7000-8000-000000000000
    """
    retry_job(RETRY, "export", export)


@command.command(name="delete")
@click.argument("export")
@confirmation_option("The export {export} will be deleted with its file.")
@shared_options
def delete(export: str) -> None:
    """Delete EXPORT, a UUID, with its file.

    \b
    Example: tunix-rt export delete 01900000-0000-7000-8000-000000000000 --yes
    """
    delete_job(DELETE, export)
