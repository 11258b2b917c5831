"""Pages of groups: the aggregate over a whole table, alone and graded by a scorer, and what a page shows of traces."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from tests.benchmarks.databases import KINDS, MODEL_SCORER, Databases, fill, settings_for
from tests.benchmarks.exports import ask
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up

TRACES = 100_000
TRACE_BYTES = 2000
SIZE = 8
QUERIES = {
    "sizes": "{ traceGroups { nodes { key size } } }",
    "by key": "{ traceGroups(orderBy: [{ field: KEY }]) { nodes { key size } } }",
    "graded": """query ($scorer: String) {
        traceGroups(scorer: $scorer, correctAt: 0.5, having: { passRate: { gt: 0, lt: 1 } }) {
          nodes { key size correctCount passRate } } }""",
    "by pass rate": """query ($scorer: String) {
        traceGroups(scorer: $scorer, correctAt: 0.5, orderBy: [{ field: PASS_RATE }]) { nodes { key passRate } } }""",
    "total": "query ($scorer: String) { traceGroups(scorer: $scorer, correctAt: 0.5) { totalCount } }",
    "rich": """query ($scorer: String) { traceGroups(scorer: $scorer, correctAt: 0.5) {
        nodes { promptPreview mean variance passAtK(k: 4) majorityAnswer majorityCorrect traces(first: 8) {
          nodes { finalAnswerPreview } } } } }""",
}


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"traceGroups over {TRACES:,} traces of 2 KB in groups of {SIZE}, milliseconds a page of 50")
    rows = []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        asyncio.run(fill(settings_for(url, databases.folder), grouped(), scored=True))
        databases.tidy(url)
        with running(OURS, url, databases.folder) as server:
            rows.append([name, *(f"{took(server, query, options.rounds):.0f}" for query in QUERIES.values())])
        databases.remove(url)
    table(["", *QUERIES], rows)


def grouped() -> Iterator[dict[str, Any]]:
    """Made-up traces, of which eight in a row have the same prompt."""
    prompt = ""
    for number, trace in enumerate(made_up(TRACES, TRACE_BYTES)):
        prompt = prompt if number % SIZE else trace["prompt"]
        yield trace | {"prompt": prompt}


def took(server: Any, query: str, rounds: int) -> float:
    """The median time of a request, in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        ask(server, query, scorer=MODEL_SCORER)
        times.append(1000 * (time.perf_counter() - start))
    return median(times)
