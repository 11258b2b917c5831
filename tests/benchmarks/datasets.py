"""Building large datasets: how long it takes, and what the server and its other users notice of it."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from tests.benchmarks.client import Connection
from tests.benchmarks.copies import ORIGINALS, multiply
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.exports import ask, at, built, latency
from tests.benchmarks.memory import Memory, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer

TRACE_BYTES = 2000
CREATE = """mutation ($input: CreateDatasetInput!) {
  createDataset(input: $input) { dataset { id status } errors { message } }
}"""
STRATEGIES: dict[str, dict[str, Any]] = {"LATEST": {}, "RANDOM": {"seed": 1}, "RANDOM_SAMPLE": {"seed": 1}}


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"A dataset of {options.traces} traces of 2 KB, built by a process while others ask small queries")
    rows = []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        start = time.perf_counter()
        asyncio.run(fill(settings_for(url, databases.folder), made_up(min(options.traces, ORIGINALS), TRACE_BYTES)))
        asyncio.run(multiply(url, databases.folder, options.traces))
        databases.tidy(url)
        note(f"({name} filled in {time.perf_counter() - start:.0f} s)")
        with running(OURS, url, databases.folder, set(os.sched_getaffinity(0))) as server:
            rows += [[f"{name}, {strategy}", *measure(server, options, strategy)] for strategy in STRATEGIES]
        databases.remove(url)
    figures = [
        "seconds",
        "rows/s",
        "server's memory",
        "its process's memory",
        "idle p99 ms",
        "meanwhile p50 ms",
        "p99 ms",
    ]
    table(["", "answered in ms", *figures], rows)


def measure(server: RunningServer, options: Options, strategy: str) -> list[str]:
    """The figures of one dataset."""
    connection = Connection.to(server.url)
    idle = sorted(latency(connection) for _ in range(300))
    busy: list[float] = []
    with Memory(server.process.pid) as memory:
        start = time.perf_counter()
        dataset = created(server, name=strategy, version="1", strategy=strategy, **STRATEGIES[strategy])
        answered = time.perf_counter() - start
        built(server, dataset, lambda: busy.extend(latency(connection) for _ in range(20)))
        seconds = time.perf_counter() - start
    connection.close()
    busy.sort()
    return [
        f"{1000 * answered:.0f}",
        f"{seconds:.1f}",
        f"{options.traces / seconds:.0f}",
        f"+{megabytes(memory.grown):.0f} MB",
        f"{megabytes(memory.children):.0f} MB",
        *(f"{1000 * value:.1f}" for value in (at(idle, 0.99), at(busy or [0.0], 0.5), at(busy or [0.0], 0.99))),
    ]


def created(server: RunningServer, **given: Any) -> str:
    """The id of a dataset that was asked for.

    Raises:
        RuntimeError: it was refused.
    """
    payload = ask(server, CREATE, input=given)["createDataset"]
    if payload["errors"]:
        raise RuntimeError(str(payload["errors"]))
    dataset: str = payload["dataset"]["id"]
    return dataset
