"""The options of ``tunix-rt run start`` for training parameters, and the input that they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_type_hints

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.templates import template_of
from tunix_rt.cli.options import labels_of
from tunix_rt.domain.jobs.resources import BOUNDS_OF_RESOURCES, Resources
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.trainer.contract import BOUNDS, GRPO_BOUNDS, Schedule

F = TypeVar("F", bound=Callable[..., Any])

PARTS: tuple[tuple[str, str, type[Any]], ...] = (
    ("", "", Training),
    ("lora_", "lora", Lora),
    ("grpo_", "grpo", Grpo),
    ("mesh_", "mesh", Mesh),
    ("", "resources", Resources),
)
"""The parts of a run's parameters whose fields are options, with the prefix of the options' names and the field of the
input."""

PREFERENCE = ("scorer", "rule", "margin", "pairs_per_group")
"""The parts of a recipe of preference pairs, as the options ``--preference-…`` name them."""


def parameter_options(function: F) -> F:
    """Adds an option for each hyperparameter to a command; those not given are left to the trainer."""
    for prefix, _, part in reversed(PARTS):
        hints = get_type_hints(part)
        for spec in reversed(fields(part)):
            if spec.name == "rewards":  # has a separate option
                continue
            name = f"{prefix}{spec.name}".replace("_", "-")
            option = click.option(f"--{name}", type=type_of(hints[spec.name]), help=help_of(spec.name, spec.default))
            function = option(function)
    return function


def type_of(hint: Any) -> Any:
    """Returns the type of an option from the type of its field."""
    (kind,) = [found for found in get_args(hint) or (hint,) if found is not type(None)]
    return WordChoice([word.value.lower() for word in Schedule]) if kind is Schedule else kind


def help_of(name: str, default: Any) -> str:
    """Returns an option's help: its bounds and default."""
    if name in BOUNDS_OF_RESOURCES:
        low, high = BOUNDS_OF_RESOURCES[name]
        return f"Between {low:g} and {high:,g}, for --engine ray or slurm."
    allowed = str((BOUNDS | GRPO_BOUNDS).get(name, ""))
    bounds = f"{allowed[:1].upper()}{allowed[1:]}." if allowed else ""
    return f"{bounds}  [default: {default}]" if default is not None else bounds


def run_input(dataset: str, options: dict[str, Any]) -> dict[str, Any]:
    """Returns the ``StartRunInput`` of a command's options; None for what was not given."""
    values: dict[str, Any] = {
        "datasetId": dataset,
        "evalDatasetId": options["eval_dataset"],
        "modelId": options["model_id"],
        "mode": options["mode"].upper().replace("-", "_"),
        "method": options["method"].upper(),
        "engine": options["engine"].upper(),
        "outputName": options["output_name"],
        "labels": labels_of(options),
        "timeoutSeconds": options["timeout_seconds"],
        "preference": preference_of(options),
        **template_of(options["template"]),
    }
    options = options | {"grpo_rewards": list(map(reward_of, options["rewards"])) or None}
    for prefix, field, part in PARTS:
        found = part_of(options, prefix, part)
        if part is Grpo and found:
            found.setdefault("rewards", [])
        values |= {field: found or None} if field else found
    return values


def part_of(options: dict[str, Any], prefix: str, part: type[Any]) -> dict[str, Any]:
    """Returns the given fields of a part of the parameters."""
    values = {spec.name: options[f"{prefix}{spec.name}"] for spec in fields(part)}
    given = {camel_case(name): value for name, value in values.items() if value is not None}
    return given | ({"schedule": given["schedule"].upper()} if "schedule" in given else {})


def reward_of(text: str) -> dict[str, Any]:
    """Returns the reward of an option: a scorer, or a scorer and its weight.

    Raises:
        click.BadParameter: the weight is not a number.
    """
    scorer, mark, weight = text.rpartition("=")
    if not mark:
        return {"scorer": text}
    try:
        return {"scorer": scorer, "weight": float(weight)}
    except ValueError:
        raise click.BadParameter(f"{weight!r} is not a number", param_hint="--reward") from None


def preference_of(options: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the recipe of pairs; None if none of its options is given."""
    values = {camel_case(name): options[f"preference_{name}"] for name in PREFERENCE}
    given = {name: value for name, value in values.items() if value is not None}
    if not given:
        return None
    rule = {"rule": given["rule"].upper().replace("-", "_")} if "rule" in given else {}
    return {"scorer": "", **given, **rule}


def camel_case(name: str) -> str:
    """Returns a parameter's name as the API spells it: ``learningRate`` for ``learning_rate``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
