"""``tunix-rt run list`` and ``tunix-rt run show``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import STATUSES, filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_object, print_rows
from tunix_rt.cli.run.documents import LIST, SHOW
from tunix_rt.cli.run.output import COLUMNS, FIELDS


@click.command(name="list")
@where_option("runs", "RunWhere")
@click.option("--status", type=WordChoice(STATUSES), help="Only runs with this status.")
@order_option("created_at:asc or eval/loss:asc")
@limit_option("runs")
@shared_options
def list_(where: str | None, status: str | None, order: tuple[str, ...], limit: int) -> None:
    """List runs with their last losses, the newest first.

    \b
    Example: tunix-rt run list --status completed
    """
    selected = filter_of(where, status=status)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order, metrics=True))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "runs", total)


@click.command(name="show")
@click.argument("run")
@shared_options
def show(run: str) -> None:
    """Show the state, the last metrics and the manifest of RUN, a UUID or an output name.

    \b
    Example: tunix-rt run show first
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        return await run_of(client, run)

    found = run_operations(fetch)
    print_object(FIELDS, found)
    if found["manifest"] is not None and not wants_json():
        click.echo(f"\n{found['manifest']}", nl=False)


async def run_of(client: OperationClient, name: str, document: str = SHOW) -> dict[str, Any]:
    """Returns a run.

    Raises:
        NotFound: there is no run with this name.
    """
    found: dict[str, Any] | None = await call(client, document, id=name)
    if found is None:
        raise not_found("run", name)
    return found
