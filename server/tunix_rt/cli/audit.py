"""``tunix-rt audit``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, fetch_rows
from tunix_rt.cli.client.documents import list_document
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.tables import Columns, print_rows

LIST = list_document(
    "AuditEvent", "id uuid at keyName address action outcome objectType objectUuid objectCount requestId"
)
OUTCOMES = ("DONE", "REFUSED")
"""The outcomes of events, ``AuditOutcome`` in the schema, here without the imports that it needs."""


def objects_of(event: Mapping[str, Any]) -> str:
    """Returns the objects of an event: ``Run 0190…``, or ``3 Trace``; empty if it has none."""
    if event["objectType"] is None:
        return ""
    if event["objectUuid"] is not None:
        return f"{event['objectType']} {event['objectUuid']}"
    return f"{event['objectCount']:,} {event['objectType']}"


COLUMNS: Columns = {
    "AT": "at",
    "KEY": "keyName",
    "ACTION": "action",
    "OUTCOME": "outcome",
    "OBJECTS": objects_of,
    "ADDRESS": "address",
}


@click.group(name="audit")
def command() -> None:
    """List what clients did, since the server has API keys.

    \b
    Example: tunix-rt audit list --key cluster
    """


@command.command(name="list")
@where_option("events", "AuditEventWhere")
@click.option("--key", metavar="NAME", help="Only actions with this API key.")
@click.option("--action", help="Only this action, such as deleteTraces.")
@click.option("--outcome", type=WordChoice(OUTCOMES), help="Only events with this outcome.")
@order_option("at:asc")
@limit_option("events")
@shared_options
def list_(
    where: str | None, key: str | None, action: str | None, outcome: str | None, order: tuple[str, ...], limit: int
) -> None:
    """List the events of the audit log, the newest first.

    \b
    Example: tunix-rt audit list --key cluster --action deleteTraces
    """
    selected = filter_of(where, keyName=key, action=action, outcome=outcome)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order, "AT"))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "events", total)
