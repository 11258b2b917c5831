"""``tunix-rt run start``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.following import ended_job, hinting
from tunix_rt.cli.client.models import hint_at_model
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.waiting import report_queued
from tunix_rt.cli.options import labels_option, shared_options, wants_json
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.tables import print_json
from tunix_rt.cli.run.documents import SHOW, START
from tunix_rt.cli.run.feed import FOLLOW, RUN_FEED, following_run
from tunix_rt.cli.run.logs import follow_logs
from tunix_rt.cli.run.parameters import parameter_options, run_input
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.trainer.contract import Method

MODES = ("dry-run", "train")
ENGINES = ("local", "ray", "slurm")
"""The engines, ``RunEngine`` in the schema, here without the imports that it needs."""


@click.command(name="start")
@click.argument("dataset")
@click.option(
    "--model",
    "model_id",
    required=True,
    help="Base model: tiny-random/qwen3, a local model folder, or a Hugging Face id.",
)
@click.option(
    "--mode",
    type=WordChoice(MODES),
    default="dry-run",
    show_default=True,
    help="Only check the run, or train.",
)
@click.option(
    "--method",
    type=WordChoice([method.value.lower() for method in Method]),
    default="sft",
    show_default=True,
    help="Training method.",
)
@click.option(
    "--template",
    default=DEFAULT_TEMPLATE,
    show_default=True,
    help="Reasoning template of the records: numbered, plain, think, boxed, answer, or a text with {steps}, "
    "{numbered_steps} or {paragraphs}, and {answer}.",
)
@click.option("--preference-scorer", help="Scorer by which --method dpo compares the answers to a prompt.")
@click.option(
    "--preference-rule",
    type=WordChoice([rule.value.replace("_", "-") for rule in PairRule]),
    help="Which answers are paired.  [default: best-worst]",
)
@click.option("--preference-margin", type=float, help="Minimum difference between the scores of a pair.  [default: 0]")
@click.option("--preference-pairs-per-group", type=int, help="Maximum number of pairs of a group.  [default: 1]")
@click.option(
    "--reward",
    "rewards",
    multiple=True,
    help="Scorer by which --method grpo rewards answers, or SCORER=WEIGHT; may be repeated.",
)
@click.option("--eval-dataset", help="Key or UUID of the evaluation dataset.")
@click.option(
    "--engine", type=WordChoice(ENGINES), default="local", show_default=True, help="Engine that trains the run."
)
@labels_option
@click.option("--output-name", help="Name of the run's output folder.")
@click.option("--timeout-seconds", type=int, help="Time limit of one attempt.")
@click.option("--wait", is_flag=True, help="Print the log until the run ends; exit status 1 unless it completed.")
@shared_options
@parameter_options
def start(dataset: str, **options: Any) -> None:
    """Start a run on DATASET, a key or a UUID, and print the run's UUID.

    By default it is a dry run, which only checks the inputs and counts tokens. A server or `tunix-rt worker` executes
    what is started without --wait, and all that trains. The worker checks whether Tunix is installed; this command
    does not.

    \b
    Example: tunix-rt run start maths-v1 --model tiny-random/qwen3 --mode train --method lora --wait
    """
    started: list[str] = []

    async def run(client: OperationClient) -> int:
        return await start_run(client, run_input(dataset, options), wait=options["wait"], started=started)

    with following_run(started):
        sys.exit(run_operations(run))


async def start_run(client: OperationClient, values: dict[str, Any], *, wait: bool, started: list[str]) -> int:
    """Starts a run and returns the command's exit status; ``started`` receives the run's UUID if it is followed."""
    await hint_at_model(client, values["modelId"])
    at_once = wait and values["mode"] == "DRY_RUN"
    with progress("checking the run" if at_once else "starting the run"):
        payload = await call_input(client, START, values | {"wait": at_once})
    run = payload["run"]
    if at_once:
        return report_end(run, payload["warnings"], shown=False)
    if not wait:
        print_started(run, payload["warnings"])
        return 0
    click.echo(run["uuid"], err=wants_json())
    print_warnings(payload["warnings"])
    started.append(run["uuid"])
    async with hinting(client, RUN_FEED, run["id"]):
        await follow_logs(client, run["id"])
    return report_end(await ended_job(client, SHOW, run["id"]), (), shown=True)


def print_started(run: Mapping[str, Any], warnings: Iterable[str] = ()) -> None:
    """Prints the UUID of a new run; with ``--json`` the run."""
    print_warnings(warnings)
    report_queued("dry run" if run["mode"] == "DRY_RUN" else "run", run, FOLLOW)
    if wants_json():
        print_json(run)
    else:
        click.echo(run["uuid"])


def print_warnings(warnings: Iterable[str]) -> None:
    """Prints warnings on standard error."""
    for warning in warnings:
        click.echo(f"tunix-rt: {warning}", err=True)


def report_end(run: Mapping[str, Any], warnings: Iterable[str], *, shown: bool) -> int:
    """Prints the result of a run, and returns the command's exit status.

    Args:
        shown: whether the run's output was shown already.
    """
    if not shown and not wants_json():
        click.echo(run["stdout"], nl=False)
        click.echo(run["stderr"], err=True, nl=not run["stderr"].endswith("\n") and bool(run["stderr"]))
    if not shown and wants_json():
        print_json(run)
    print_warnings(warnings)
    click.echo(f"{run['status']}: {run['statusReason']}", err=True)
    return 0 if run["status"] == "COMPLETED" else 1
