"""Questions before something is deleted, on standard error, since standard output may be piped."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def confirmation_option(question: str) -> Callable[[F], F]:
    """Returns a decorator that adds the option ``--yes``, without which a command asks before it starts.

    Args:
        question: has the names of the command's arguments in braces.
    """

    def ask(context: click.Context, _: click.Parameter, confirmed: bool) -> None:
        if not confirmed and not context.resilient_parsing:
            confirm(f"{question.format(**context.params)} Continue?")

    description = "Confirm the action without prompting."
    return click.option("--yes", is_flag=True, expose_value=False, callback=ask, help=description)


def confirm(question: str) -> None:
    """Asks a question.

    Raises:
        click.Abort: it was not answered with yes.
    """
    try:
        is_confirmed = click.confirm(question, err=True)
    except click.Abort:
        click.echo(err=True)
        raise
    if not sys.stdin.isatty():
        click.echo(err=True)  # nobody has typed the end of the line
    if not is_confirmed:
        raise click.Abort
