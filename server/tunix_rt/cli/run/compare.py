"""``tunix-rt run compare``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_json, print_table
from tunix_rt.cli.run.documents import COMPARE
from tunix_rt.cli.run.output import metric_of


@click.command(name="compare")
@click.argument("runs", nargs=-1, required=True)
@shared_options
def compare(runs: tuple[str, ...]) -> None:
    """Print the differences between two or more RUNS, UUIDs or output names: parameters, and last metrics.

    \b
    Example: tunix-rt run compare first second
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        found: dict[str, Any] = await call(client, COMPARE, ids=list(runs))
        return found

    found = run_operations(fetch)
    if wants_json():
        print_json(found)
        return
    names = [run["outputName"] or run["uuid"] for run in found["runs"]]
    print_table(["", *names], rows_of(found))


def rows_of(found: dict[str, Any]) -> list[list[str]]:
    """Returns one row for the status, for each parameter that differs, and for each metric."""
    runs = found["runs"]
    metrics = dict.fromkeys(metric["name"] for run in runs for metric in run["latestMetrics"])
    return [
        ["status", *(run["status"] for run in runs)],
        *([one["field"], *(value or "" for value in one["values"])] for one in found["differences"]),
        *([name, *map(metric_of(name), runs)] for name in metrics),
    ]
