"""``tunix-rt dataset create`` and ``split``."""

from __future__ import annotations

from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.following import JobFeed, ended_job, hinting
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.waiting import is_finished, report_interrupt
from tunix_rt.cli.dataset.documents import CREATE, SHOW, SPLIT, STATE
from tunix_rt.cli.dataset.output import COLUMNS
from tunix_rt.cli.filters import order_of, order_option, trace_filter, trace_filter_options
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.tables import print_json, print_rows
from tunix_rt.domain.text import quantity
from tunix_rt.errors import BadUserInput

FEED = JobFeed("dataset", events="", state=STATE)
FOLLOW = "dataset show {}"
"""The command that shows the progress of a dataset, with ``{}`` in place of its UUID."""
STRATEGIES = ("latest", "random", "random_sample")


@click.command(name="create")
@click.argument("name")
@click.argument("version")
@trace_filter_options
@order_option("created_at:asc")
@click.option(
    "--strategy",
    type=WordChoice(STRATEGIES),
    default="latest",
    show_default=True,
    help="Which of the traces are taken if there are more than --limit.",
)
@click.option("--seed", type=int, help="Random seed of the strategies random and random_sample.")
@click.option("--limit", type=click.IntRange(1, 10_000_000), help="Maximum number of traces.")
@shared_options
def create(name: str, version: str, order: tuple[str, ...], **given: Any) -> None:
    """Create the dataset NAME-VERSION from the traces that a filter selects, and print its key.

    A large dataset is built by a server or a worker; the command waits for it.

    \b
    Example: tunix-rt dataset create maths v1 --source gsm8k
    """
    values = {
        "name": name,
        "version": version,
        "where": trace_filter(given["where"], given["source"], given["search"]),
        "orderBy": order_of(order) if order else None,
        "strategy": given["strategy"].upper(),
        "seed": given["seed"],
        "limit": given["limit"],
    }

    started: list[str] = []

    async def run(client: OperationClient) -> dict[str, Any]:
        with progress(f"building {name}-{version}"):
            found: dict[str, Any] = (await call_input(client, CREATE, values))["dataset"]
            started.append(found["uuid"])
            return await wait_until_built(client, found)

    with report_interrupt("dataset", started, FOLLOW):
        found = run_operations(run)
    if wants_json():
        print_json(found)
        return
    click.echo(found["key"])
    click.echo(f"{quantity(found['traceCount'], 'trace')} (sha256 {found['sha256']}).", err=True)


async def wait_until_built(client: OperationClient, found: dict[str, Any]) -> dict[str, Any]:
    """Waits until a dataset is built.

    Raises:
        BadUserInput: it could not be built.
    """
    if not is_finished(found["status"]):
        async with hinting(client, FEED, found["id"]):
            found = await ended_job(client, SHOW, found["id"])
    if found["status"] != "COMPLETED":
        reason = (found["error"] or {"message": ""})["message"]
        raise BadUserInput(f"The dataset is {found['status']}: {reason}")
    return found


@click.command(name="split")
@click.argument("dataset")
@click.option(
    "--part",
    "parts",
    multiple=True,
    required=True,
    metavar="NAME=SIZE",
    help="A part and its size: a fraction such as 0.9, or a number of prompts such as 100; repeat for each part.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed of the assignment of prompts.")
@click.option("--version", help="Version of the parts.  [default: the dataset's version]")
@shared_options
def split(dataset: str, parts: tuple[str, ...], seed: int, version: str | None) -> None:
    """Split DATASET, a key or a UUID, into datasets that share no prompt, and list them.

    \b
    Example: tunix-rt dataset split maths-v1 --part train=0.9 --part test=0.1
    """
    values = {"id": dataset, "parts": [part_of(text) for text in parts], "seed": seed, "version": version}

    started: list[str] = []

    async def run(client: OperationClient) -> list[dict[str, Any]]:
        with progress(f"splitting {dataset}"):
            found = (await call_input(client, SPLIT, values))["datasets"]
            started.extend(one["uuid"] for one in found)
            return [await wait_until_built(client, one) for one in found]

    with report_interrupt("dataset", started, FOLLOW):
        made = run_operations(run)
    print_rows(COLUMNS, made, "datasets")


def part_of(text: str) -> dict[str, Any]:
    """Returns the part that an option names.

    Raises:
        BadUserInput: the text is malformed.
    """
    name, equals, size = text.partition("=")
    try:
        if not equals or not name:
            raise ValueError
        is_fraction = "." in size or "e" in size.lower()
        return {"name": name, "fraction": float(size)} if is_fraction else {"name": name, "count": int(size)}
    except ValueError:
        raise BadUserInput(f"--part must be NAME=SIZE, such as train=0.9 or test=100; it is {text!r}.") from None
