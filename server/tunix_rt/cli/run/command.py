"""``tunix-rt run``: training runs from the command line, in the same ledger as the API's."""

from __future__ import annotations

import click

from tunix_rt.cli.run.control import cancel, delete, retry
from tunix_rt.cli.run.logs import logs
from tunix_rt.cli.run.replay import replay
from tunix_rt.cli.run.show import list_, show
from tunix_rt.cli.run.start import start


@click.group(name="run")
def command() -> None:
    """Start, inspect and cancel training runs."""


for found in (start, list_, show, logs, cancel, retry, replay, delete):
    command.add_command(found)
