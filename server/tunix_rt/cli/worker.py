"""``tunix-rt worker``."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import uuid
from typing import TYPE_CHECKING

import click

from tunix_rt.cli import UNAVAILABLE_STATUS
from tunix_rt.cli.options import data_dir_option, given_data_dir
from tunix_rt.domain.text import quantity
from tunix_rt.errors import NotInstalled
from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings, settings_from

if TYPE_CHECKING:
    from tunix_rt.db.models.jobs import JobStatus


@click.command(name="worker")
@data_dir_option
@click.option("--server", metavar="URL", help="Server whose jobs to perform, without its database and its disk.")
@click.option("--labels", metavar="LABELS", help="Comma-separated labels: only jobs that require no others are taken.")
@click.option("--run", type=click.UUID, help="Train only this run, whatever labels it requires, until it has ended.")
def command(server: str | None, labels: str | None, run: uuid.UUID | None) -> None:
    """Run jobs until SIGTERM or SIGINT, beside a server or in place of its built-in worker.

    Jobs are exports, datasets, training runs, generations and evaluations. With `--server`, they are exports, runs and
    generations of that server, with the key in TUNIX_RT_KEY, on any machine that can train; with TUNIX_RT_RUN_SLOTS=0
    exports only, on any machine. Jobs in progress continue when the worker is stopped.

    The exit status is 0 after a signal, and 1 if the server refuses the key or the labels at the start. A server that
    is unreachable is waited for.

    With `--run` the exit status is 0 if the run completed, 1 if it failed, timed out or was cancelled, and 3 if SIGTERM
    or SIGINT came first: training then saves a checkpoint and stops.

    \b
    Example: tunix-rt worker --server https://traces.example --labels gpu,tpu-v5e
    """
    from tunix_rt.logs import set_up_logging

    folder = given_data_dir()
    server = "" if server is None and folder is not None else server
    settings = settings_from(data_dir=folder, server=server, worker_labels=labels)
    set_up_logging(settings.log_level)
    if run is not None:
        if not settings.server:
            raise click.UsageError("--run needs --server.")
        sys.exit(exit_status(asyncio.run(work_for_server(settings, run))))
    asyncio.run(work_for_server(settings) if settings.server else work(settings))


def exit_status(ended: JobStatus | None) -> int:
    """Returns the exit status for the end of the only run: 3 before its end, when the same command may go on."""
    if ended is None:
        return UNAVAILABLE_STATUS
    return 0 if ended.value == "COMPLETED" else 1


async def work_for_server(settings: Settings, run: uuid.UUID | None = None) -> JobStatus | None:
    """Performs jobs of a server until SIGTERM or SIGINT, or a single run until it has ended; returns its status then.

    Raises:
        SettingsError: the server's URL is not valid, or it refuses the worker at its start.
        NotInstalled: this machine cannot train.
        NotFound, Conflict: the server has no such run, or no worker trains it.
    """
    from tunix_rt.integrations.tunix import TunixProbe
    from tunix_rt.jobs.remote.worker import RemoteWorker

    logging.getLogger("httpx").setLevel(logging.WARNING)
    if run is not None or settings.run_slots:
        status = await TunixProbe(settings.trainer_python).status()
        if not status.available:
            alone = "" if run is not None else " With TUNIX_RT_RUN_SLOTS=0 it can work on exports."
            raise NotInstalled(f"This machine cannot train: {status.message}{alone}")
    worker = RemoteWorker(settings, run)
    exports = quantity(settings.export_slots, "export")
    taken = f"{quantity(settings.run_slots, 'job')} and {exports} at once" if run is None else f"run {run}"
    click.echo(f"tunix-rt works for {settings.server} on {taken}", err=True)
    ended = await worker.run(stopping_event())
    if run is not None:
        click.echo(f"tunix-rt: The run {'has not ended' if ended is None else f'is {ended.value}'}.", err=True)
    return ended


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
    from tunix_rt.integrations.tunix import TunixProbe
    from tunix_rt.jobs.kinds import kinds_of
    from tunix_rt.jobs.worker import Worker

    database, stopping = Database(settings), stopping_event()
    try:
        await migrate_if_new(database, settings)
        kinds = kinds_of(database, settings, tunix=TunixProbe(settings.trainer_python))
        worker = Worker(database, kinds, comma_separated(settings.worker_labels))
        worker.start()
        click.echo(f"tunix-rt works on {settings.run_slots} runs and {settings.export_slots} exports at once", err=True)
        await stopping.wait()
        await worker.stop()
    finally:
        await database.close()
