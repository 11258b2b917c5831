"""``tunix-rt generate``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import click

from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.following import JobFeed, ended_job, follow_job, hinting
from tunix_rt.cli.client.models import hint_at_model
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.templates import template_of
from tunix_rt.cli.client.waiting import report_interrupt, report_queued
from tunix_rt.cli.generation.documents import EVENTS, SHOW, START, STATE
from tunix_rt.cli.options import labels_of, labels_option, shared_options, wants_json
from tunix_rt.cli.output.tables import print_json

F = TypeVar("F", bound=Callable[..., Any])
FEED = JobFeed("generation", EVENTS, STATE)
FOLLOW = "generation watch {}"
"""The command that follows a generation, with ``{}`` in place of its UUID."""
NUMBERS: dict[str, tuple[type, Any, str]] = {
    "samples-per-prompt": (int, 1, "Answers to each prompt."),
    "temperature": (float, 1.0, "Sampling temperature; 0 for greedy decoding."),
    "top-p": (float, 1.0, "Probability mass of the tokens sampled from."),
    "max-new-tokens": (int, 512, "Maximum number of tokens of an answer."),
    "max-prompt-tokens": (int, 2048, "Maximum number of tokens of a prompt; longer ones are not answered."),
    "seed": (int, 0, "Random seed."),
    "limit": (int, None, "Maximum number of prompts."),
}
"""For each option its type, its default, which is that of the API, and its help."""


def sampling_options(function: F) -> F:
    """Adds an option for each number to a command."""
    for name, (kind, default, text) in reversed(NUMBERS.items()):
        option = click.option(f"--{name}", type=kind, default=default, show_default=default is not None, help=text)
        function = option(function)
    return function


@click.command(name="generate")
@click.argument("model")
@click.option("--dataset", required=True, help="Key or UUID of the dataset whose prompts are answered.")
@click.option("--checkpoint-step", type=int, help="Checkpoint of the run whose weights answer; 0 for its base model.")
@sampling_options
@click.option("--template", help="Reasoning template that answers are parsed by: a name in lower case, or a text.")
@click.option("--system-instruction", help="System instruction before each prompt.")
@click.option("--scorer", "scorers", multiple=True, help="Scorer that grades each answer; may be repeated.")
@labels_option
@click.option("--wait", is_flag=True, help="Print the progress until the end; exit status 1 unless it completed.")
@shared_options
def command(model: str, **options: Any) -> None:
    """Let MODEL answer the prompts of a dataset, and print the generation's UUID.

    A model is run:NAME, a folder below the models folder, tiny-random/qwen3 or a Hugging Face id. A server or
    `tunix-rt worker` executes it.

    \b
    Example: tunix-rt generate run:first --dataset maths-test-v1 --scorer answer_match --wait
    """
    started: list[str] = []

    async def run(client: OperationClient) -> int:
        await hint_at_model(client, model)
        found = (await call_input(client, START, generation_input(model, options)))["generation"]
        if not options["wait"]:
            print_started(found)
            return 0
        click.echo(found["uuid"], err=wants_json())
        started.append(found["uuid"])
        return await follow(client, found["id"])

    with report_interrupt("generation", started, FOLLOW):
        sys.exit(run_operations(run))


def generation_input(model: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the ``StartGenerationInput`` of the options; None for what was not given."""
    return {
        "modelId": model,
        "datasetId": options["dataset"],
        "checkpointStep": options["checkpoint_step"],
        "samplesPerPrompt": options["samples_per_prompt"],
        "temperature": options["temperature"],
        "topP": options["top_p"],
        "maxNewTokens": options["max_new_tokens"],
        "maxPromptTokens": options["max_prompt_tokens"],
        "seed": options["seed"],
        "limit": options["limit"],
        "systemInstruction": options["system_instruction"],
        "scorers": list(options["scorers"]) or None,
        "labels": labels_of(options),
        **template_of(options["template"]),
    }


def print_started(found: Mapping[str, Any]) -> None:
    """Prints the UUID of a new generation, and how to follow it; with ``--json`` the generation."""
    report_queued("generation", found, FOLLOW)
    if wants_json():
        print_json(found)
    else:
        click.echo(found["uuid"])


async def follow(client: OperationClient, generation_id: str) -> int:
    """Prints the progress of a generation until it has ended, and returns the command's exit status."""
    shown = ""
    async with hinting(client, FEED, generation_id), aclosing(follow_job(client, FEED, generation_id)) as batches:
        async for events in batches:
            last = events[-1]
            line = f"{last['status']}: {last['answerCount']:,} answers"
            if line != shown and last["status"] == "RUNNING":
                click.echo(line, err=True)
            shown = line
    found = await ended_job(client, SHOW, generation_id)
    if wants_json():
        print_json(found)
    return report_end(found)


def report_end(found: Mapping[str, Any]) -> int:
    """Prints the result of a generation on standard error, and returns the command's exit status."""
    counts = f"{found['answerCount']:,} answers, {found['malformedCount']:,} of them malformed"
    click.echo(f"{found['status']}: {counts}", err=True)
    if found["error"] is not None:
        click.echo(f"tunix-rt: {found['error']['message']}", err=True)
    return 0 if found["status"] == "COMPLETED" else 1
