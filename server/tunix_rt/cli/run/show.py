"""``tunix-rt run list`` and ``tunix-rt run show``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lookup import get_run, newest_runs
from tunix_rt.domain.runs.metrics import latest_metrics
from tunix_rt.settings import Settings

LISTED = (
    "id",
    "output_name",
    "status",
    "mode",
    "method",
    "dataset_key",
    "model_id",
    "step",
    "total_steps",
    "created_at",
)
HEADER = ("RUN", "NAME", "STATUS", "MODE", "METHOD", "DATASET", "MODEL", "STEP", "LOSS", "CREATED")
LOSS = "train/loss"
UNBOUNDED_WIDTH = 10_000
"""The width for which the table is laid out, in columns; it uses no more than its cells need."""
SHOWN = (
    ("Run", "id"),
    ("Status", "status"),
    ("Message", "message"),
    ("Mode", "mode"),
    ("Method", "method"),
    ("Dataset", "dataset_key"),
    ("Model", "model_id"),
    ("Output name", "output_name"),
    ("Attempt", "attempt"),
    ("Step", "step"),
    ("Steps in all", "total_steps"),
    ("Seconds left", "eta_seconds"),
    ("Exit code", "exit_code"),
    ("Created", "created_at"),
    ("Started", "started_at"),
    ("Completed", "completed_at"),
    ("Seconds", "duration_seconds"),
)


@click.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Maximum number of runs to list."
)
@click.option("--status", type=click.Choice([status.value for status in JobStatus], case_sensitive=False))
@data_dir_option
def list_(limit: int, status: str | None) -> None:
    """List the newest runs, with a STATUS if one is given."""

    async def print_list(database: Database, _: Settings) -> None:
        wanted = None if status is None else JobStatus(status)
        async with database.read() as session:
            rows = await newest_runs(session, LISTED, limit, wanted)
            metrics = await latest_metrics(session, [row.id for row in rows])
        losses = {run_id: loss_of(found) for run_id, found in metrics.items()}
        if rows:
            print_table(HEADER, [cells_of(row, losses[row.id]) for row in rows])
        else:
            click.echo("No runs found.", err=True)

    with_database(print_list)


def cells_of(row: Any, loss: str) -> tuple[str, ...]:
    """Returns a run's row of the table."""
    step = "" if row.step is None else f"{row.step}/{row.total_steps or '?'}"
    words = (row.output_name or "", row.status, row.mode, row.method, row.dataset_key, row.model_id)
    return (str(row.id), *words, step, loss, f"{row.created_at:%Y-%m-%d %H:%M:%SZ}")


def loss_of(metrics: Sequence[Any]) -> str:
    """Returns the training loss among a run's latest metrics; empty if there is none, its kind if it is not finite."""
    found = [metric for metric in metrics if metric.name == LOSS]
    if not found:
        return ""
    return found[0].value_kind if found[0].value is None else f"{found[0].value:.4g}"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table without wrapping or cutting cells, so that its lines can be searched and piped."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*header, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for row in rows:
        table.add_row(*row)
    console = Console(width=UNBOUNDED_WIDTH, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        click.echo(line.rstrip())


@click.command(name="show")
@click.argument("run")
@data_dir_option
def show(run: str) -> None:
    """Show where RUN, a UUID or an output name, is, and its manifest."""

    async def print_run(database: Database, _: Settings) -> None:
        async with database.read() as session:
            row = await get_run(session, run)
        for title, name in SHOWN:
            value = getattr(row, name)
            if value is not None:
                click.echo(f"{title + ':':<14}{value}")
        if row.manifest is not None:
            click.echo(f"\n{row.manifest}", nl=False)

    with_database(print_run)
