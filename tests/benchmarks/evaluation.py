"""Evaluations of 10,000 prompts: how long they take, and what others notice of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.client import Connection
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.exports import ask, at, create_dataset, latency
from tests.benchmarks.memory import Memory, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer

PROMPTS = 10_000
CANDIDATES = 5
TRACE_BYTES = 600
CREATE = """mutation ($input: CreateEvaluationInput!) {
  createEvaluation(input: $input) { evaluation { id } errors { message } }
}"""
STATUS = "query ($id: ID!) { evaluation(id: $id) { status error { message } } }"
UNDER_WAY = {"PENDING", "RUNNING"}


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"Evaluations of {PROMPTS:,} prompts, by a process while others ask small queries")
    note("The scorer `length`, whose scores are not binary: bootstrap and permutation test, 10,000 resamples each.")
    rows = []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        asyncio.run(fill(settings_for(url, databases.folder), answers()))
        databases.tidy(url)
        with running(OURS, url, databases.folder, set(os.sched_getaffinity(0))) as server:
            dataset = str(create_dataset(server))
            for number, label in (
                (2, "2 candidates, unscored"),
                (2, "2, scored"),
                (CANDIDATES, "5, 3 of them unscored"),
            ):
                rows.append([f"{name}, {label}", *measure(server, dataset, label, number)])
        databases.remove(url)
    table(["", "seconds", "server's memory", "its process's memory", "meanwhile p50 ms", "p99 ms"], rows)


def answers() -> Iterator[dict[str, Any]]:
    """The answers of all candidates to the same prompts."""
    for number, value in enumerate(made_up(PROMPTS * CANDIDATES, TRACE_BYTES)):
        candidate, prompt = divmod(number, PROMPTS)
        yield value | {"prompt": f"Item {prompt}?", "meta": {"source": f"model {candidate}"}}


def measure(server: RunningServer, dataset: str, name: str, candidates: int) -> list[str]:
    """The figures of one evaluation.

    Raises:
        RuntimeError: it was refused, or did not complete.
    """
    sources = [f"model {number}" for number in range(candidates)]
    wanted = [{"name": source, "where": {"source": {"eq": source}}} for source in sources]
    given = {"name": name, "datasetId": dataset, "scorer": "length", "candidates": wanted}
    connection, busy = Connection.to(server.url), []
    with Memory(server.process.pid) as memory:
        start = time.perf_counter()
        payload = ask(server, CREATE, input=given)["createEvaluation"]
        if payload["errors"]:
            raise RuntimeError(str(payload["errors"]))
        while (state := ask(server, STATUS, id=payload["evaluation"]["id"])["evaluation"])["status"] in UNDER_WAY:
            busy += [latency(connection) for _ in range(10)]
        seconds = time.perf_counter() - start
    connection.close()
    if state["status"] != "COMPLETED":
        raise RuntimeError(str(state))
    busy.sort()
    return [
        f"{seconds:.1f}",
        f"+{megabytes(memory.grown):.0f} MB",
        f"{megabytes(memory.children):.0f} MB",
        *(f"{1000 * at(busy, share):.1f}" for share in (0.5, 0.99)),
    ]
