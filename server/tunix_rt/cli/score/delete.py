"""``tunix-rt score delete``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.deletions import print_deleted
from tunix_rt.cli.output.questions import confirm
from tunix_rt.cli.score.documents import DELETE
from tunix_rt.domain.text import quantity


@click.command(name="delete")
@click.argument("scores", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only count the scores.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared_options
def delete(scores: tuple[str, ...], dry_run: bool, yes: bool) -> None:
    """Delete SCORES, UUIDs of scores by people, at most 1,000.

    The command counts them first and asks.

    \b
    Example: tunix-rt score delete 01890a5d-ac96-774b-bcce-b302099a8057
    """

    async def run(client: OperationClient) -> dict[str, Any]:
        counted: dict[str, Any] = await call(client, DELETE, input={"ids": list(scores), "dryRun": True})
        count = counted["matchedCount"]
        if dry_run or not count:
            return counted
        if not yes:
            confirm(f"{quantity(count, 'score')} will be deleted. Continue?")
        deleted: dict[str, Any] = await call(client, DELETE, input={"ids": list(scores)})
        return deleted

    print_deleted("score", run_operations(run), dry_run=dry_run)
