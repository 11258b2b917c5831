"""``tunix-rt run logs``."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import click

from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.cli.run.interrupting import report_interrupt
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.domain.runs.timeline import LOG, entries_after
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.settings import Settings

POLL_SECONDS = 0.5


@click.command(name="logs")
@click.argument("run")
@click.option("--follow", "-f", "following", is_flag=True, help="Follow the log until the run ends.")
@data_dir_option
def logs(run: str, following: bool) -> None:
    """Print what RUN, a UUID or an output name, wrote: its output to standard output, its errors to standard error."""

    async def print_logs(database: Database, _: Settings) -> None:
        async with database.read() as session:
            row = await get_run(session, run)
        await follow(database, row.id, None if following else row.last_seq)

    with report_interrupt([run] if following else []):
        with_database(print_logs)


async def follow(database: Database, run_id: uuid.UUID, last: int | None) -> None:
    """Prints a run's log lines up to an entry of its timeline; follows the run until it ends if that is None or 0."""
    after = 0
    while True:
        try:
            async with database.read() as session:
                found = await entries_after(session, run_id, after)
        except (Unavailable, RequestTimeout):
            await asyncio.sleep(POLL_SECONDS)
            continue
        if found is None:
            return
        print_lines(found.rows)
        after = found.rows[-1].seq if found.rows else after
        if found.ended or (last and after >= last):
            return
        if not found.rows:
            await asyncio.sleep(POLL_SECONDS)


def print_lines(rows: Sequence[Any]) -> None:
    """Prints the timeline entries that are log lines."""
    for row in rows:
        if row.kind == LOG:
            click.echo(row.text, err=row.word == LogStream.STDERR.value)
