"""Ctrl-C while waiting for a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from tunix_rt.cli.options import command_line

INTERRUPTED = 130
"""The exit status of a program ended by SIGINT, as shells report it."""


@contextmanager
def report_interrupt(runs: Sequence[str]) -> Iterator[None]:
    """Exits with status 130 on Ctrl-C, after printing that the run continues, and how to follow or cancel it.

    Args:
        runs: the run, once it is known.
    """
    try:
        yield
    except KeyboardInterrupt:
        for run in runs:
            follow, cancel = command_line("run", "logs", run, "--follow"), command_line("run", "cancel", run)
            click.echo(f"\nThe run continues. To follow it: {follow}\nTo cancel it: {cancel}", err=True)
        raise SystemExit(INTERRUPTED) from None
