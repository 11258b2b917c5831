"""``tunix-rt generation watch``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient
from tunix_rt.cli.client.following import ended_job
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.waiting import report_interrupt
from tunix_rt.cli.client.watching import watch_job
from tunix_rt.cli.generation.documents import SHOW
from tunix_rt.cli.generation.show import generation_of
from tunix_rt.cli.generation.start import FEED, FOLLOW, report_end
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.values import percent


@click.command(name="watch")
@click.argument("generation")
@shared_options
def watch(generation: str) -> None:
    """Show the progress of GENERATION, a UUID, until it has ended: status, answers, tokens.

    The exit status is 0 if the generation completed, otherwise 1. With --json each event is an object on a line.

    \b
    Example: tunix-rt generation watch 01900000-0000-7000-8000-000000000000
    """

    async def follow(client: OperationClient) -> int:
        generation_id = (await generation_of(client, generation))["id"]
        await watch_job(client, FEED, generation_id, line_of)
        return report_end(await ended_job(client, SHOW, generation_id))

    with report_interrupt("generation", [generation], FOLLOW):
        sys.exit(run_operations(follow))


def line_of(event: Mapping[str, Any]) -> str:
    """Returns the line about a generation at an event."""
    counts = f"{event['answerCount']:,} answers, {event['tokenCount']:,} tokens"
    return f"{event['status']}, {percent(event['progress'])}, {counts}"
