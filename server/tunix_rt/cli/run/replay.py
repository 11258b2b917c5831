"""``tunix-rt run replay``."""

from __future__ import annotations

import asyncio
import sys
import uuid

import click

from tunix_rt.cli.client.local import AssumedInstallation
from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.cli.run.interrupting import report_interrupt
from tunix_rt.cli.run.start import report_end
from tunix_rt.cli.run.waiting import follow_run
from tunix_rt.db.session import Database
from tunix_rt.domain.replays.receipts import Replay, ReplayVerdict
from tunix_rt.domain.replays.replays import compared_replays, replay_config
from tunix_rt.domain.runs.lookup import get_run
from tunix_rt.settings import Settings


@click.command(name="replay")
@click.argument("run")
@click.option("--wait", is_flag=True, help="Print the log and the comparison; exit status 1 unless it is EQUAL.")
@data_dir_option
def replay(run: str, wait: bool) -> None:
    """Repeat RUN, a UUID or an output name, as a new run, to see whether it ends with the same weights."""
    started: list[str] = []
    with report_interrupt(started):
        sys.exit(asyncio.run(replay_run(command_settings(), run, wait, started)))


async def replay_run(settings: Settings, run: str, wait: bool, started: list[str]) -> int:
    """Starts the replay and returns the command's exit status; ``started`` receives its id if it is followed."""
    from tunix_rt.jobs.dry_runs.kind import DryRuns
    from tunix_rt.jobs.runs.runner import LocalRunner

    async with existing_database(settings) as database:
        runner = LocalRunner(database, settings, DryRuns(database, settings), AssumedInstallation(), lambda: None)
        async with database.read() as session:
            config = await replay_config(session, (await get_run(session, run)).id)
        row = await runner.start(config)
        click.echo(str(row["id"]))
        if not wait:
            return 0
        started.append(str(row["id"]))
        await follow_run(database, row["id"])
        ended = await runner.wait(row["id"])
        failed = report_end(ended.row, ended.warnings, shown=True)
        return failed or report_comparison(await comparison_of(database, row["id"]))


async def comparison_of(database: Database, run_id: uuid.UUID) -> Replay:
    """Returns the comparison of a replay with its original."""
    async with database.read() as session:
        return (await compared_replays(session, [run_id]))[run_id]


def report_comparison(found: Replay) -> int:
    """Prints a comparison, and returns the command's exit status."""
    step = "" if found.step is None else f" (step {found.step:,})"
    click.echo(f"{found.verdict.value}{step}", err=True)
    for difference in found.differences:
        click.echo(f"{difference.path}: {difference.original} -> {difference.replay}", err=True)
    return 0 if found.verdict is ReplayVerdict.EQUAL else 1
