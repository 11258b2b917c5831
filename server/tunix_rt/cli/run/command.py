"""``tunix-rt run``: training runs from the command line."""

from __future__ import annotations

import click

from tunix_rt.cli.job_set.command import jobset
from tunix_rt.cli.run.compare import compare
from tunix_rt.cli.run.control import cancel, delete, retry
from tunix_rt.cli.run.external import finish, register, report
from tunix_rt.cli.run.logs import logs
from tunix_rt.cli.run.metrics import metrics
from tunix_rt.cli.run.replay import replay
from tunix_rt.cli.run.show import list_, show
from tunix_rt.cli.run.start import start
from tunix_rt.cli.run.watch import watch


@click.group(name="run")
def command() -> None:
    """Start, list, show, watch, compare, cancel, retry, replay and delete training runs,
    print the manifests by which Kubernetes trains them, and report those that are trained elsewhere.

    \b
    Example: tunix-rt run list
    """


EXTERNAL = (register, report, finish)

for found in (start, list_, show, watch, logs, metrics, compare, cancel, retry, replay, delete, jobset, *EXTERNAL):
    command.add_command(found)
