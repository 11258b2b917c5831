"""``tunix-rt run replay``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.following import ended_job, hinting
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.values import text_of
from tunix_rt.cli.run.documents import REPLAY, SHOW
from tunix_rt.cli.run.feed import RUN_FEED, following_run
from tunix_rt.cli.run.logs import follow_logs
from tunix_rt.cli.run.start import print_started, report_end

VERDICTS = {
    "EQUAL": "the weights are equal at every checkpoint that both runs have; the last one is of step {}.",
    "EQUAL_UNTIL": "the weights are equal up to step {}, and differ at a later checkpoint.",
    "DIFFERENT": "the weights differ at the first checkpoint, of step {}.",
}
"""What the verdicts on a replay mean, with ``{}`` in place of the step."""


@click.command(name="replay")
@click.argument("run")
@click.option("--wait", is_flag=True, help="Print the log and the comparison; exit status 1 unless it is EQUAL.")
@shared_options
def replay(run: str, wait: bool) -> None:
    """Repeat RUN, a UUID or an output name, as a new run, to see whether it ends with the same weights.

    \b
    Example: tunix-rt run replay first --wait
    """
    started: list[str] = []

    async def repeat(client: OperationClient) -> int:
        found = (await call(client, REPLAY, input={"id": run}))["run"]
        if not wait:
            print_started(found)
            return 0
        click.echo(found["uuid"], err=wants_json())
        started.append(found["uuid"])
        async with hinting(client, RUN_FEED, found["id"]):
            await follow_logs(client, found["id"])
        ended = await ended_job(client, SHOW, found["id"])
        return report_end(ended, (), shown=True) or report_comparison(ended["replay"])

    with following_run(started):
        sys.exit(run_operations(repeat))


def report_comparison(found: Mapping[str, Any] | None) -> int:
    """Prints a comparison, and returns the command's exit status."""
    if found is None:
        click.echo("There are no weights to compare.", err=True)
        return 1
    click.echo(f"{found['verdict']}: {VERDICTS[found['verdict']].format(text_of(found['step']))}", err=True)
    if found["differences"]:
        click.echo("The receipts differ in:", err=True)
    for difference in found["differences"]:
        click.echo(f"{difference['path']}: {difference['original']} -> {difference['replay']}", err=True)
    return 0 if found["verdict"] == "EQUAL" else 1
