"""``tunix-rt run watch``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.following import Events, ended_job, follow_job, hinting
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.values import text_of
from tunix_rt.cli.run.documents import SHOW
from tunix_rt.cli.run.feed import RUN_FEED, following_run
from tunix_rt.cli.run.output import point_text
from tunix_rt.cli.run.show import run_of
from tunix_rt.cli.run.start import report_end

STATE = "RunState"
POINT = "RunMetricPoint"


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
        shown = RunDisplay()
        with progress("waiting for the run") as show:
            async with hinting(client, RUN_FEED, run_id), aclosing(follow_job(client, RUN_FEED, run_id)) as batches:
                async for events in batches:
                    show(shown.update(events))
        return report_end(await ended_job(client, SHOW, run_id), (), shown=True)

    with following_run([run]):
        sys.exit(run_operations(follow))


class RunDisplay:
    """The line about a run that its events keep current."""

    def __init__(self) -> None:
        self.state: Mapping[str, Any] = {}
        self.metrics: dict[str, str] = {}

    def update(self, events: Events) -> str:
        """Applies events and returns the line. Without a terminal, it prints states and metrics as they come."""
        for event in events:
            if event["__typename"] == STATE:
                self.state = event
            elif event["__typename"] == POINT:
                self.metrics[event["name"]] = point_text(event)
            self._print(event)
        return self.line()

    def line(self) -> str:
        """Returns status, step, metrics and the time left."""
        training = self.state.get("trainingProgress") or {"step": None, "totalSteps": None, "etaSeconds": None}
        step, total, left = training["step"], training["totalSteps"], training["etaSeconds"]
        parts = [
            self.state.get("status", "PENDING"),
            *([f"step {text_of(step)} of {text_of(total) or '?'}"] if step is not None else []),
            *(f"{name} {value}" for name, value in self.metrics.items()),
            *([f"{left:.0f} s left"] if left is not None else []),
        ]
        return ", ".join(parts)

    def _print(self, event: Mapping[str, Any]) -> None:
        if wants_json():
            click.echo(json.dumps(event))
        elif event["__typename"] == POINT and not sys.stderr.isatty():
            click.echo(f"step {event['step']}: {event['name']} {point_text(event)}")
        elif event["__typename"] == STATE and not sys.stderr.isatty():
            click.echo(self.line())
