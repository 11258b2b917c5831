"""Growth: what requests cost in a table of traces on PostgreSQL, and in one that is ten times as large."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop

from tests.benchmarks.client import Connection, ask_once, graphql_request, request_bytes
from tests.benchmarks.copies import ORIGINALS, multiply
from tests.benchmarks.databases import MODEL_SCORER, Databases, fill, native_address, settings_for
from tests.benchmarks.datasets import created
from tests.benchmarks.deep_pages import NEWEST, QUERY, Page, request_times
from tests.benchmarks.exports import ask, built
from tests.benchmarks.machine import ALL_CORES
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, ratio, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import lines
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer
from tunix_rt.db.session import Database

TRACE_BYTES = 600
DEPTH = 0.999
IMPORTED = 4000
REPEATS = 15
RARE = "xenolith"
STORE = """mutation { createTrace(input: {trace: {prompt: "Which xenolith?", finalAnswer: "This one.",
    steps: [{index: 0, type: "reasoning", content: "There is one."}]}}) { trace { id } errors { message } } }"""
COUNT = graphql_request("{ traces(first: 1) { totalCount } }")
DELETE = """mutation ($before: DateTime!) { deleteTraces(input: {where: {createdAt: {lt: $before}}}) {
    deletedCount errors { message } } }"""
SCORES = f"""INSERT INTO scores (id, trace_id, scorer, scorer_version, kind, score, scored_at)
    SELECT gen_random_uuid(), id, '{MODEL_SCORER}', '1', 'MODEL', (seq % 1000) / 1000.0, created_at
    FROM traces WHERE NOT EXISTS (SELECT 1 FROM scores WHERE scores.trace_id = traces.id)"""
RELATIONS = """SELECT relname AS name, pg_table_size(oid) AS bytes FROM pg_class
    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC LIMIT 20"""
FILTERS: dict[str, dict[str, Any]] = {
    "filtered by source": {"source": {"eq": "logic"}},
    "by score": {"scores": {"some": {"scorer": {"eq": MODEL_SCORER}, "score": {"gte": 0.999}}}},
    "by metadata": {"meta": [{"path": ["n"], "eq": 17}]},
    "by a rare word": {"search": RARE},
}


def run(databases: Databases, options: Options) -> None:
    """Prints what each request costs at both sizes."""
    sizes = (options.traces // 10, options.traces)
    heading(f"{sizes[0]:,} traces of {TRACE_BYTES} bytes on PostgreSQL, each with a score, and {sizes[1]:,}")
    note("Pages of 50 of three fields, medians of single requests, warm. The traces are copies without a search index.")
    note(f"{IMPORTED:,} more are imported, a dataset of half the small table is built, and as many traces are deleted.")
    url = databases.fresh("postgresql")
    asyncio.run(fill(settings_for(url, databases.folder), made_up(min(sizes[0] // 4, ORIGINALS), TRACE_BYTES)))
    small, large = (measure(databases, url, size, sizes[0] // 2) for size in sizes)
    databases.remove(url)
    table(
        ["", f"{sizes[0]:,}", f"{sizes[1]:,}", "ratio"],
        [[name, f"{small[name]:.1f}", f"{cost:.1f}", ratio(cost, small[name])] for name, cost in large.items()],
    )


def measure(databases: Databases, url: str, size: int, part: int) -> dict[str, float]:
    """Fills a table, and returns what each request costs, by its name, which has the unit.

    Args:
        part: how many traces the dataset has, and are deleted.
    """
    start = time.perf_counter()
    asyncio.run(grow(url, databases.folder, size))
    databases.tidy(url)
    note(f"({size:,} filled in {time.perf_counter() - start:.0f} s; bytes a trace: {bytes_a_trace(url, size)})")
    with running(OURS, url, databases.folder, ALL_CORES, {"TUNIX_RT_DATASET_TIMEOUT_SECONDS": "3600"}) as server:
        ask_once(server.url, graphql_request(STORE))
        variables = pages(url, databases.folder, int(size * DEPTH))
        requests = [graphql_request(QUERY, given) for given in variables.values()]
        times = request_times(server.url, [*requests, COUNT], REPEATS)
        found = {f"{name}, ms": cost for name, cost in zip([*variables, "totalCount"], times, strict=True)}
        found |= {
            f"import of {IMPORTED:,}, s": imported(server, size),
            f"dataset of {part:,}, s": dataset(server, f"of-{size}", part),
            f"deletion of {part:,}, s": deletion(server, url, part),
        }
    return found


async def grow(url: str, folder: Path, size: int) -> None:
    """Copies traces until there are ``size``, and scores those without a score."""
    await multiply(url, folder, size)
    connection = await asyncpg.connect(native_address(url))
    await connection.execute(SCORES, timeout=3600)
    await connection.close()


def bytes_a_trace(url: str, size: int) -> str:
    """Returns what tables and indexes take for each of ``size`` traces, as text."""
    return ", ".join(f"{name} {total / size:.0f}" for name, total in asyncio.run(sizes_of(url)).items())


async def sizes_of(url: str) -> dict[str, int]:
    """Returns the bytes of the largest relations of a database, largest first; those of a table without its indexes."""
    connection = await asyncpg.connect(native_address(url))
    rows = await connection.fetch(RELATIONS)
    await connection.close()
    return {row["name"]: row["bytes"] for row in rows}


def pages(url: str, folder: Path, depth: int) -> dict[str, dict[str, Any]]:
    """Returns the variables of each page."""

    async def deep() -> dict[str, Any]:
        database = Database(settings_for(url, folder))
        async with database.read() as session:
            page = await Page("", NEWEST, depth=depth).locate(session)
        await database.close()
        return page.variables

    filtered = {name: {"where": where} for name, where in FILTERS.items()}
    return {"first page": {}, f"page after {DEPTH:.1%} of the rows": uvloop.run(deep()), **filtered}


def imported(server: RunningServer, size: int) -> float:
    """Returns the seconds of an import of traces that are not stored yet."""
    body = b"\n".join(line.replace(b"Item ", b"Of %d, item " % size) for line in lines(IMPORTED, TRACE_BYTES))
    connection = Connection.to(server.url)
    start = time.perf_counter()
    report = orjson.loads(connection.ask(request_bytes("/v1/traces", body, "application/x-ndjson")))
    seconds = time.perf_counter() - start
    connection.close()
    if report["added"] != IMPORTED:
        raise RuntimeError(str(report))
    return seconds


def dataset(server: RunningServer, name: str, part: int) -> float:
    """Returns the seconds until a dataset of ``part`` traces is built."""
    start = time.perf_counter()
    built(server, created(server, name=name, version="1", limit=part))
    return time.perf_counter() - start


def deletion(server: RunningServer, url: str, part: int) -> float:
    """Returns the seconds of the deletion of the ``part`` oldest copies, which no dataset has."""

    async def border() -> str:
        connection = await asyncpg.connect(native_address(url))
        query = "SELECT created_at FROM traces ORDER BY created_at OFFSET $1 LIMIT 1"
        found = await connection.fetchval(query, part)
        await connection.close()
        text: str = found.isoformat()
        return text

    before = asyncio.run(border())
    start = time.perf_counter()
    payload = ask(server, DELETE, before=before)["deleteTraces"]
    seconds = time.perf_counter() - start
    if payload["errors"] or payload["deletedCount"] < part * 0.99:
        raise RuntimeError(str(payload))
    return seconds
