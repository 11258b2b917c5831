"""``tunix-rt trace delete``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import trace_filter, trace_filter_options
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.tables import print_json
from tunix_rt.cli.trace.documents import DELETE
from tunix_rt.domain.text import quantity


@click.command(name="delete")
@click.argument("traces", nargs=-1)
@trace_filter_options
@click.option("--dry-run", is_flag=True, help="Only count the traces.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared_options
def delete(
    traces: tuple[str, ...], where: str | None, source: str | None, search: str | None, dry_run: bool, yes: bool
) -> None:
    """Delete TRACES, UUIDs, or the traces that a filter selects, with their scores.

    The command counts them first and asks. It deletes nothing if their number has changed meanwhile.

    \b
    Example: tunix-rt trace delete --source wrong-import --dry-run
    """
    selected = trace_filter(where, source, search)
    if bool(traces) == (selected is not None):
        raise click.UsageError("Give either TRACES or a filter: --where, --source or --search.")
    chosen = {"ids": list(traces)} if traces else {"where": selected}

    async def run(client: OperationClient) -> dict[str, Any]:
        counted: dict[str, Any] = await call(client, DELETE, input={**chosen, "dryRun": True})
        count = counted["matchedCount"]
        if dry_run or not count:
            return counted
        if not yes:
            click.confirm(f"{quantity(count, 'trace')} will be deleted. Continue?", abort=True, err=True)
        expected = {} if traces else {"expectedCount": count}
        with progress(f"deleting {quantity(count, 'trace')}"):
            deleted: dict[str, Any] = await call(client, DELETE, input={**chosen, **expected})
        return deleted

    print_deleted(run_operations(run))


def print_deleted(found: dict[str, Any]) -> None:
    """Prints the number of traces deleted, or of those that would be."""
    if wants_json():
        print_json({name: value for name, value in found.items() if name != "errors"})
        return
    deleted = found["deletedCount"]
    count, done = (found["matchedCount"], "would be deleted") if deleted is None else (deleted, "deleted")
    click.echo(f"{quantity(count, 'trace')} {done}.")
    if missing := found["missingUuids"]:
        click.echo(f"Not found: {', '.join(missing)}", err=True)
