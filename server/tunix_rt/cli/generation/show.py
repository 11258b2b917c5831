"""``tunix-rt generation show``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.cli.client.naming import not_found
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.generation.documents import SHOW
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.tables import Columns, print_object
from tunix_rt.cli.output.values import text_of


def sampling_of(generation: Mapping[str, Any]) -> str:
    """Returns the sampling parameters."""
    return ", ".join(f"{name} {text_of(value)}" for name, value in generation["samplingParameters"].items())


FIELDS: Columns = {
    "Generation": "uuid",
    "Status": "status",
    "Error": "error.message",
    "Model": "modelId",
    "Checkpoint": "checkpointStep",
    "Dataset": "dataset.key",
    "Attempt": "attempt",
    "Prompts": "promptCount",
    "Too long": "tooLongCount",
    "Answers": "answerCount",
    "Malformed": "malformedCount",
    "Tokens": "tokenCount",
    "Tokens/s": "tokensPerSecond",
    "Seconds left": "etaSeconds",
    "Samples": "samplesPerPrompt",
    "Sampling": sampling_of,
    "Template": lambda found: (found["template"] or "").lower() or found["customTemplate"] or "",
    "Scorers": lambda found: ", ".join(found["scorers"]),
    "Labels": lambda found: ", ".join(found["labels"]),
    "Created": "createdAt",
    "Started": "startedAt",
    "Completed": "completedAt",
}


@click.command(name="show")
@click.argument("generation")
@shared_options
def show(generation: str) -> None:
    """Show the progress and the options of GENERATION, a UUID.

    \b
    Example: tunix-rt generation show 01900000-0000-7000-8000-000000000000
    """

    async def fetch(client: OperationClient) -> dict[str, Any]:
        return await generation_of(client, generation)

    print_object(FIELDS, run_operations(fetch))


async def generation_of(client: OperationClient, name: str) -> dict[str, Any]:
    """Returns a generation.

    Raises:
        NotFound: there is no generation with this UUID.
    """
    found: dict[str, Any] | None = await call(client, SHOW, id=name)
    if found is None:
        raise not_found("generation", name)
    return found
