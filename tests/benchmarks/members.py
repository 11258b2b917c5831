"""Members: filtered pages of a dataset's traces, with their count, against the page of all of them."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.benchmarks.client import graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.deep_pages import TRACE_BYTES, request_times, words
from tests.benchmarks.exports import create_dataset
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up

MEMBERS = 100_000
QUERY = """query ($id: ID!, $where: TraceWhere) {
    dataset(id: $id) { traces(where: $where, first: 50) { totalCount nodes { id promptPreview stepCount } } }
}"""


def filters() -> dict[str, dict[str, Any]]:
    """The filters measured, by what they are called."""
    common, seldom = words()
    number = MEMBERS // 3
    return {
        "all": {},
        "source eq": {"source": {"eq": "logic"}},
        "meta.n eq (one row)": {"meta": [{"path": ["n"], "eq": number}]},
        "meta.n in (20 rows)": {"meta": [{"path": ["n"], "in": list(range(number, number + 20))}]},
        "meta.n eq (none)": {"meta": [{"path": ["n"], "eq": -1}]},
        "search, a seldom word": {"search": seldom},
        "search, the commonest word": {"search": common},
    }


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading(f"Filters of a dataset's members: {MEMBERS:,} traces, 50 of them with their count")
    note("Medians of single requests, in milliseconds.")
    measured = {kind: measure(kind, databases) for kind in KINDS}
    labels = list(filters())
    rows = [[label, *(f"{measured[kind][place]:.1f}" for kind in KINDS)] for place, label in enumerate(labels)]
    table(["", *KINDS.values()], rows)


def measure(kind: str, databases: Databases) -> list[float]:
    """The median milliseconds of each filter's request on one database."""
    url = databases.fresh(kind)
    asyncio.run(fill(settings_for(url, databases.folder), made_up(MEMBERS, TRACE_BYTES)))
    databases.tidy(url)
    with running(OURS, url, databases.folder) as server:
        dataset = str(create_dataset(server))
        databases.tidy(url)
        asked = [graphql_request(QUERY, {"id": dataset, "where": where}) for where in filters().values()]
        found = request_times(server.url, asked, repeats=5)
    databases.remove(url)
    return found
