"""``tunix-rt run watch``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.following import ended_job, follow_job, hinting
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.run.documents import SHOW
from tunix_rt.cli.run.feed import RUN_FEED, following_run
from tunix_rt.cli.run.output import POINT, STATE, RunDisplay, error_of, point_text
from tunix_rt.cli.run.show import run_of
from tunix_rt.cli.run.start import report_end


@click.command(name="watch")
@click.argument("run")
@shared_options
def watch(run: str) -> None:
    """Show the progress of RUN, a UUID or an output name, until it has ended: status, step, metrics, time left.

    The exit status is 0 if the run completed, otherwise 1. With --json each event is an object on a line.

    \b
    Example: tunix-rt run watch first
    """

    async def follow(client: OperationClient) -> int:
        run_id = (await run_of(client, run))["id"]
        display = RunDisplay()
        with progress("waiting for the run") as show:
            async with hinting(client, RUN_FEED, run_id), aclosing(follow_job(client, RUN_FEED, run_id)) as batches:
                async for events in batches:
                    for event in events:
                        display.apply(event)
                        print_event(event, display)
                    show(display.line())
        ended = await ended_job(client, SHOW, run_id)
        status = report_end(ended, (), shown=True)
        if reason := error_of(ended):
            click.echo(reason, err=True)
        return status

    with following_run([run]):
        sys.exit(run_operations(follow))


def print_event(event: Mapping[str, Any], display: RunDisplay) -> None:
    """Prints an event with ``--json``; without a terminal, the line about the run for a state, and each metric."""
    if wants_json():
        click.echo(json.dumps(event))
    elif event["__typename"] == POINT and not sys.stderr.isatty():
        click.echo(f"step {event['step']}: {event['name']} {point_text(event)}")
    elif event["__typename"] == STATE and not sys.stderr.isatty():
        click.echo(display.line())
