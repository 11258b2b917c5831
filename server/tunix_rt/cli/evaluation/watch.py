"""``tunix-rt evaluation watch``."""

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
from tunix_rt.cli.evaluation.documents import SHOW
from tunix_rt.cli.evaluation.evaluate import FEED, FOLLOW
from tunix_rt.cli.evaluation.show import evaluation_of
from tunix_rt.cli.evaluation.tables import print_evaluation
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.values import percent


@click.command(name="watch")
@click.argument("evaluation")
@shared_options
def watch(evaluation: str) -> None:
    """Show the progress of EVALUATION, a name or a UUID, until it has ended, and then its result.

    The exit status is 0 if the evaluation completed, otherwise 1. With --json each event is an object on a line.

    \b
    Example: tunix-rt evaluation watch again
    """

    async def follow(client: OperationClient) -> dict[str, Any]:
        evaluation_id = (await evaluation_of(client, evaluation))["id"]
        await watch_job(client, FEED, evaluation_id, line_of)
        return await ended_job(client, SHOW, evaluation_id)

    with report_interrupt("evaluation", [evaluation], FOLLOW):
        found = run_operations(follow)
    if not wants_json():
        print_evaluation(found)
    sys.exit(0 if found["status"] == "COMPLETED" else 1)


def line_of(event: Mapping[str, Any]) -> str:
    """Returns the line about an evaluation at an event."""
    return f"{event['status']}, {percent(event['progress'])}"
