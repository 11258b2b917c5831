"""The options of an export: format, container and what the records have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from tunix_rt.cli.choices import WordChoice
from tunix_rt.cli.client.templates import template_of
from tunix_rt.domain.exports.containers import Container, container_types
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.preferences.pairs import PairRule
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE
from tunix_rt.suggestions import did_you_mean

F = TypeVar("F", bound=Callable[..., Any])

STANDARD_OUTPUT = Path("-")
OPTIONS = (
    click.option(
        "--format",
        "format_",
        type=WordChoice([format_.value for format_ in ExportFormat]),
        default=ExportFormat.TRACE.value,
        show_default=True,
        help="Record format.",
    ),
    click.option(
        "--container",
        type=WordChoice([container.value for container in Container]),
        help="File format.  [default: by the file name's extension, else jsonl]",
    ),
    click.option("--system-instruction", help="System instruction before each prompt."),
    click.option("--keep-control-tokens", is_flag=True, help="Do not escape Gemma's control tokens in traces."),
    click.option(
        "--round-trip",
        is_flag=True,
        help="Store fields that the format lacks in the metadata, for exact re-import; jsonl and jsonl_gz only.",
    ),
    click.option(
        "--escape-formulas", is_flag=True, help="Prefix cells that start like a formula with an apostrophe; csv only."
    ),
    click.option(
        "--template",
        default=DEFAULT_TEMPLATE,
        show_default=True,
        help="Reasoning template: numbered, plain, think, boxed, answer, or a text with {steps}, {numbered_steps} or "
        "{paragraphs}, and {answer}.",
    ),
    click.option("--include-scores", is_flag=True, help="Add the latest scores to the metadata."),
    click.option("--scorer", help="Scorer whose latest scores determine labels and pairs."),
    click.option(
        "--threshold",
        type=float,
        default=0.5,
        show_default=True,
        help="Minimum score of a trace or step whose label is true.",
    ),
    click.option(
        "--pair-rule",
        type=WordChoice([rule.value for rule in PairRule]),
        default=PairRule.BEST_WORST.value,
        show_default=True,
        help="Rule by which the answers of a group are paired.",
    ),
    click.option(
        "--margin", type=float, default=0.0, show_default=True, help="Minimum difference between the scores of a pair."
    ),
    click.option(
        "--pairs-per-group", type=int, default=1, show_default=True, help="Maximum number of pairs of a group."
    ),
    click.option("--conversational", is_flag=True, help="Write prompts and completions as messages."),
)


def format_options(function: F) -> F:
    """Adds the options of an export to a command."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def container_of(output: Path) -> Container:
    """Returns the container of a file's suffix; JSONL, with a note, if the suffix names none.

    Raises:
        click.UsageError: the suffix is similar to one of a container, and probably misspelt.
    """
    suffixes = {container_type.suffix: kind for kind, container_type in container_types().items()}
    ends = [suffix for suffix in suffixes if output.name.lower().endswith(suffix)]
    if ends:
        return suffixes[max(ends, key=len)]
    suffix = "".join(output.suffixes[-2:]) if output.suffix == ".gz" else output.suffix
    if similar := did_you_mean(suffix, suffixes):
        raise click.UsageError(f"No container has the suffix {suffix!r}.{similar} Otherwise give --container.")
    if suffix:
        click.echo(f"tunix-rt: {output.name} is written as jsonl; --container names another container.", err=True)
    return Container.JSONL


def export_input(dataset: str, output: Path | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the ``StartExportInput`` of the options; None for what was not given.

    Args:
        output: the file whose suffix names the container if no option does.
    """
    named = {spec.name: options[spec.name] for spec in fields(FormatOptions) if spec.name != "template"}
    kind = options["container"] or container_of(output or STANDARD_OUTPUT).value
    return {
        "datasetId": dataset,
        "format": options["format_"].upper(),
        "container": kind.upper(),
        **{camel_case(name): value for name, value in named.items()},
        "pairRule": named["pair_rule"].upper(),
        **template_of(options["template"]),
    }


def camel_case(name: str) -> str:
    """Returns an option's name as the API spells it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
