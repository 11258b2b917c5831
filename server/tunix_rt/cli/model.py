"""``tunix-rt model``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.tables import Columns, print_rows
from tunix_rt.cli.output.values import bytes_of

LIST = "{ baseModels { modelId source family parameterCount byteSize hasTokenizer problem } }"


def size_of(model: Mapping[str, Any]) -> str:
    """Returns the size of a model's files."""
    return bytes_of(model["byteSize"])


COLUMNS: Columns = {
    "MODEL": "modelId",
    "SOURCE": "source",
    "FAMILY": "family",
    "PARAMETERS": "parameterCount",
    "SIZE": size_of,
    "TOKENIZER": "hasTokenizer",
    "PROBLEM": "problem",
}


@click.group(name="model")
def command() -> None:
    """List the base models that runs and generations can start from.

    \b
    Example: tunix-rt model list
    """


@command.command(name="list")
@shared_options
def list_() -> None:
    """List the base models: tiny random ones, folders below the models folder, and models of runs.

    \b
    Example: tunix-rt model list
    """

    async def fetch(client: OperationClient) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await call(client, LIST)
        return found

    print_rows(COLUMNS, run_operations(fetch), "models")
