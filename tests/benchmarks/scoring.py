"""Scoring many traces: a client's loop over the parts that ``scoreTraces`` answers."""

from __future__ import annotations

import asyncio
import time

from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.exports import ask
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer

TRACES = 60_000
TRACE_BYTES = 2000
SCORE = """mutation ($after: ID) {
  scoreTraces(input: {where: {}, after: $after}) { scoredCount remainingCount lastId errors { message } }
}"""


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"scoreTraces over {TRACES:,} traces of 2 KB, request after request")
    rows = []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        asyncio.run(fill(settings_for(url, databases.folder), made_up(TRACES, TRACE_BYTES)))
        databases.tidy(url)
        with running(OURS, url, databases.folder) as server:
            rows.append([name, *measure(server)])
        databases.remove(url)
    table(["", "scores", "seconds", "rows/s", "requests", "longest request s"], rows)


def measure(server: RunningServer) -> list[str]:
    """The figures of one database.

    Raises:
        RuntimeError: a request was refused.
    """
    last, left, scored = None, 1, 0
    took: list[float] = []
    while left:
        start = time.perf_counter()
        payload = ask(server, SCORE, after=last)["scoreTraces"]
        took.append(time.perf_counter() - start)
        if payload["errors"]:
            raise RuntimeError(str(payload["errors"]))
        last, left, scored = payload["lastId"], payload["remainingCount"], scored + payload["scoredCount"]
    return [str(scored), f"{sum(took):.1f}", f"{scored / sum(took):.0f}", str(len(took)), f"{max(took):.1f}"]
