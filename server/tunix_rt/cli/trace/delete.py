"""``tunix-rt trace delete``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import trace_filter, trace_filter_options
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.deletions import print_deleted
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.questions import confirm
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

    The command counts them first and asks. It deletes nothing if their number has changed in the meantime.

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
            confirm(f"{quantity(count, 'trace')} will be deleted. Continue?")
        expected = {} if traces else {"expectedCount": count}
        with progress(f"deleting {quantity(count, 'trace')}"):
            deleted: dict[str, Any] = await call(client, DELETE, input={**chosen, **expected})
        return deleted

    print_deleted("trace", run_operations(run), dry_run=dry_run)
