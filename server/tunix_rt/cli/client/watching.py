"""Watches a job of any kind: one line that its events keep current."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.following import JobFeed, follow_job, hinting
from tunix_rt.cli.options import wants_json
from tunix_rt.cli.output.progress import progress


async def watch_job(
    client: OperationClient, feed: JobFeed, job_id: str, line: Callable[[Mapping[str, Any]], str]
) -> None:
    """Shows the events of a job until it has ended, with a hint if no worker takes it.

    A terminal shows the line of the last event. Otherwise each line is printed that differs from the one before; with
    ``--json`` each event is an object on a line.

    Args:
        line: returns the line of an event.
    """
    shown = ""
    with progress(f"waiting for the {feed.noun}") as show:
        async with hinting(client, feed, job_id), aclosing(follow_job(client, feed, job_id)) as batches:
            async for events in batches:
                for event in events:
                    before, shown = shown, line(event)
                    if wants_json():
                        click.echo(json.dumps(event))
                    elif shown != before and not sys.stderr.isatty():
                        click.echo(shown)
                show(shown)
