"""``tunix-rt run metrics``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_json, print_table
from tunix_rt.cli.run.documents import METRICS
from tunix_rt.cli.run.output import point_text


@click.command(name="metrics")
@click.argument("run")
@click.option("--name", "names", multiple=True, help="Only this metric, such as train/loss; may be repeated.")
@click.option("--from-step", type=click.IntRange(0), default=0, show_default=True, help="First step.")
@click.option("--to-step", type=click.IntRange(0), help="Last step.")
@click.option(
    "--max-points",
    type=click.IntRange(1, 10_000),
    default=1000,
    show_default=True,
    help="Maximum number of points of a metric; longer curves are downsampled.",
)
@shared_options
def metrics(run: str, names: tuple[str, ...], from_step: int, to_step: int | None, max_points: int) -> None:
    """Print the metrics of RUN, a UUID or an output name: one line a step, one column a metric.

    \b
    Example: tunix-rt run metrics first --name train/loss --name eval/loss
    """

    async def fetch(client: OperationClient) -> list[dict[str, Any]]:
        found = await call(
            client,
            METRICS,
            id=run,
            names=list(names) or None,
            fromStep=from_step,
            toStep=to_step,
            maxPoints=max_points,
        )
        if found is None:
            raise not_found("run", run)
        series: list[dict[str, Any]] = found["metrics"]
        return series

    series = sorted(run_operations(fetch), key=place_of)
    if wants_json():
        print_json(series)
    elif series:
        print_table(["STEP", *(one["name"] for one in series)], rows_of(series))
    else:
        click.echo("No metrics found.", err=True)


def place_of(series: Mapping[str, Any]) -> tuple[bool, bool]:
    """Returns where a metric's column is: losses first, then the other curves, then those with one point."""
    return (len(series["steps"]) < 2, not series["name"].endswith("/loss"))


def rows_of(series: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Returns one row for each step that a metric has a value at."""
    by_step: dict[int, dict[str, str]] = {}
    for one in series:
        for step, value, kind in zip(one["steps"], one["values"], one["kinds"], strict=True):
            by_step.setdefault(step, {})[one["name"]] = point_text({"value": value, "kind": kind})
    return [[str(step), *(found.get(one["name"], "") for one in series)] for step, found in sorted(by_step.items())]
