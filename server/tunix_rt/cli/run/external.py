"""``tunix-rt run register``, ``report`` and ``finish``: runs that are trained elsewhere."""

from __future__ import annotations

import json
import math
from typing import Any

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.base import OperationClient, call_input
from tunix_rt.cli.client.changing import print_change
from tunix_rt.cli.client.running import run_operations
from tunix_rt.cli.options import shared_options, wants_json
from tunix_rt.cli.output.tables import print_json
from tunix_rt.cli.run.documents import APPEND, FINISH, LAST_BATCH, REGISTER
from tunix_rt.cli.run.show import run_of
from tunix_rt.trainer.contract import Method, ValueKind

FINAL = ("completed", "failed", "cancelled")


@click.command(name="register")
@click.argument("name")
@click.option("--model", "model_id", required=True, help="Base model, as the program names it.")
@click.option(
    "--method",
    type=WordChoice([method.value.lower() for method in Method]),
    default="sft",
    show_default=True,
    help="Training method, or the one that is nearest to the program's.",
)
@click.option("--dataset", help="Key or UUID of the training dataset, if it is stored.")
@click.option("--parameters", help="Parameters of the program: a JSON object.")
@click.option("--total-steps", type=int, help="Number of steps of the whole run.")
@shared_options
def register(name: str, **options: Any) -> None:
    """Register a run that a program of yours trains as NAME, and print its UUID.

    \b
    Example: tunix-rt run register my-sft --model google/gemma-3-270m --total-steps 300
    """
    values = {
        "outputName": name,
        "modelId": options["model_id"],
        "method": options["method"].upper(),
        "datasetId": options["dataset"],
        "parameters": parameters_of(options["parameters"]),
        "totalSteps": options["total_steps"],
    }

    async def do(client: OperationClient) -> Any:
        return (await call_input(client, REGISTER, values))["run"]

    run = run_operations(do)
    if wants_json():
        print_json(run)
    else:
        click.echo(run["uuid"])


def parameters_of(text: str | None) -> Any:
    """Returns the value of ``--parameters``.

    Raises:
        click.BadParameter: it is not JSON.
    """
    try:
        return None if text is None else json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not valid JSON: {error}", param_hint="--parameters") from None


@click.command(name="report")
@click.argument("run")
@click.option("--step", type=int, help="Number of steps done; required with --metric.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME=VALUE", help="Value of a metric; may be repeated.")
@click.option("--line", "lines", multiple=True, help="Line of the log; may be repeated.")
@click.option("--total-steps", type=int, help="Number of steps of the whole run.")
@shared_options
def report(
    run: str, step: int | None, metrics: tuple[str, ...], lines: tuple[str, ...], total_steps: int | None
) -> None:
    """Append metrics and lines of the log to RUN, a registered run, by its UUID or name.

    Without options it only shows the server that the program still runs.

    \b
    Example: tunix-rt run report my-sft --step 10 --metric train/loss=2.5 --line "10 of 300"
    """
    values: dict[str, Any] = {
        "metrics": [metric_of(text, step) for text in metrics],
        "lines": [{"text": line} for line in lines],
        "step": step,
        "totalSteps": total_steps,
    }

    async def do(client: OperationClient) -> Any:
        found = await run_of(client, run, LAST_BATCH)
        batch = (found["lastBatch"] or 0) + 1
        return (await call_input(client, APPEND, values | {"id": found["id"], "batch": batch}))["run"]

    stored = run_operations(do)
    print_change(stored, f"{stored['uuid']} has batch {stored['lastBatch']}.")


def metric_of(text: str, step: int | None) -> dict[str, Any]:
    """Returns the value of a ``--metric`` as an input.

    Raises:
        click.BadParameter: it is not a number, or there is no step.
    """
    name, _, number = text.rpartition("=")
    if step is None:
        raise click.BadParameter("it needs --step", param_hint="--metric")
    try:
        value = float(number)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE with a number", param_hint="--metric") from None
    if math.isfinite(value):
        return {"name": name, "step": step, "value": value}
    infinite = ValueKind.POSITIVE_INFINITY if value > 0 else ValueKind.NEGATIVE_INFINITY
    return {"name": name, "step": step, "kind": (ValueKind.NAN if math.isnan(value) else infinite).value}


@click.command(name="finish")
@click.argument("run")
@click.option(
    "--status",
    type=WordChoice(FINAL),
    default="completed",
    show_default=True,
    help="Final status of the run.",
)
@click.option("--error", help="Why the run failed; required with --status failed.")
@shared_options
def finish(run: str, status: str, error: str | None) -> None:
    """Record that RUN, a registered run, has finished.

    \b
    Example: tunix-rt run finish my-sft
    """
    values = {"id": run, "status": status.upper(), "error": error}

    async def do(client: OperationClient) -> Any:
        return (await call_input(client, FINISH, values))["run"]

    ended = run_operations(do)
    print_change(ended, f"{ended['uuid']} is {ended['status']}.")
