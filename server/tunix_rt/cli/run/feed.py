"""The feed of the events of runs, and its interruption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tunix_rt.cli.client.following import JobFeed
from tunix_rt.cli.client.waiting import report_interrupt
from tunix_rt.cli.run.documents import EVENTS, STATE

RUN_FEED = JobFeed("run", EVENTS, STATE)
FOLLOW = "run logs {} --follow"


@contextmanager
def following_run(started: Sequence[str]) -> Iterator[None]:
    """Reports on Ctrl-C that the run continues; see ``report_interrupt``."""
    with report_interrupt("run", started, FOLLOW):
        yield
