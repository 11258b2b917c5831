"""``tunix-rt dataset``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call, fetch_rows
from tunix_rt.cli.client.changing import cancel_job, retry_job
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.dataset.checking import overlap, verify
from tunix_rt.cli.dataset.creating import create, split
from tunix_rt.cli.dataset.documents import CANCEL, DELETE, LIST, RETRY, SHOW
from tunix_rt.cli.dataset.output import COLUMNS, print_dataset
from tunix_rt.cli.filters import filter_of, limit_option, order_of, order_option, where_option
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.cli.output.tables import print_json, print_rows


@click.group(name="dataset")
def command() -> None:
    """Create, list, show, split, cancel, retry, verify, compare and delete datasets.

    \b
    Example: tunix-rt dataset list
    """


@command.command(name="list")
@where_option("datasets", "DatasetWhere")
@click.option("--name", help="Only versions of this name.")
@order_option("trace_count:desc")
@limit_option("datasets")
@shared_options
def list_(where: str | None, name: str | None, order: tuple[str, ...], limit: int) -> None:
    """List datasets, the newest first.

    \b
    Example: tunix-rt dataset list --name maths
    """
    selected = filter_of(where, name=name)

    async def fetch(client: OperationClient) -> tuple[list[dict[str, Any]], int]:
        return await fetch_rows(client, LIST, limit, where=selected, orderBy=order_of(order))

    rows, total = run_operations(fetch)
    print_rows(COLUMNS, rows, "datasets", total)


@command.command(name="show")
@click.argument("dataset")
@shared_options
def show(dataset: str) -> None:
    """Show DATASET, a key or a UUID: statistics, scores and recipe.

    \b
    Example: tunix-rt dataset show maths-v1
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        found: dict[str, Any] | None = await call(client, SHOW, id=dataset)
        if found is None:
            raise not_found("dataset", dataset)
        return found

    print_dataset(run_operations(fetch))


@command.command(name="cancel")
@click.argument("dataset")
@shared_options
def cancel(dataset: str) -> None:
    """Cancel the job that builds DATASET, a key or a UUID.

    \b
    Example: tunix-rt dataset cancel maths-v1
    """
    cancel_job(CANCEL, "dataset", dataset)


@command.command(name="retry")
@click.argument("dataset")
@shared_options
def retry(dataset: str) -> None:
    """Build DATASET, a key or a UUID, again whose build failed, timed out or was cancelled.

    \b
    Example: tunix-rt dataset retry maths-v1
    """
    retry_job(RETRY, "dataset", dataset)


@command.command(name="delete")
@click.argument("dataset")
@confirmation_option("The dataset {dataset} will be deleted; its traces are kept.")
@shared_options
def delete(dataset: str) -> None:
    """Delete DATASET, a key or a UUID. Its traces are kept.

    \b
    Example: tunix-rt dataset delete maths-v1 --yes
    """

    async def run(client: OperationClient) -> str:
        deleted: str = (await call(client, DELETE, input={"id": dataset}))["deletedUuid"]
        return deleted

    deleted = run_operations(run)
    if wants_json():
        print_json({"deletedUuid": deleted})
    else:
        click.echo(f"{dataset} is deleted.", err=True)


for found in (create, split, verify, overlap):
    command.add_command(found)
