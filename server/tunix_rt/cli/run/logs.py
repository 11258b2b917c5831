"""``tunix-rt run logs``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import aclosing
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import PAGE_ROWS, OperationClient, call
from tunix_rt.cli.client.following import follow_job
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress_below_output
from tunix_rt.cli.run.documents import LOGS, SHOW
from tunix_rt.cli.run.feed import RUN_FEED, following_run
from tunix_rt.cli.run.output import RunDisplay
from tunix_rt.cli.run.show import run_of

STREAMS = ("stdout", "stderr")
LOG_LINE = "RunLogLine"


@click.command(name="logs")
@click.argument("run")
@click.option("--follow", "-f", "following", is_flag=True, help="Follow the log until the run has ended.")
@click.option("--stream", type=WordChoice(STREAMS), help="Only lines of this stream.")
@shared_options
def logs(run: str, following: bool, stream: str | None) -> None:
    """Print the log of RUN, a UUID or an output name. Lines of standard error go to standard error.

    With --json each line is an object.

    \b
    Example: tunix-rt run logs first --follow
    """
    wanted = None if stream is None else stream.upper()

    async def print_logs(client: OperationClient) -> None:
        run_id = (await run_of(client, run, SHOW))["id"]
        await (follow_logs(client, run_id, wanted) if following else print_stored(client, run_id, wanted))

    with following_run([run] if following else []):
        run_operations(print_logs)


async def print_stored(client: OperationClient, run_id: str, stream: str | None) -> None:
    """Prints the stored log lines of a run."""
    where = None if stream is None else {"stream": {"eq": stream}}
    after = None
    while True:
        page = (await call(client, LOGS, id=run_id, where=where, first=PAGE_ROWS, after=after))["logs"]
        print_lines(page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


async def follow_logs(client: OperationClient, run_id: str, stream: str | None = None) -> None:
    """Prints a run's log lines until the run has ended; a terminal shows its progress below them."""
    display = RunDisplay()
    with progress_below_output("waiting for the run") as show:
        async with aclosing(follow_job(client, RUN_FEED, run_id)) as batches:
            async for events in batches:
                lines = [event for event in events if event["__typename"] == LOG_LINE]
                print_lines(line for line in lines if stream in {None, line["stream"]})
                for event in events:
                    display.apply(event)
                show(display.line())


def print_lines(lines: Iterable[Mapping[str, Any]]) -> None:
    """Prints log lines to their streams; with ``--json`` as objects."""
    for line in lines:
        if wants_json():
            click.echo(json.dumps({name: value for name, value in line.items() if name != "__typename"}))
        else:
            click.echo(line["text"], err=line["stream"] == "STDERR")
