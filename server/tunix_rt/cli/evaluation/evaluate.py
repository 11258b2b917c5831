"""``tunix-rt evaluate``: creates an evaluation, waits for it and prints its result."""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

import click

from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.following import JobFeed, ended_job, follow_job
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.client.waiting import report_interrupt
from tunix_rt.cli.evaluation.documents import CREATE, EVENTS, SHOW, STATE
from tunix_rt.cli.evaluation.tables import print_evaluation
from tunix_rt.cli.evaluation.working import working
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.progress import progress
from tunix_rt.cli.output.values import percent
from tunix_rt.errors import BadUserInput
from tunix_rt.trainer.contract import RUN_PREFIX

FEED = JobFeed("evaluation", EVENTS, STATE)
FOLLOW = "evaluation watch {}"
"""The command that follows an evaluation, with ``{}`` in place of its UUID."""
SUFFIX_DIGITS = 8
"""Hexadecimal digits by which default names differ."""
CANDIDATE = re.compile(r"(?:(?P<name>[^=]*)=)?(?P<kind>source|generation|run|model):(?P<value>.+)", re.DOTALL)


@click.command(name="evaluate")
@click.argument("dataset")
@click.option(
    "--candidate",
    "candidates",
    multiple=True,
    required=True,
    metavar="[NAME=]KIND:VALUE",
    help="A candidate: source:SOURCE, generation:UUID, run:NAME or model:ID; repeat the option for up to 20.",
)
@click.option("--scorer", default="answer_match", show_default=True, help="Scorer of the answers.")
@click.option("--name", help="Unique name of the evaluation.  [default: DATASET and a random suffix]")
@click.option("--samples-per-prompt", type=int, help="Maximum number of answers to one prompt that count, the newest.")
@click.option(
    "--max-new-tokens",
    type=int,
    default=512,
    show_default=True,
    help="Maximum number of tokens of an answer of a run or a model.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@shared_options
def command(dataset: str, candidates: tuple[str, ...], **given: Any) -> None:
    """Compare candidates on the prompts of DATASET, a key or a UUID, and print the result.

    On a data folder it needs no server. The exit status is 0 if the evaluation is completed.

    \b
    Example: tunix-rt evaluate maths-test-v1 --candidate before=model:tiny-random/qwen3 --candidate after=run:first
    """
    values = evaluation_input(dataset, [candidate_of(text) for text in candidates], given)
    started: list[str] = []

    async def run(client: OperationClient) -> dict[str, Any]:
        return await evaluate(client, values, started)

    with report_interrupt("evaluation", started, FOLLOW):
        found = run_operations(run)
    print_evaluation(found)
    sys.exit(0 if found["status"] == "COMPLETED" else 1)


async def evaluate(client: OperationClient, values: Mapping[str, Any], started: list[str]) -> dict[str, Any]:
    """Creates an evaluation and returns it with its result; ``started`` receives its UUID."""
    payload = await call_input(client, CREATE, values)
    for warning in payload["warnings"]:
        click.echo(f"tunix-rt: {warning}", err=True)
    found = payload["evaluation"]
    started.append(found["uuid"])
    with progress("evaluating") as show:
        async with working(client, FEED, found["id"]), aclosing(follow_job(client, FEED, found["id"])) as batches:
            async for events in batches:
                show(f"evaluating: {events[-1]['status']}, {percent(events[-1]['progress'])}")
    return await ended_job(client, SHOW, found["id"])


def evaluation_input(dataset: str, candidates: Sequence[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the ``CreateEvaluationInput`` of the options; None for what was not given."""
    return {
        "name": given["name"] or f"{dataset}-{uuid.uuid4().hex[:SUFFIX_DIGITS]}",
        "datasetId": dataset,
        "scorer": given["scorer"],
        "candidates": candidates,
        "samplesPerPrompt": given["samples_per_prompt"],
        "seed": given["seed"],
        "sampling": {"maxNewTokens": given["max_new_tokens"]},
    }


def candidate_of(text: str) -> dict[str, Any]:
    """Returns the ``EvaluationCandidateInput`` that an option names.

    Raises:
        BadUserInput: the text is malformed.
    """
    found = CANDIDATE.fullmatch(text)
    if found is None:
        raise BadUserInput(
            f"--candidate must be [NAME=]KIND:VALUE with the KIND source, generation, run or model; it is {text!r}."
        )
    kind, value = found["kind"], found["value"]
    named = {"name": found["name"] or value}
    if kind == "source":
        return named | {"where": {"source": {"eq": value}}}
    if kind == "generation":
        return named | {"generationId": value}
    return named | {"modelId": value if kind == "model" else f"{RUN_PREFIX}{value}"}
