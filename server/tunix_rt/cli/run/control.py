"""``tunix-rt run cancel``, ``retry`` and ``delete``."""

from __future__ import annotations

import click

from tunix_rt.cli.client.changing import cancel_job, delete_job, retry_job
from tunix_rt.cli.options import shared_options
from tunix_rt.cli.output.questions import confirmation_option
from tunix_rt.cli.run.documents import CANCEL, DELETE, RETRY


@click.command(name="cancel")
@click.argument("run")
@shared_options
def cancel(run: str) -> None:
    """Cancel RUN, a UUID or an output name: at once if it is pending, after a checkpoint if it is training.

    \b
    Example: tunix-rt run cancel first
    """
    cancel_job(CANCEL, "run", run)


@click.command(name="retry")
@click.argument("run")
@shared_options
def retry(run: str) -> None:
    """Retry RUN, a UUID or an output name, from its last checkpoint.

    \b
    Example: tunix-rt run retry first
    """
    retry_job(RETRY, "run", run)


@click.command(name="delete")
@click.argument("run")
@confirmation_option("The run {run}, its checkpoints and its weights will be deleted.")
@shared_options
def delete(run: str) -> None:
    """Delete RUN, a UUID or an output name, with its folder. This is refused while it runs.

    \b
    Example: tunix-rt run delete first --yes
    """
    delete_job(DELETE, run)
