"""``tunix-rt worker``."""

from __future__ import annotations

import asyncio
import logging
import signal

import click

from tunix_rt.cli.options import data_dir_option, given_data_dir
from tunix_rt.errors import NotInstalled
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings, settings_from

logger = logging.getLogger("tunix_rt")


@click.command(name="worker")
@data_dir_option
@click.option("--server", metavar="URL", help="Server whose runs to train, without its database and its disk.")
@click.option("--labels", metavar="LABELS", help="Comma-separated labels: only runs that require no others are taken.")
def command(server: str | None, labels: str | None) -> None:
    """Run jobs until SIGTERM or SIGINT, beside a server or in place of its built-in worker.

    Jobs are exports, datasets, training runs, generations and evaluations. With `--server`, they are training runs
    alone, with the key in TUNIX_RT_KEY, on any machine that can train. Jobs in progress continue when the worker is
    stopped.

    The exit status is 0 after a signal, and 1 if the server refuses the key or the labels at the start. A server that
    is away is waited for.

    \b
    Examples: tunix-rt worker --data-dir data
              tunix-rt worker --server https://traces.example --labels gpu,tpu-v5e
    """
    from tunix_rt.cli.serving import set_up_logging

    folder = given_data_dir()
    server = "" if server is None and folder is not None else server
    settings = settings_from(data_dir=folder, server=server, worker_labels=labels)
    set_up_logging(settings.log_level)
    asyncio.run(work_for_server(settings) if settings.server else work(settings))


async def work_for_server(settings: Settings) -> None:
    """Trains runs of a server until SIGTERM or SIGINT.

    Raises:
        SettingsError: the server's URL is not valid, or it refuses the worker at its start.
        NotInstalled: this machine cannot train.
    """
    from tunix_rt.integrations.tunix import TunixProbe
    from tunix_rt.jobs.remote.worker import RemoteWorker

    logging.getLogger("httpx").setLevel(logging.WARNING)
    status = await TunixProbe(settings.trainer_python).status()
    if not status.available:
        raise NotInstalled(f"This machine cannot train: {status.message}")
    worker = RemoteWorker(settings)
    click.echo(f"tunix-rt works for {settings.server} on {settings.run_slots} runs at once", err=True)
    await worker.run(stopping_event())


def stopping_event() -> asyncio.Event:
    """Returns an event that SIGTERM and SIGINT set."""
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def work(settings: Settings) -> None:
    """Runs jobs until SIGTERM or SIGINT."""
    from tunix_rt.cli.database import migrate_if_new
    from tunix_rt.db.session import Database
    from tunix_rt.jobs.kinds import kinds_of
    from tunix_rt.jobs.worker import Worker

    database, stopping = Database(settings), stopping_event()
    try:
        await migrate_if_new(database, settings)
        worker = Worker(database, kinds_of(database, settings), comma_separated(settings.worker_labels))
        worker.start()
        click.echo(f"tunix-rt works on {settings.run_slots} runs and {settings.export_slots} exports at once", err=True)
        await stopping.wait()
        await worker.stop()
    finally:
        await database.close()
