"""``tunix-rt generation``: list, show and cancel generations."""

from __future__ import annotations

import json
from typing import Any

import click

from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.cli.run.show import print_table
from tunix_rt.db.clock import instant
from tunix_rt.db.models import generations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.generations.lifecycle import cancel_generation
from tunix_rt.domain.generations.lookup import get_generation, newest_generations
from tunix_rt.domain.jobs.ledger import lease_of, status_of
from tunix_rt.settings import Settings

HEADER = ("GENERATION", "STATUS", "MODEL", "STEP", "PROMPTS", "ANSWERS", "MALFORMED", "TOKENS", "CREATED")
SHOWN = (
    ("Generation", "id"),
    ("Status", "status"),
    ("Error", "error_message"),
    ("Model", "model_id"),
    ("Checkpoint", "checkpoint_step"),
    ("Attempt", "attempt"),
    ("Prompts", "prompt_count"),
    ("Too long", "too_long_count"),
    ("Answers", "answer_count"),
    ("Malformed", "malformed_count"),
    ("Tokens", "token_count"),
    ("Tokens/s", "tokens_per_second"),
    ("Seconds left", "eta_seconds"),
    ("Created", "created_at"),
    ("Started", "started_at"),
    ("Completed", "completed_at"),
)


@click.group(name="generation")
def command() -> None:
    """List, show and cancel generations."""


@command.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Maximum number of generations."
)
@data_dir_option
def list_(limit: int) -> None:
    """List the newest generations."""

    async def print_list(database: Database, _: Settings) -> None:
        async with database.read() as session:
            rows = await newest_generations(session, limit)
        if rows:
            print_table(HEADER, [cells_of(row) for row in rows])
        else:
            click.echo("No generations found.", err=True)

    with_database(print_list)


def cells_of(row: Any) -> tuple[str, ...]:
    """Returns a generation's row of the table."""
    numbers = (row.checkpoint_step, row.prompt_count, row.answer_count, row.malformed_count, row.token_count)
    cells = ("" if number is None else f"{number:,}" for number in numbers)
    return (str(row.id), row.status, row.model_id, *cells, f"{row.created_at:%Y-%m-%d %H:%M:%SZ}")


@command.command(name="show")
@click.argument("generation")
@data_dir_option
def show(generation: str) -> None:
    """Show the progress and the options of GENERATION, a UUID."""

    async def print_generation(database: Database, _: Settings) -> None:
        async with database.read() as session:
            row = await get_generation(session, generation)
        for title, name in SHOWN:
            value = getattr(row, name)
            if value is not None:
                click.echo(f"{title + ':':<14}{value}")
        click.echo(f"{'Options:':<14}{json.dumps(row.options)}")

    with_database(print_generation)


@command.command(name="cancel")
@click.argument("generation")
@data_dir_option
def cancel(generation: str) -> None:
    """Cancel GENERATION, a UUID. Its answers are kept."""

    async def do(database: Database, settings: Settings) -> None:
        async with database.write() as session:
            row = await get_generation(session, generation)
            await cancel_generation(session, row.id, await instant(session), lease_of(settings))
            status = await status_of(session, generations, row.id)
        running = status is JobStatus.RUNNING
        click.echo(f"{row.id} {'was asked to end' if running else 'is cancelled'}.", err=True)

    with_database(do)
