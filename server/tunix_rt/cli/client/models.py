"""A hint for a base model whose name is similar to a known one's."""

from __future__ import annotations

import click

from tunix_rt.cli.client.base import OperationClient, call
from tunix_rt.suggestions import did_you_mean

MODELS = "{ baseModels { modelId } }"


async def hint_at_model(client: OperationClient, model_id: str) -> None:
    """Prints the known models that are similar to an unknown one, which may still be a Hugging Face id."""
    known = [model["modelId"] for model in await call(client, MODELS)]
    if model_id in known:
        return
    if advice := did_you_mean(model_id, known):
        click.echo(f"tunix-rt: The model {model_id!r} is not in `tunix-rt model list`.{advice}", err=True)
