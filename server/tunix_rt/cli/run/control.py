"""``tunix-rt run cancel``, ``retry`` and ``delete``."""

from __future__ import annotations

import click

from tunix_rt.cli.options import data_dir_option
from tunix_rt.cli.run.common import with_database
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import lease_of, status_of
from tunix_rt.domain.runs.lifecycle import cancel_run, retry_run
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.domain.runs.removal import delete_with_folder
from tunix_rt.settings import Settings


@click.command(name="cancel")
@click.argument("run")
@data_dir_option
def cancel(run: str) -> None:
    """Cancel RUN, a UUID or an output name: what waits at once, what trains once it has saved a checkpoint."""

    async def do(database: Database, settings: Settings) -> None:
        async with database.write() as session:
            row = await get_run(session, run)
            lease = lease_of(settings)
            await cancel_run(session, row.id, await instant(session), lease)
            status = await status_of(session, tunix_runs, row.id)
        running = status is JobStatus.RUNNING
        click.echo(f"{row.id} {'was asked to end' if running else 'is cancelled'}.", err=True)

    with_database(do)


@click.command(name="retry")
@click.argument("run")
@data_dir_option
def retry(run: str) -> None:
    """Let RUN, a UUID or an output name, go on from its last checkpoint."""

    async def do(database: Database, settings: Settings) -> None:
        async with database.write() as session:
            row = await get_run(session, run)
            await retry_run(session, row.id, settings, now())
        click.echo(f"{row.id} is queued.", err=True)

    with_database(do)


@click.command(name="delete")
@click.argument("run")
@click.confirmation_option(prompt="The run, its checkpoints and its weights will be deleted. Continue?")
@data_dir_option
def delete(run: str) -> None:
    """Delete RUN, a UUID or an output name, with its folder. Refused while it runs."""

    async def do(database: Database, settings: Settings) -> None:
        async with database.read() as session:
            row = await get_run(session, run)
        await delete_with_folder(database, row.id, settings.data_dir)

    with_database(do)
