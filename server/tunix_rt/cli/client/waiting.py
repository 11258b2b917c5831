"""Waiting for jobs: hints if no worker takes them, and what an interruption leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from tunix_rt.cli import INTERRUPTED
from tunix_rt.cli.options import command_line, command_settings, uses_server

POLL_SECONDS = 0.3
PICKUP_SECONDS = 4.0
"""Time within which a worker with a free slot takes a queued job."""
FINISHED = frozenset({"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"})


def finished(status: str) -> bool:
    """Returns whether a job with this status has ended."""
    return status in FINISHED


class WorkerHint:
    """Prints once that a job is still pending, and how to start a worker.

    Args:
        noun: the kind of job.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._due = time.monotonic() + PICKUP_SECONDS
        self._given = False

    def check(self, status: str, others: int = 0) -> None:
        """Prints the hint if the job has been pending for ``PICKUP_SECONDS``.

        Args:
            others: the number of such jobs that are running.
        """
        if self._given or status != "PENDING" or time.monotonic() < self._due:
            return
        self._given = True
        click.echo(f"tunix-rt: {self._reason(others)}", err=True)

    def _reason(self, others: int) -> str:
        if others:
            return f"The {self.noun} is queued; {self.noun}s in progress: {others}."
        starting = (
            "Start one there: tunix-rt worker." if uses_server(command_settings()) else f"Start one: {local_workers()}."
        )
        return (
            f"No worker has taken the {self.noun}, and none seems to be running. {starting} "
            f"The {self.noun} stays queued until then."
        )


def local_workers() -> str:
    """Returns the commands that start a worker on the data folder of the running command."""
    return f"{command_line('serve')}, or {command_line('worker')}"


@contextmanager
def report_interrupt(noun: str, started: Sequence[str], follow: str) -> Iterator[None]:
    """Exits with status 130 on Ctrl-C, after printing that the job continues, and how to follow or cancel it.

    Args:
        started: the job's UUID, once it is known.
        follow: the command that follows such a job, with ``{}`` in place of the UUID.
    """
    try:
        yield
    except KeyboardInterrupt:
        for job in started:
            following, cancel = command_line(*follow.format(job).split()), command_line(noun, "cancel", job)
            click.echo(f"\nThe {noun} continues. To follow it: {following}\nTo cancel it: {cancel}", err=True)
        raise SystemExit(INTERRUPTED) from None
