"""``tunix-rt run list`` and ``tunix-rt run show``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click
from sqlalchemy import select

from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import run_named, with_database
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
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
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="The most runs to list.")
@click.option("--status", type=click.Choice([status.value for status in JobStatus], case_sensitive=False))
@data_dir_option
def list_(limit: int, status: str | None) -> None:
    """List the newest runs, with a STATUS if one is given."""

    async def print_list(database: Database, _: Settings) -> None:
        query = select(*(tunix_runs.c[name] for name in LISTED))
        if status is not None:
            query = query.where(tunix_runs.c.status == status)
        query = query.order_by(tunix_runs.c.created_at.desc(), tunix_runs.c.id.desc()).limit(limit)
        async with database.read() as session:
            rows = (await session.execute(query)).all()
            metrics = await latest_metrics(session, [row.id for row in rows])
        losses = {run_id: loss_of(found) for run_id, found in metrics.items()}
        for line in aligned([HEADER, *(cells_of(row, losses[row.id]) for row in rows)] if rows else []):
            click.echo(line)
        if not rows:
            click.echo("No runs found.", err=True)

    with_database(print_list)


def cells_of(row: Any, loss: str) -> tuple[str, ...]:
    """A run's line in the list, cell by cell."""
    step = "" if row.step is None else f"{row.step}/{row.total_steps or '?'}"
    words = (row.output_name or "", row.status, row.mode, row.method, row.dataset_key, row.model_id)
    return (str(row.id), *words, step, loss, f"{row.created_at:%Y-%m-%d %H:%M:%SZ}")


def loss_of(metrics: Sequence[Any]) -> str:
    """The training loss among a run's newest metrics; empty where there is none, a word where it is no number."""
    found = [metric for metric in metrics if metric.name == LOSS]
    if not found:
        return ""
    return found[0].value_kind if found[0].value is None else f"{found[0].value:.4g}"


def aligned(table: list[tuple[str, ...]]) -> Iterator[str]:
    """The lines of a table, its columns as wide as their widest cell."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


@click.command(name="show")
@click.argument("run")
@data_dir_option
def show(run: str) -> None:
    """Show where RUN, a UUID or an output name, is, and its manifest."""

    async def print_run(database: Database, _: Settings) -> None:
        async with database.read() as session:
            row = await run_named(session, run)
        for title, name in SHOWN:
            value = getattr(row, name)
            if value is not None:
                click.echo(f"{title + ':':<14}{value}")
        if row.manifest is not None:
            click.echo(f"\n{row.manifest}", nl=False)

    with_database(print_run)
