"""``tunix-rt score``."""

from __future__ import annotations

from typing import IO, Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.tables import Columns, print_rows
from tunix_rt.cli.score.delete import delete
from tunix_rt.cli.score.documents import LIST, SCORERS
from tunix_rt.cli.score.run import run

COLUMNS: Columns = {
    "ID": "uuid",
    "SCORER": "scorer",
    "SCORE": "score",
    "STEP": "stepIndex",
    "KIND": "kind",
    "TRACE": "trace.uuid",
    "VERSION": "scorerVersion",
    "PROMPT": "trace.promptPreview",
    "SCORED": "scoredAt",
}
SCORER_COLUMNS: Columns = {
    "SCORER": "name",
    "FROM": "low",
    "TO": "high",
    "DESCRIPTION": "description",
    "UNAVAILABLE": "unavailableReason",
    "VERSION": "version",
    "SOURCE": "source",
}


@click.group(name="score")
def command() -> None:
    """Score traces, list scores and scorers, import and delete scores.

    \b
    Example: tunix-rt score run --only-missing
    """


@command.command(name="list")
@where_option("scores", "ScoreWhere")
@click.option("--scorer", help="Only scores of this scorer.")
@click.option("--trace", help="Only scores of this trace, a UUID.")
@order_option("score:asc")
@limit_option("scores")
@shared_options
def list_(where: str | None, scorer: str | None, trace: str | None, order: tuple[str, ...], limit: int) -> None:
    """List scores, the newest first.

    \b
    Example: tunix-rt score list --scorer answer_match --order score:asc
    """
    selected = filter_of(where, scorer=scorer, traceId=trace)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order, "SCORED_AT"))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "scores", total)


@command.command(name="scorers")
@shared_options
def scorers() -> None:
    """List the scorers that `score run` and `evaluate` take.

    \b
    Example: tunix-rt score scorers
    """

    async def fetch(client: OperationClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await call(client, SCORERS)
        return found

    print_rows(SCORER_COLUMNS, run_operations(fetch), "scorers")


@command.command(name="import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--on-error",
    type=WordChoice(("stop", "skip")),
    default="stop",
    show_default=True,
    help="What to do with an invalid line.",
)
@shared_options
def import_(file: IO[bytes], on_error: str) -> None:
    """Import scores of stored traces from FILE, lines of JSON or an array; `-` is standard input.

    \b
    Example: tunix-rt score import scores.jsonl
    """
    from tunix_rt.cli.import_.scores import import_score_file
    from tunix_rt.domain.imports.importing import OnError

    import_score_file(file, OnError(on_error))


command.add_command(run)
command.add_command(delete)
