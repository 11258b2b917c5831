"""The options that commands have in common, and the settings from options and environment."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from tunix_rt.setting_values import comma_separated
from tunix_rt.settings import Settings, settings_from

F = TypeVar("F", bound=Callable[..., Any])

DATA_DIR = "tunix_rt.data_dir"
SERVER = "tunix_rt.server"
JSON = "tunix_rt.json"
"""The keys of the options' values in the context."""


def kept_option(key: str, name: str, **attributes: Any) -> Callable[[F], F]:
    """Returns a decorator that adds an option whose value is kept in the context under a key."""

    def keep(context: click.Context, _: click.Parameter, value: Any) -> None:
        context.meta[key] = value

    return click.option(name, expose_value=False, callback=keep, **attributes)


def data_dir_option(function: F) -> F:
    """Adds the option ``--data-dir``, which ``command_settings`` reads, to a command."""
    return kept_option(
        DATA_DIR,
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False, readable=False),  # commands name what may not be read
        help="Folder of the embedded database and of all files.  [default: .tunix-rt]",
    )(function)


def place_options(function: F) -> F:
    """Adds the options ``--data-dir`` and ``--server`` to a command."""
    option = kept_option(SERVER, "--server", metavar="URL", help="Server to use, instead of a data folder.")
    return data_dir_option(option(function))


def json_option(function: F) -> F:
    """Adds the option ``--json``, which ``wants_json`` reads, to a command."""
    return kept_option(JSON, "--json", is_flag=True, help="Print JSON, as the API spells it.")(function)


def shared_options(function: F) -> F:
    """Adds the options of all commands that execute GraphQL operations: the database or server, and ``--json``."""
    return place_options(json_option(function))


def labels_option(function: F) -> F:
    """Adds the option ``--labels``, which ``labels_of`` reads, to a command that starts a job."""
    return click.option("--labels", default="", help="Comma-separated labels of the worker to use.")(function)


def labels_of(options: Mapping[str, Any]) -> list[str] | None:
    """Returns the labels of a command's options; None for none."""
    return list(comma_separated(options["labels"])) or None


def command_settings(**overrides: Any) -> Settings:
    """Returns the settings of the running command, from the environment and its options.

    Raises:
        SettingsError: as ``settings_from`` does.
        click.UsageError: both ``--data-dir`` and ``--server`` are given.
    """
    folder, server = given_data_dir(), given_option(SERVER)
    if folder is not None and server is not None:
        raise click.UsageError("--data-dir and --server exclude each other.")
    return settings_from(data_dir=folder, server="" if folder is not None else server, **overrides)


def uses_server(settings: Settings) -> bool:
    """Returns whether the running command works on a server: by ``--server``, or by the setting ``server``."""
    return bool(settings.server)


def wants_json() -> bool:
    """Returns whether the running command has the option ``--json``."""
    return bool(given_option(JSON))


def given_data_dir() -> Path | None:
    """Returns the folder of ``--data-dir``; None if it was not given."""
    found: Path | None = given_option(DATA_DIR)
    return found


def given_option(key: str) -> Any:
    """Returns the value of an option that is kept in the context; None if it was not given."""
    context = click.get_current_context(silent=True)
    return context.meta.get(key) if context else None


def command_line(*words: str) -> str:
    """Returns a command line, for a shell, that works on the same data folder or server as the running command."""
    folder, server = given_data_dir(), given_option(SERVER)
    place = ["--data-dir", shlex.quote(str(folder))] if folder else ["--server", shlex.quote(server)] if server else []
    return " ".join(["tunix-rt", *words, *place])
