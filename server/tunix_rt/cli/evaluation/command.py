"""``tunix-rt evaluation``: lists and shows evaluations."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.evaluation.tables import print_evaluation
from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.cli.run.show import print_table
from tunix_rt.db.session import Database
from tunix_rt.domain.evaluations.lookup import get_evaluation, newest_evaluations
from tunix_rt.settings import Settings

HEADER = ("EVALUATION", "NAME", "STATUS", "DATASET", "SCORER", "PROMPTS", "CREATED")


@click.group(name="evaluation")
def command() -> None:
    """List and show evaluations."""


@command.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Maximum number of evaluations."
)
@data_dir_option
def list_(limit: int) -> None:
    """List the newest evaluations."""

    async def print_list(database: Database, _: Settings) -> None:
        async with database.read() as session:
            rows = await newest_evaluations(session, limit)
        if not rows:
            click.echo("No evaluations found.", err=True)
            return
        print_table(HEADER, [cells_of(row) for row in rows])

    with_database(print_list)


def cells_of(row: Any) -> tuple[str, ...]:
    """Returns an evaluation's row of the table."""
    words = (row.name, row.status, row.dataset_key, row.scorer)
    return (str(row.id), *words, str(row.prompt_count), f"{row.created_at:%Y-%m-%d %H:%M:%SZ}")


@command.command(name="show")
@click.argument("evaluation")
@data_dir_option
def show(evaluation: str) -> None:
    """Show the result of EVALUATION, a name or a UUID."""

    async def print_one(database: Database, _: Settings) -> None:
        async with database.read() as session:
            row = await get_evaluation(session, evaluation)
        await print_evaluation(database, row.id)

    with_database(print_one)
