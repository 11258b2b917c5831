"""``tunix-rt dataset verify`` and ``overlap``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.dataset.documents import OVERLAP, VERIFY
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.tables import Columns, print_json, print_object

SHOWN_CHANGES = 20
OVERLAP_FIELDS: Columns = {
    "Shared prompts": "sharedPrompts",
    "Prompts in A": "promptsInA",
    "Prompts in B": "promptsInB",
    "Shared traces in A": "sharedTracesInA",
    "Shared traces in B": "sharedTracesInB",
}


@click.command(name="verify")
@click.argument("dataset")
@shared_options
def verify(dataset: str) -> None:
    """Check that DATASET, a key or a UUID, has its traces unchanged, and that its recipe gives them again.

    The exit status is 1 if a trace was changed or deleted.

    \b
    Example: tunix-rt dataset verify maths-v1
    """

    async def run(client: OperationClient) -> dict[str, Any]:
        with progress(f"verifying {dataset}"):
            found: dict[str, Any] = (await call(client, VERIFY, input={"id": dataset}))["verification"]
        return found

    found = run_operations(run)
    if wants_json():
        print_json(found)
    else:
        print_verification(found)
    sys.exit(0 if found["intact"] else 1)


def print_verification(found: Mapping[str, Any]) -> None:
    """Prints the result and the first changes."""
    click.echo(f"{'intact' if found['intact'] else 'NOT INTACT'}, {reproducibility(found)}")
    for count in found["counts"]:
        if count["count"]:
            click.echo(f"{count['kind']}: {count['count']:,}")
    for change in found["changes"][:SHOWN_CHANGES]:
        click.echo(f"{change['traceUuid']}: {change['reason']}", err=True)


def reproducibility(found: Mapping[str, Any]) -> str:
    """Returns a phrase about the recipe."""
    if found["reproducible"]:
        return "reproducible by its recipe"
    return f"not reproducible by its recipe: {found['derivationError'] or 'it selects other traces now'}"


@click.command(name="overlap")
@click.argument("a")
@click.argument("b")
@shared_options
def overlap(a: str, b: str) -> None:
    """Count the prompts and traces that the datasets A and B, keys or UUIDs, have in common.

    \b
    Example: tunix-rt dataset overlap maths-train-v1 maths-test-v1
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        found: dict[str, Any] = await call(client, OVERLAP, a=a, b=b)
        return found

    print_object(OVERLAP_FIELDS, run_operations(fetch))
