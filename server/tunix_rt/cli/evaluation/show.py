"""``tunix-rt evaluation show``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.evaluation.documents import SHOW
from tunix_rt.cli.evaluation.tables import print_evaluation
from tunix_rt.cli.options import shared_options


@click.command(name="show")
@click.argument("evaluation")
@shared_options
def show(evaluation: str) -> None:
    """Show the result of EVALUATION, a name or a UUID: candidates with their intervals, and pairs.

    \b
    Example: tunix-rt evaluation show again
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        return await evaluation_of(client, evaluation)

    print_evaluation(run_operations(fetch))


async def evaluation_of(client: OperationClient, name: str) -> dict[str, Any]:
    """Returns an evaluation.

    Raises:
        NotFound: there is no evaluation with this name.
    """
    found: dict[str, Any] | None = await call(client, SHOW, id=name)
    if found is None:
        raise not_found("evaluation", name)
    return found
