"""``tunix-rt trace``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import limit_option, order_of, order_option, trace_filter, trace_filter_options
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import Columns, print_json, print_object, print_rows
from tunix_rt.cli.output.values import text_of
from tunix_rt.cli.trace.delete import delete
from tunix_rt.cli.trace.documents import LIST, SHOW
from tunix_rt.errors import BadId


def scores_of(trace: Mapping[str, Any]) -> str:
    """Returns the latest scores of a trace as text."""
    return ", ".join(f"{score['scorer']} {text_of(score['score'])}" for score in trace["latestScores"])


COLUMNS: Columns = {
    "TRACE": "uuid",
    "PROMPT": "promptPreview",
    "ANSWER": "finalAnswerPreview",
    "SOURCE": "source",
    "STEPS": "stepCount",
    "SCORES": scores_of,
    "EXTERNAL ID": "externalId",
    "CREATED": "createdAt",
}
FIELDS: Columns = {
    "Trace": "uuid",
    "Source": "source",
    "External id": "externalId",
    "Group": "group",
    "Steps": "stepCount",
    "Characters": "charCount",
    "Created": "createdAt",
    "Scores": scores_of,
    "Meta": "meta",
    "Reference": "referenceAnswer",
}


@click.group(name="trace")
def command() -> None:
    """List, search, show and delete traces.

    \b
    Example: tunix-rt trace list
    """


@command.command(name="list")
@trace_filter_options
@order_option("step_count:desc")
@limit_option("traces")
@shared_options
def list_(where: str | None, source: str | None, search: str | None, order: tuple[str, ...], limit: int) -> None:
    """List traces, the newest first.

    \b
    Example: tunix-rt trace list --source gsm8k --order step_count:desc --limit 5
    """
    print_list(trace_filter(where, source, search), order, limit)


@command.command(name="search")
@click.argument("words")
@order_option("step_count:desc")
@limit_option("traces")
@shared_options
def search_(words: str, order: tuple[str, ...], limit: int) -> None:
    """List the traces that contain WORDS in prompt, steps or answer.

    \b
    Example: tunix-rt trace search "odd number"
    """
    print_list({"search": words}, order, limit)


def print_list(where: dict[str, Any] | None, order: tuple[str, ...], limit: int) -> None:
    """Prints the traces of a filter."""

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=where, orderBy=order_of(order))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "traces", total)


@command.command(name="show")
@click.argument("trace")
@click.option("--source", help="TRACE is the external id of a trace of this source.")
@shared_options
def show(trace: str, source: str | None) -> None:
    """Show TRACE, a UUID, or with --source an external id: prompt, steps, answer, scores.

    \b
    Example: tunix-rt trace show 7 --source gsm8k
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        named = {"id": trace} if source is None else {"source": source, "externalId": trace}
        try:
            found: dict[str, Any] | None = await call(client, SHOW, **named)
        except BadId as error:
            raise BadId(f"{error.message} For an external id, give its source, too: --source SOURCE.") from error
        if found is None:
            raise not_found("trace", trace)
        return found

    print_trace(run_operations(fetch))


def print_trace(found: Mapping[str, Any]) -> None:
    """Prints a trace with its texts."""
    if wants_json():
        print_json(found)
        return
    print_object(FIELDS, found)
    click.echo(f"\nPrompt:\n{found['prompt']}")
    for step in found["steps"]:
        click.echo(f"\nStep {step['index']} ({step['type']}):\n{step['content']}")
    click.echo(f"\nFinal answer:\n{found['finalAnswer']}")


command.add_command(delete)
