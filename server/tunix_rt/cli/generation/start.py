"""``tunix-rt generate``."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_line, command_settings, data_dir_option
from tunix_rt.cli.run.interrupting import INTERRUPTED
from tunix_rt.cli.run.option_names import option_names
from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import resolve_dataset_id
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.generations.lifecycle import GenerationPlan, enter_generation
from tunix_rt.domain.generations.lookup import get_generation
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.jobs.ledger import ENDS
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])
DEFAULTS = GenerationOptions()
NUMBERS: dict[str, tuple[type, str]] = {
    "samples-per-prompt": (int, "Answers to each prompt."),
    "temperature": (float, "Sampling temperature; 0 for greedy decoding."),
    "top-p": (float, "Probability mass of the tokens sampled from."),
    "max-new-tokens": (int, "Maximum number of tokens of an answer."),
    "max-prompt-tokens": (int, "Maximum number of tokens of a prompt; longer ones are not answered."),
    "seed": (int, "Random seed."),
    "limit": (int, "Maximum number of prompts."),
}
WAIT_SECONDS = 0.5


def sampling_options(function: F) -> F:
    """Adds an option for each number to a command."""
    for name, (kind, text) in reversed(NUMBERS.items()):
        default = getattr(DEFAULTS, name.replace("-", "_"))
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
@click.option("--wait", is_flag=True, help="Print the progress until the end; exit status 1 unless it completed.")
@data_dir_option
def command(model: str, **options: Any) -> None:
    """Let MODEL, such as run:NAME, answer the prompts of a dataset, and print the generation's UUID."""
    with option_names():
        sys.exit(asyncio.run(generate(command_settings(), model, options)))


async def generate(settings: Settings, model: str, options: dict[str, Any]) -> int:
    """Starts a generation and returns the command's exit status."""
    values = {name: options.pop(name) for name in ("dataset", "checkpoint_step", "wait")}
    given = GenerationOptions(**options)
    async with existing_database(settings) as database:
        await check_scorers(settings, given)
        async with database.write() as session:
            dataset_id = await resolve_dataset_id(session, values["dataset"])
            plan = GenerationPlan(model, OfDataset(dataset_id), given, values["checkpoint_step"])
            row = await enter_generation(session, plan, now())
        click.echo(str(row["id"]))
        return await follow(database, row["id"]) if values["wait"] else 0


async def check_scorers(settings: Settings, options: GenerationOptions) -> None:
    """Checks that all scorers exist and can score; raises as ``ScorerService.scorer`` does."""
    scoring = ScorerService(settings)
    try:
        for name in options.scorers:
            await scoring.scorer(name)
    finally:
        await scoring.close()


async def follow(database: Database, generation_id: uuid.UUID) -> int:
    """Prints the progress of a generation until it has ended, and returns the command's exit status."""
    shown = None
    try:
        while True:
            async with database.read() as session:
                row = await get_generation(session, str(generation_id))
            line = f"{row.status}: {row.answer_count:,} answers, {row.malformed_count:,} of them malformed"
            if line != shown:
                click.echo(line, err=True)
            shown = line
            if JobStatus(row.status) in ENDS:
                break
            await asyncio.sleep(WAIT_SECONDS)
    except (KeyboardInterrupt, asyncio.CancelledError):
        cancel = command_line("generation", "cancel", str(generation_id))
        click.echo(f"\nThe generation continues. To cancel it: {cancel}", err=True)
        return INTERRUPTED
    if row.error_message is not None:
        click.echo(f"tunix-rt: {row.error_message}", err=True)
    return 0 if row.status == JobStatus.COMPLETED.value else 1
