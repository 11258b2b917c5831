"""``tunix-rt run start``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_type_hints

import click

from tunix_rt.cli.client.local import AssumedInstallation
from tunix_rt.cli.database import existing_database
from tunix_rt.cli.options import command_settings, data_dir_option
from tunix_rt.cli.run.interrupting import report_interrupt
from tunix_rt.cli.run.option_names import option_names
from tunix_rt.cli.run.waiting import follow_run
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.lookup import resolve_dataset_id
from tunix_rt.domain.preferences.pairs import PairRecipe, PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import BOUNDS, Method, Schedule

PREFERENCE = ("scorer", "rule", "margin", "pairs_per_group")
"""The parts of a recipe of preference pairs, as the options ``--preference-…`` name them."""

F = TypeVar("F", bound=Callable[..., Any])

PARTS: tuple[tuple[str, type[Any]], ...] = (("", Training), ("lora_", Lora), ("mesh_", Mesh))
"""The parts of a run's parameters whose fields are options, with the prefix of the options' names."""

MODES = {"dry-run": RunMode.DRY_RUN, "train": RunMode.TRAIN}


def parameter_options(function: F) -> F:
    """Adds an option for each hyperparameter to a command; those not given are left to the trainer."""
    for prefix, part in reversed(PARTS):
        hints = get_type_hints(part)
        for spec in reversed(fields(part)):
            name = f"{prefix}{spec.name}".replace("_", "-")
            option = click.option(f"--{name}", type=type_of(hints[spec.name]), help=help_of(spec.name, spec.default))
            function = option(function)
    return function


def type_of(hint: Any) -> Any:
    """Returns the type of an option from the type of its field."""
    (kind,) = [found for found in get_args(hint) or (hint,) if found is not type(None)]
    return click.Choice([word.value.lower() for word in Schedule]) if kind is Schedule else kind


def help_of(name: str, default: Any) -> str:
    """Returns an option's help: its bounds and default."""
    bounds = f"{str(BOUNDS[name])[:1].upper()}{str(BOUNDS[name])[1:]}." if name in BOUNDS else ""
    return f"{bounds}  [default: {default}]" if default is not None else bounds


@click.command(name="start")
@click.argument("dataset")
@click.option(
    "--model",
    "model_id",
    required=True,
    help="Base model: tiny-random/qwen3, a local model folder, or a Hugging Face id.",
)
@click.option(
    "--mode", type=click.Choice(list(MODES)), default="dry-run", show_default=True, help="Only check the run, or train."
)
@click.option(
    "--method",
    type=click.Choice([method.value.lower() for method in Method]),
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
    type=click.Choice([rule.value.replace("_", "-") for rule in PairRule]),
    help="Which answers are paired.  [default: best-worst]",
)
@click.option("--preference-margin", type=float, help="Minimum difference between the scores of a pair.  [default: 0]")
@click.option("--preference-pairs-per-group", type=int, help="Maximum number of pairs of a group.  [default: 1]")
@click.option("--eval-dataset", help="Key or UUID of the evaluation dataset.")
@click.option("--output-name", help="Name of the run's output folder.")
@click.option("--timeout-seconds", type=int, help="Time limit of one attempt.")
@click.option("--wait", is_flag=True, help="Print the log until the run ends; exit status 1 unless it completed.")
@data_dir_option
@parameter_options
def start(dataset: str, **options: Any) -> None:
    """Start a run on DATASET, a key or a UUID, and print the run's UUID.

    A server or `tunix-rt worker` has to do what is started without --wait, and all that trains. Whether it can train is
    for that one to say: this command does not look at what is installed here.
    """
    started: list[str] = []
    with report_interrupt(started), option_names():
        sys.exit(asyncio.run(start_run(command_settings(), dataset, options, started)))


async def start_run(settings: Settings, dataset: str, options: dict[str, Any], started: list[str]) -> int:
    """Starts a run and returns the command's exit status; ``started`` receives the run's id if it is followed."""
    from tunix_rt.jobs.dry_runs.kind import DryRuns
    from tunix_rt.jobs.runs.runner import LocalRunner

    async with existing_database(settings) as database:
        dry_runs = DryRuns(database, settings)
        runner = LocalRunner(database, settings, dry_runs, AssumedInstallation(), lambda: None)
        config = await config_from(database, dataset, options)
        if options["wait"] and config.mode is RunMode.DRY_RUN:
            ended = await runner.finish(config)
            return report_end(ended.row, ended.warnings, shown=False)
        row = await runner.start(config)
        click.echo(str(row["id"]))
        if not options["wait"]:
            return 0
        started.append(str(row["id"]))
        await follow_run(database, row["id"])
        ended = await runner.wait(row["id"])
        return report_end(ended.row, ended.warnings, shown=True)


def report_end(row: Any, warnings: tuple[str, ...], *, shown: bool) -> int:
    """Prints the result of a run, and returns the command's exit status.

    Args:
        shown: whether the run's output was shown already.
    """
    if not shown:
        click.echo(row["stdout"], nl=False)
        click.echo(row["stderr"], err=True, nl=not row["stderr"].endswith("\n") and bool(row["stderr"]))
    for warning in warnings:
        click.echo(f"tunix-rt: {warning}", err=True)
    click.echo(f"{row['status']}: {row['message']}", err=True)
    return 0 if row["status"] == JobStatus.COMPLETED.value else 1


async def config_from(database: Database, dataset: str, options: dict[str, Any]) -> RunConfig:
    """Returns the run's configuration from the options.

    Raises:
        NotFound: a dataset does not exist.
    """
    given = {name: value for name, value in options.items() if value is not None}
    parts = {prefix: part_from(given, prefix, part) for prefix, part in PARTS}
    async with database.read() as session:
        trained = await resolve_dataset_id(session, dataset)
        evaluated = await resolve_dataset_id(session, given["eval_dataset"]) if "eval_dataset" in given else None
    return RunConfig(
        dataset_id=trained,
        eval_dataset_id=evaluated,
        model_id=given["model_id"],
        mode=MODES[given["mode"]],
        method=Method(given["method"].upper()),
        training=parts[""] or Training(),
        lora=parts["lora_"],
        mesh=parts["mesh_"],
        output_name=given.get("output_name"),
        timeout_seconds=given.get("timeout_seconds"),
        template=given["template"],
        preference=preference_from(given),
    )


def preference_from(given: dict[str, Any]) -> PairRecipe | None:
    """Returns the recipe of pairs; None if none of its options is given."""
    values = {name: given[f"preference_{name}"] for name in PREFERENCE if f"preference_{name}" in given}
    if not values:
        return None
    rule = PairRule(values.get("rule", PairRule.BEST_WORST.value).replace("-", "_"))
    return PairRecipe(values.get("scorer", ""), rule, values.get("margin", 0.0), values.get("pairs_per_group", 1))


def part_from(given: dict[str, Any], prefix: str, part: type[Any]) -> Any:
    """Returns a part of the configuration; None if none of its options is given."""
    names = {spec.name: f"{prefix}{spec.name}" for spec in fields(part)}
    values = {name: given[option] for name, option in names.items() if option in given}
    if "schedule" in values:
        values["schedule"] = Schedule(values["schedule"].upper())
    return part(**values) if values else None
