"""The registry of runs: pages among 100,000 of them, and what one run with long logs and curves costs to look at."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from tests.benchmarks.client import graphql_request
from tests.benchmarks.databases import KINDS, Databases, settings_for
from tests.benchmarks.deep_pages import request_times
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, ratio, table
from tests.benchmarks.servers import OURS, running
from tests.support.ledger import run_row
from tunix_rt.db.bulk import insert_rows
from tunix_rt.db.models import run_logs, run_metrics, tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.config import RunConfig, config_json

RUNS = 100_000
DEPTH = 99_000
BATCH = 2000
LOG_LINES = 100_000
STEPS = 25_000
METRICS = ("eval/loss", "train/grad_norm", "train/learning_rate", "train/loss")
STATUSES = [*["COMPLETED"] * 90, *["FAILED"] * 7, *["CANCELLED"] * 2, "TIMEOUT"]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = SortOrder.of([Term(tunix_runs.c.created_at, descending=True)], tunix_runs.c.id)
BY_DURATION = SortOrder.of([Term(tunix_runs.c.duration_seconds, descending=True)], tunix_runs.c.id)

FIELDS = "id status statusReason mode method modelId datasetKey durationSeconds createdAt"
LIST = f"""query ($where: RunWhere, $orderBy: [RunOrder!], $after: String) {{
    runs(where: $where, orderBy: $orderBy, after: $after, first: 50) {{ nodes {{ {FIELDS} }} }}
}}"""
ONE = "query ($id: ID!) { run(id: $id) { SELECTION } }"
LOOKS = {
    "first 50 log lines": "logs { nodes { seq text } }",
    "last 50 log lines": "logs(last: 50) { nodes { seq text } }",
    "last 50 events": "events(last: 50) { nodes { seq } }",
    "4 curves, 1,000 points each": "metrics { name steps values kinds }",
    "4 curves, 100 points each": "metrics(maxPoints: 100) { name steps values kinds }",
    "4 curves, from the last 100 steps": f"metrics(fromStep: {STEPS - 99}) {{ name steps values kinds }}",
    "latest metrics": "latestMetrics { name step value }",
}


def run(databases: Databases, options: Options) -> None:
    """Prints the tables of both databases."""
    heading(f"The registry: {RUNS:,} runs, pages of 50 with 9 fields")
    note("Medians of single requests. The ratio is to the first page.")
    rows, looks = [], []
    for kind in KINDS:
        listed, looked = measure(kind, databases)
        rows += listed
        looks += looked
    table(["", "request ms", "ratio"], rows)
    heading(f"One run: {LOG_LINES:,} log lines, {len(METRICS)} metrics of {STEPS:,} steps")
    table(["", "request ms"], looks)


def measure(kind: str, databases: Databases) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of one database: of the list, and of one run."""
    url = databases.fresh(kind)
    start = time.perf_counter()
    run_id, cursors = asyncio.run(fill(url, databases))
    databases.tidy(url)
    note(f"({KINDS[kind]} filled in {time.perf_counter() - start:.0f} s)")
    by_duration = [{"field": "DURATION_SECONDS", "direction": "DESC"}]
    pages: dict[str, dict[str, Any]] = {
        "first page": {},
        f"after row {DEPTH:,}": {"after": cursors[0]},
        "status FAILED": {"where": {"status": {"eq": "FAILED"}}},
        "one dataset of 100": {"where": {"datasetKey": {"eq": "data-7-v1"}}},
        "by duration": {"orderBy": by_duration},
        f"by duration, after row {DEPTH:,}": {"orderBy": by_duration, "after": cursors[1]},
    }
    asked = [graphql_request(LIST, variables) for variables in pages.values()]
    asked += [graphql_request(ONE.replace("SELECTION", look), {"id": str(run_id)}) for look in LOOKS.values()]
    with running(OURS, url, databases.folder) as server:
        found = request_times(server.url, asked)
    databases.remove(url)
    labels = [f"{KINDS[kind]}, {label}" for label in (*pages, *LOOKS)]
    return (
        [
            [label, f"{took:.2f}", ratio(took, found[0])]
            for label, took in zip(labels[: len(pages)], found, strict=False)
        ],
        [[label, f"{took:.2f}"] for label, took in zip(labels[len(pages) :], found[len(pages) :], strict=True)],
    )


async def fill(url: str, databases: Databases) -> tuple[uuid.UUID, list[str]]:
    """Fills a database; returns the run with much output, and the cursors of the deep rows."""
    database = Database(settings_for(url, databases.folder))
    chance = random.Random(7)  # noqa: S311 - made-up data
    for start in range(0, RUNS, BATCH):
        async with database.write() as session:
            await session.execute(
                insert(tunix_runs), [made_up(number, chance) for number in range(start, start + BATCH)]
            )
    cursors = []
    async with database.read() as session:
        run_id = (await session.execute(select(tunix_runs.c.id).limit(1))).scalar_one()
        for order in (NEWEST, BY_DURATION):
            query = select(*order.columns).order_by(*order.clauses()).offset(DEPTH - 1).limit(1)
            cursors.append(order.cursor(list((await session.execute(query)).one())))
    for rows in batches(run_id, chance):
        async with database.write() as session:
            await insert_rows(session, *rows)
    await database.close()
    return uuid.UUID(str(run_id)), cursors


def made_up(number: int, chance: random.Random) -> dict[str, Any]:
    """Returns one run of many: it has ended, with some kilobytes of output."""
    at = FIRST + timedelta(seconds=60 * number)
    took = chance.uniform(1, 5000)
    return run_row(
        at,
        dataset_key=f"data-{number % 100}-v1",
        status=JobStatus(chance.choice(STATUSES)).value,
        attempt=1,
        started_at=at,
        completed_at=at + timedelta(seconds=took),
        duration_seconds=took,
        message="It is done.",
        config=config_json(RunConfig(dataset_id=uuid.UUID(int=1), model_id="tiny-random/qwen3")),
        stdout="a line of other output\n" * 80,
        stderr="",
    )


def batches(run_id: uuid.UUID, chance: random.Random) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Yields the events of one run, as rows of their tables."""
    shared = {"run_id": run_id, "at": FIRST, "attempt": 1}
    lines = [{"seq": seq, "stream": "STDOUT", "text": f"line {seq}"} for seq in range(1, LOG_LINES + 1)]
    values = [
        {"name": name, "step": step, "value": chance.random(), "value_kind": "FINITE"}
        for step in range(1, STEPS + 1)
        for name in METRICS
    ]
    numbered = [{"seq": seq} | value for seq, value in enumerate(values, LOG_LINES + 1)]
    for found, rows in ((run_logs, lines), (run_metrics, numbered)):
        for start in range(0, len(rows), BATCH):
            yield found, [shared | row for row in rows[start : start + BATCH]]
