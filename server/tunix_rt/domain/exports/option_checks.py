"""Validation of options: whether the format and the container support them, and the ranges of their values."""

from __future__ import annotations

import math
from dataclasses import fields

from tunix_rt.domain.exports.containers import Container, container_types, get_container_type
from tunix_rt.domain.exports.export_shapes import writes_reasoning
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.grouping import pair_recipe
from tunix_rt.domain.exports.scored_formats import scored_formats
from tunix_rt.domain.preferences.pairs import SCORER_MAX_CHARS, require_pair_recipe
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, TEMPLATE_NAMES, checked_template
from tunix_rt.domain.text import require_text
from tunix_rt.errors import BadUserInput

INSTRUCTION_MAX_CHARS = 20_000

NAMES = {
    "system_instruction": "systemInstruction",
    "template": "template",
    "round_trip": "roundTrip",
    "include_scores": "includeScores",
    "scorer": "scorer",
    "threshold": "threshold",
    "pair_rule": "pairRule",
    "margin": "margin",
    "pairs_per_group": "pairsPerGroup",
    "conversational": "conversational",
}
"""The options that not every format has, with their names in the schema."""


def check_options(format_: ExportFormat, container: Container, options: FormatOptions) -> FormatOptions:
    """Returns the options if the format and the container support them, and their values are in range.

    Raises:
        BadUserInput: they do not, or a value is out of range; the path names the option.
    """
    require_applicable(format_, options)
    if options.system_instruction is not None:
        require_text(options.system_instruction, 1, INSTRUCTION_MAX_CHARS, ["systemInstruction"])
    if options.template != DEFAULT_TEMPLATE:
        checked_template(options.template, [template_input(options.template)])
    if format_ in scored_formats():
        require_scoring(format_, options)
    if options.include_scores and options.round_trip:
        raise BadUserInput("includeScores and roundTrip exclude each other.", ["includeScores"])
    require_container(container, options)
    return options


def require_applicable(format_: ExportFormat, options: FormatOptions) -> None:
    """Checks that the format has every option that differs from its default.

    Raises:
        BadUserInput: it has not.
    """
    plain = FormatOptions()
    for option in fields(options):
        name = NAMES.get(option.name)
        if name is None or getattr(options, option.name) == getattr(plain, option.name):
            continue
        if not has_option(format_, option.name):
            name = template_input(options.template) if name == "template" else name
            known = ", ".join(found.name for found in ExportFormat if has_option(found, option.name))
            raise BadUserInput(f"{name} is not supported by the format {format_.name}, only by {known}.", [name])


def has_option(format_: ExportFormat, option: str) -> bool:
    """Returns whether a format has an option of ``NAMES``."""
    scored = scored_formats().get(format_)
    if option == "system_instruction":
        return format_ is not ExportFormat.TRACE
    if option == "template":
        return writes_reasoning(format_)
    if option in {"round_trip", "include_scores"}:
        return scored is None
    return scored is not None and option in scored.takes


def template_input(template: str) -> str:
    """Returns the input of the schema that gives a template."""
    return "template" if template in TEMPLATE_NAMES else "customTemplate"


def require_scoring(format_: ExportFormat, options: FormatOptions) -> None:
    """Checks the options of labels and pairs.

    Raises:
        BadUserInput: the scorer is missing, or a value is out of range.
    """
    if "scorer" not in scored_formats()[format_].takes:
        return
    if options.scorer is None:
        raise BadUserInput(f"scorer is required by the format {format_.name}.", ["scorer"])
    require_text(options.scorer, 1, SCORER_MAX_CHARS, ["scorer"])
    if not math.isfinite(options.threshold):
        raise BadUserInput(f"threshold must be a finite number; it is {options.threshold}.", ["threshold"])
    require_pair_recipe(pair_recipe(options))


def require_container(container: Container, options: FormatOptions) -> None:
    """Checks the options that depend on the container.

    Raises:
        BadUserInput: a round trip is requested in a container that no import reads, or escaped formulas in one without
            cells.
    """
    if options.round_trip and not get_container_type(container).reads_back:
        known = " or ".join(found.container.name for found in container_types().values() if found.reads_back)
        raise BadUserInput(f"roundTrip is supported only by the containers {known}.", ["roundTrip"])
    if options.escape_formulas and get_container_type(container).open_escaped is None:
        raise BadUserInput("escapeFormulas is supported only by the container CSV.", ["escapeFormulas"])
