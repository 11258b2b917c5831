"""``tunix-rt worker``."""

from __future__ import annotations

import asyncio
import logging
import signal

import click

from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.settings import Settings

logger = logging.getLogger("tunix_rt")


@click.command(name="worker")
@data_dir_option
def command() -> None:
    """Run jobs until SIGTERM or SIGINT, beside a server or in place of its built-in worker.

    Jobs are exports, datasets, training runs, generations and evaluations. Those in progress continue when the worker
    is stopped.

    \b
    Example: tunix-rt worker --data-dir data
    """
    from tunix_rt.cli.serving import set_up_logging

    settings = command_settings()
    set_up_logging(settings.log_level)
    asyncio.run(work(settings))


async def work(settings: Settings) -> None:
    """Runs jobs until SIGTERM or SIGINT."""
    from tunix_rt.cli.database import migrate_if_new
    from tunix_rt.db.session import Database
    from tunix_rt.jobs.kinds import kinds_of
    from tunix_rt.jobs.worker import Worker

    database, stopping = Database(settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await migrate_if_new(database, settings)
        worker = Worker(database, kinds_of(database, settings))
        worker.start()
        click.echo(f"tunix-rt works on {settings.run_slots} runs and {settings.export_slots} exports at once", err=True)
        await stopping.wait()
        await worker.stop()
    finally:
        await database.close()
