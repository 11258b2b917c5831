"""The common option of all commands, and the settings from options and environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tunix_rt.settings import Settings, settings_from

F = TypeVar("F", bound=Callable[..., Any])

DATA_DIR = "tunix_rt.data_dir"
"""The key of the value of ``--data-dir`` in the context."""


def data_dir_option(function: F) -> F:
    """Adds the option ``--data-dir``, which ``command_settings`` reads, to a command."""

    def keep(context: click.Context, _: click.Parameter, value: Path | None) -> None:
        context.meta[DATA_DIR] = value

    option = click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        expose_value=False,
        callback=keep,
        help="Folder of the embedded database and of all files.  [default: .tunix-rt]",
    )
    return option(function)


def command_settings(**overrides: Any) -> Settings:
    """Returns the settings of the running command, from the environment and its options.

    Raises:
        SettingsError: as ``settings_from`` does.
    """
    return settings_from(data_dir=given_data_dir(), **overrides)


def given_data_dir() -> Path | None:
    """Returns the folder of ``--data-dir``; None if it was not given."""
    context = click.get_current_context(silent=True)
    found: Path | None = context.meta.get(DATA_DIR) if context else None
    return found


def command_line(*words: str) -> str:
    """Returns a command line that works on the same data folder as the running command."""
    folder = given_data_dir()
    return " ".join(["tunix-rt", *words, *(["--data-dir", str(folder)] if folder else [])])
