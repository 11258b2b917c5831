"""Pages beside PostGraphile on the same PostgreSQL database, as ratios of requests per second and core."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, native_address, settings_for
from tests.benchmarks.machine import ALL_CORES, MEASURED_CORE
from tests.benchmarks.options import Options
from tests.benchmarks.postgraphile import find_node, postgraphile, version
from tests.benchmarks.queries import NESTED_PAGE, PAGE, RICH_PAGE, THREE_LEVELS
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, Load, measure, running
from tests.benchmarks.workload import traces
from tests.support.servers import RunningServer

TRACES = 20_000
MEAN_BYTES = 700
CLIENTS = 8
ORDER = "orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
SCORES = "orderBy: [SCORED_AT_DESC, ROW_ID_DESC]) { nodes { scorer score } }"
NESTED = f"scoresByTraceId(first: 10, {SCORES}"
DATASETS = 20
TRACE = f"traceByTraceId {{ id scoresByTraceId(first: 5, {SCORES} }}"
MEMBERS = f"datasetTracesByDatasetId(first: 20) {{ nodes {{ {TRACE} }} }}"
RELATION = "ALTER TABLE dataset_traces ADD FOREIGN KEY (trace_id) REFERENCES traces (id)"
"""Shows PostGraphile that members of datasets are traces; our tables have no such key."""
CREATE = """mutation { createDataset(input: { name: "d%d", version: "1", strategy: RANDOM, seed: %d, limit: 900 }) {
    errors { message } } }"""

PAGES = {
    "small": (PAGE, f"{{ allTraces(first: 50, {ORDER}) {{ nodes {{ id promptPreview stepCount }} }} }}"),
    "rich": (
        RICH_PAGE,
        f"{{ allTraces(first: 50, {ORDER}) {{ nodes {{ payload scoresByTraceId {{ nodes {{ scorer score }} }} }} }} }}",
    ),
    "nested": (NESTED_PAGE, f"{{ allTraces(first: 50, {ORDER}) {{ nodes {{ id {NESTED} }} }} }}"),
    "three levels": (THREE_LEVELS, f"{{ allDatasets(first: 20, {ORDER}) {{ nodes {{ id {MEMBERS} }} }} }}"),
}
"""Each page in our schema and in PostGraphile's, which has prompt, answer and steps as one text."""
ROWS = {"three levels": DATASETS}
"""The number of rows of pages that have not 50."""


def run(databases: Databases, options: Options) -> None:
    """Prints a row for each page, or the reason why PostGraphile cannot run."""
    node = find_node()
    if node is None:
        note("\nPostGraphile needs npm, and Node 22 or Linux on x86-64; it is not measured.")
        return
    heading(f"Pages of 50 of {TRACES:,} traces beside PostGraphile {version()}")
    note(f"CPU of the whole server process for a request, with {CLIENTS} clients; medians of alternating rounds.")
    note("A ratio above 1: ours answers more requests per second and core.")
    titles = [*(f"{name} ms" for name in KINDS.values()), *(f"PostGraphile/{name}" for name in KINDS.values())]
    table(["", "PostGraphile ms", *titles], rows(node, databases, options))


def rows(node: str, databases: Databases, options: Options) -> list[list[str]]:
    """Measures each page on every server, in turns."""
    urls = {kind: filled(kind, databases) for kind in KINDS}
    cores = MEASURED_CORE if options.pinned else ALL_CORES
    asyncio.run(relate(urls["postgresql"]))
    with (
        running(OURS, urls["sqlite"], databases.folder, cores) as embedded,
        running(OURS, urls["postgresql"], databases.folder, cores) as shared,
        postgraphile(node, urls["postgresql"], cores) as peer,
    ):
        for server in (embedded, shared):
            for number in range(DATASETS):
                ask_once(server.url, graphql_request(CREATE % (number, number)))
        found = [row(name, peer, {"sqlite": embedded, "postgresql": shared}, options.rounds) for name in PAGES]
    for url in urls.values():
        databases.remove(url)
    return found


def filled(kind: str, databases: Databases) -> str:
    """Returns the address of a database with scored traces."""
    url = databases.fresh(kind)
    asyncio.run(fill(settings_for(url, databases.folder), traces(TRACES, MEAN_BYTES), scored=True))
    databases.tidy(url)
    return url


async def relate(url: str) -> None:
    """Adds the foreign key that PostGraphile needs for members of datasets."""
    connection = await asyncpg.connect(native_address(url))
    await connection.execute(RELATION)
    await connection.close()


def row(name: str, peer: RunningServer, ours: dict[str, RunningServer], rounds: int) -> list[str]:
    """The row of one page."""
    query, peer_query = PAGES[name]
    loads = {"peer": Load(peer, graphql_request(peer_query))}
    loads |= {kind: Load(server, graphql_request(query)) for kind, server in ours.items()}
    for load in loads.values():
        require_full_page(ask_once(load.server.url, load.request), ROWS.get(name, 50))
        measure(load, CLIENTS)
        load.milliseconds.clear()
    for number in range(rounds):
        for load in list(loads.values()) if number % 2 else reversed(list(loads.values())):
            measure(load, CLIENTS)
    costs = {kind: median(load.milliseconds) for kind, load in loads.items()}
    own = [costs[kind] for kind in KINDS]
    return [name, *(f"{cost:.2f}" for cost in (costs["peer"], *own)), *(ratio(costs["peer"], cost) for cost in own)]


def require_full_page(answer: dict[str, Any], rows: int) -> None:
    """Raises ``RuntimeError`` if an answer has another number of rows than the others."""
    (page,) = answer["data"].values()
    if len(page["nodes"]) != rows:
        raise RuntimeError(f"a page has {len(page['nodes'])} rows instead of {rows}")
