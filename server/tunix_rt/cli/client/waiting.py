"""Waiting for jobs: hints if no worker takes them, and what an interruption leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click

from tunix_rt.cli import INTERRUPTED
from tunix_rt.cli.options import command_line, command_settings, uses_server

POLL_SECONDS = 0.3
ABSENCE_SECONDS = 1.0
"""Time within which a worker that is starting has registered."""
PICKUP_SECONDS = 4.0
"""Time within which a worker with a free slot takes a queued job."""
FINISHED = frozenset({"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"})


def is_finished(status: str) -> bool:
    """Returns whether a job with this status has ended."""
    return status in FINISHED


@dataclass(frozen=True)
class QueueState:
    """A job in the queue, with those that run and the workers that may take it.

    Args:
        status: its status; empty if it was deleted.
        running: the number of running jobs of its kind.
        workers: the number of live workers that take its kind, and have the labels that it requires.
        labels: these labels.
    """

    status: str
    running: int
    workers: int
    labels: Sequence[str] = ()


def workers_taking(noun: str, workers: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> int:
    """Returns the number of workers that take a kind of job and have some labels.

    Args:
        workers: live workers with ``kinds`` and ``labels``, as the schema has them.
    """
    return sum(noun.upper() in worker["kinds"] and {*labels} <= {*worker["labels"]} for worker in workers)


class WorkerHint:
    """Prints once why a job is still pending: no worker takes it, or other jobs are ahead.

    Args:
        noun: the kind of job.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._started = time.monotonic()
        self._given = False

    def check(self, state: QueueState) -> bool:
        """Prints the hint if there is a reason; returns whether no further check is needed.

        A missing worker is a reason after ``ABSENCE_SECONDS``, other jobs after ``PICKUP_SECONDS``.
        """
        if self._given or state.status != "PENDING":
            return True
        waited = time.monotonic() - self._started
        if waited >= (PICKUP_SECONDS if state.workers else ABSENCE_SECONDS) and (state.running or not state.workers):
            self._given = True
            click.echo(f"tunix-rt: {self._reason(state)}", err=True)
        return self._given

    def _reason(self, state: QueueState) -> str:
        if state.workers:
            return f"The {self.noun} is queued; {self.noun}s in progress: {state.running}."
        labels = f" with the labels {', '.join(state.labels)}" if state.labels else ""
        start = starting_a_worker(state.labels)
        return f"No running worker takes {self.noun}s{labels}. {start} The {self.noun} stays queued until then."


def starting_a_worker(labels: Sequence[str] = ()) -> str:
    """Returns a sentence with the commands that start a worker, with some labels, where the running command works."""
    worker = ("worker", "--labels", ",".join(labels)) if labels else ("worker",)
    if uses_server(command_settings()):
        return f"Start one there: tunix-rt {' '.join(worker)}."
    return (
        f"Start one: {command_line(*worker)}."
        if labels
        else f"Start one: {command_line('serve')}, or {command_line(*worker)}."
    )


def report_queued(noun: str, job: Mapping[str, Any], follow: str) -> None:
    """Prints that a new job was queued, and how to follow it; nothing if it has ended already.

    Args:
        follow: the command that follows such a job, with ``{}`` in place of the UUID.
    """
    if not is_finished(job["status"]):
        following = command_line(*follow.format(job["uuid"]).split())
        click.echo(f"tunix-rt: The {noun} is queued. To follow it: {following}", err=True)


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
