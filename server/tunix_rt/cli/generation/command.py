"""``tunix-rt generation``: lists, shows, watches, cancels, retries and deletes generations."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, fetch_rows
from tunix_rt.cli.client.changing import cancel_job, delete_job, retry_job
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.filters import STATUSES, filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.generation.documents import CANCEL, DELETE, LIST, RETRY
from tunix_rt.cli.generation.show import show
from tunix_rt.cli.generation.watch import watch
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.cli.output.tables import Columns, print_rows

COLUMNS: Columns = {
    "GENERATION": "uuid",
    "STATUS": "status",
    "MODEL": "modelId",
    "ANSWERS": "answerCount",
    "PROMPTS": "promptCount",
    "DATASET": "dataset.key",
    "STEP": "checkpointStep",
    "MALFORMED": "malformedCount",
    "TOKENS": "tokenCount",
    "CREATED": "createdAt",
}


@click.group(name="generation")
def command() -> None:
    """List, show, watch, cancel, retry and delete generations.

    \b
    Example: tunix-rt generation list
    """


@command.command(name="list")
@where_option("generations", "GenerationWhere")
@click.option("--status", type=WordChoice(STATUSES), help="Only those with this status.")
@order_option("answer_count:desc")
@limit_option("generations")
@shared_options
def list_(where: str | None, status: str | None, order: tuple[str, ...], limit: int) -> None:
    """List generations with their counts, the newest first.

    \b
    Example: tunix-rt generation list --status running
    """
    selected = filter_of(where, status=status)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "generations", total)


@command.command(name="cancel")
@click.argument("generation")
@shared_options
def cancel(generation: str) -> None:
    """Cancel GENERATION, a UUID. Its answers are kept.

    \b
    Example: tunix-rt generation cancel 01900000-0000-7000-8000-000000000000
    """
    cancel_job(CANCEL, "generation", generation)


@command.command(name="retry")
@click.argument("generation")
@shared_options
def retry(generation: str) -> None:
    """Retry GENERATION, a UUID, without the prompts that have their answers.

    \b
    Example: tunix-rt generation retry 01900000-0000-7000-8000-000000000000
    """
    retry_job(RETRY, "generation", generation)


@command.command(name="delete")
@click.argument("generation")
@confirmation_option("The generation {generation} will be deleted; its answers are kept.")
@shared_options
def delete(generation: str) -> None:
    """Delete GENERATION, a UUID. Its answers are kept as traces.

    \b
    Example: tunix-rt generation delete 01900000-0000-7000-8000-000000000000 --yes
    """
    delete_job(DELETE, generation)


command.add_command(show)
command.add_command(watch)
