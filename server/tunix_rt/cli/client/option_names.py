"""Errors with the names of options: ``--warmup-steps`` instead of ``warmupSteps``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tunix_rt.domain.text import path_text
from tunix_rt.errors import TunixRtError, errors_of

OPTIONS = {
    "model-id": ("--model", "model"),
    "dataset-id": ("dataset", "--dataset"),
    "eval-dataset-id": ("--eval-dataset",),
    "custom-template": ("--template",),
    "scorers": ("--scorer",),
    "ids": ("runs", "traces", "scores"),
    "order-by": ("--order",),
    "preference-scorer": ("--preference-scorer",),
    "preference": ("--preference-scorer",),
    "grpo": ("--reward",),
    "grpo-rewards": ("--reward",),
    "grpo-rewards-scorer": ("--reward",),
    "grpo-rewards-weight": ("--reward",),
    "lora": ("--lora-rank",),
    "mesh": ("--mesh-fsdp",),
    "search": ("--search", "words"),
}
"""Options and arguments whose names differ from those of the API's fields, by the field's name with hyphens."""

GROUPS = {"lora", "mesh", "preference"}
"""Inputs whose fields are options with a common prefix."""

PARTS = {"candidates", "parts"}
"""Lists whose items are the values of one option."""

QUOTED = re.compile(r"((?<!\w)'(?:[^'\\]|\\.)*')")
"""Values in messages, which are not rewritten."""
UNKNOWN = "There is no "
"""The beginning of messages about objects that do not exist: words in them are no names of fields."""
WORD = re.compile(r"[a-z]+(?:[A-Z][a-z]*)*")
VARIABLE = re.compile(r"Variable '\$\w+' has invalid value(?: at [\w.\[\]]+)?: ")
"""The beginning of messages about a variable, which a command's user has not written."""
FILTER = "--where"
FILTERS = (FILTER, "--source", "--search")
"""The options that make up a filter of traces."""
VALUES = (FILTER, "--order")
"""Options whose values are values of the API, with its names."""
COMMANDS = {
    "`finishRun`": "`tunix-rt run finish`",
    "use scoreTraces": "use `tunix-rt score run`",
    "with retryDataset": "with `tunix-rt dataset retry`",
}
"""Mutations in messages, and the commands that do the same."""


@contextmanager
def option_names() -> Iterator[None]:
    """Rewrites the messages of errors about the input of the running command."""
    try:
        yield
    except TunixRtError as error:
        for single in errors_of(error):
            single.message = with_commands(with_option_names(single, command_options()))
        raise


def command_options() -> set[str]:
    """Returns the options of the running command."""
    context = click.get_current_context(silent=True)
    parameters = context.command.params if context else []
    return {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)}


def with_option_names(error: TunixRtError, options: set[str]) -> str:
    """Returns an error's message with the fields of the API replaced by the options of the command."""
    parts = [str(part) for part in error.path if part != "input" and not str(part).isdigit()]
    if not parts or error.message.startswith(UNKNOWN):
        return error.message
    if found := VARIABLE.match(error.message):
        return f"{place_of(error, parts, options)}: {error.message[found.end() :]}"
    if is_given_search(error):
        parts = parts[-1:]
    if in_value := option_of(hyphenate(parts[0]), options) in VALUES:
        parts = parts[:1]

    own = own_option(parts, options) or parts[-1]
    shown = iter([given_filters() if own == FILTER else own])

    def replaced(match: re.Match[str]) -> str:
        word = match[0]
        if word == parts[-1]:
            return next(shown, word)  # later ones may be common words: the name of an image
        is_option = word != word.lower() and not in_value
        return (option_of(hyphenate(word), options) or word) if is_option else word

    texts = QUOTED.split(error.message)
    texts[::2] = [WORD.sub(replaced, text) for text in texts[::2]]
    return "".join(texts)


def with_commands(message: str) -> str:
    """Returns a message with the mutations that it names replaced by commands."""
    for mutation, command in COMMANDS.items():
        message = message.replace(mutation, command)
    return message


def place_of(error: TunixRtError, parts: list[str], options: set[str]) -> str:
    """Returns where in the command line a value is: its option, and the path in it if that is a filter."""
    option = option_of(hyphenate(parts[0]), options)
    if option in VALUES:
        inside = path_text([int(part) if str(part).isdigit() else part for part in error.path[1:]])
        return f"{option} at {inside}" if option == FILTER and error.path[1:] else option
    return own_option(parts, options) or parts[-1]


def given_filters() -> str:
    """Returns the options that make up the filter of the running command, as they were given."""
    context = click.get_current_context(silent=True)
    values = context.params if context else {}
    return " and ".join(option for option in FILTERS if values.get(option.removeprefix("--")) is not None) or FILTER


def is_given_search(error: TunixRtError) -> bool:
    """Returns whether an error is about the value of ``--search``, which is the last part of the command's filter."""
    context = click.get_current_context(silent=True)
    values = context.params if context else {}
    count = sum(values.get(option.removeprefix("--")) is not None for option in FILTERS)
    place = ["where", "search"] if count == 1 else ["where", "and", str(count - 1), "search"]
    return values.get("search") is not None and [str(part) for part in error.path if part != "input"] == place


def own_option(parts: list[str], options: set[str]) -> str | None:
    """Returns the option for a field of the API; a candidate's ``name`` has none, though the command has ``--name``."""
    found = option_of("-".join(map(hyphenate, parts)), options)
    return found or (None if parts[0] in PARTS else option_of(hyphenate(parts[-1]), options))


def hyphenate(field: str) -> str:
    """Returns a field's name with hyphens: ``learning-rate`` for ``learningRate``."""
    return re.sub(r"[A-Z]", lambda found: f"-{found[0].lower()}", field)


def option_of(name: str, options: set[str]) -> str | None:
    """Returns the command's option or argument for a field's name with hyphens; None if it has none."""
    for wanted in OPTIONS.get(name, (f"--{name}",)):
        if wanted in options:
            shown = f"{wanted.rpartition('-')[0]}-*" if name in GROUPS else wanted
            return shown if shown.startswith("--") else shown.upper()
    return None
