"""Training runs: how long a dry run takes, how soon a training begins, how fast what it writes is in the database."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from itertools import pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from sqlalchemy import func, select

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.machine import MEASURED_CORE, OTHER_CORES
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.runs import STAND_IN
from tests.support.servers import RunningServer
from tests.support.waiting import until
from tunix_rt.db.models import run_logs, tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.ledger import ENDS, status_of

TRACES = 1000
LINES = 100_000
TRACE_BYTES = 600
TARGET_MS = 50
MOST_SECONDS = 300
CREATE = 'mutation { createDataset(input: {name: "made-up", version: "1"}) { dataset { key } errors { message } } }'
START = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) { run { uuid status statusReason } errors { message } }
}
"""
EMBEDDED = "tiny-random/qwen3"
NOT_AVAILABLE = "google/gemma-2b-it"
LABELS = (
    "dry run, the tokenizer is not available",
    "dry run, first count of the tokens",
    "dry run, the same data again",
    "start of a training: the trainer's first line is in its file",
    "the same line is in the database",
)


def run(databases: Databases, options: Options) -> None:
    """Prints the tables of both databases."""
    heading(f"Training runs: {TRACES:,} traces, milliseconds from the mutation on")
    note(
        f"A dry run is waited for; its target is {TARGET_MS} ms. The trainer is one that stands in, and trains nothing."
    )
    found = {kind: measure(kind, databases, options.rounds) for kind in KINDS}
    rows = [[label, *(f"{found[kind][0][place]:.0f}" for kind in KINDS)] for place, label in enumerate(LABELS)]
    table(["", *KINDS.values()], rows)
    heading(f"{LINES:,} lines of a trainer's output")
    table(
        ["", "seconds", "lines/s", "lost", "out of order"],
        [[KINDS[kind], *found[kind][1]] for kind in KINDS],
    )


def measure(kind: str, databases: Databases, rounds: int) -> tuple[list[float], list[str]]:
    """The figures of one database: milliseconds for each label, and the row of the second table."""
    url, folder = databases.fresh(kind), Path(mkdtemp(dir=databases.folder))
    asyncio.run(fill(settings_for(url, folder), made_up(TRACES, TRACE_BYTES)))
    databases.tidy(url)
    plan, python = stand_in(folder)
    settings = {"TUNIX_RT_TRAINER_PYTHON": str(python), "STAND_IN_PLAN": str(plan)}
    with running(OURS, url, folder, MEASURED_CORE | OTHER_CORES, settings) as server:
        ask_once(server.url, graphql_request(CREATE))
        dry = lambda model: timed(server, modelId=model, wait=True)  # noqa: E731
        dry(NOT_AVAILABLE)  # what is loaded once is loaded now
        without = median([dry(NOT_AVAILABLE) for _ in range(rounds)])
        first, again = dry(EMBEDDED), median([dry(EMBEDDED) for _ in range(rounds)])
        plan.write_text(json.dumps({"steps": 1}))
        starts = [asyncio.run(start_times(url, server)) for _ in range(rounds)]
        plan.write_text(json.dumps({"steps": 1, "lines": LINES}))
        lines = asyncio.run(line_figures(url, server))
    databases.remove(url)
    return [without, first, again, *(median([found[place] for found in starts]) for place in (0, 1))], lines


def stand_in(folder: Path) -> tuple[Path, Path]:
    """The plan of the trainer that stands in, and its interpreter."""
    plan, python = folder / "plan.json", folder / "python"
    plan.write_text("{}")
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    python.chmod(0o755)
    return plan, python


def started(server: RunningServer, **fields: Any) -> dict[str, Any]:
    """A run of the made-up dataset.

    Raises:
        RuntimeError: it was refused, or what was waited for did not complete.
    """
    request = graphql_request(START, {"input": {"datasetId": "made-up-1", **fields}})
    payload: dict[str, Any] = ask_once(server.url, request)["data"]["startRun"]
    if payload["errors"] or (fields.get("wait") and payload["run"]["status"] != "COMPLETED"):
        raise RuntimeError(f"the server answered {payload}")
    found: dict[str, Any] = payload["run"]
    return found


def timed(server: RunningServer, **fields: Any) -> float:
    """The milliseconds that it takes until a run is answered."""
    start = time.perf_counter()
    started(server, **fields)
    return (time.perf_counter() - start) * 1000


async def start_times(url: str, server: RunningServer) -> tuple[float, float]:
    """The milliseconds from the mutation to the trainer's first line, in its file and in the database."""
    database = Database(settings_for(url, server.data_dir))
    start = time.perf_counter()
    run = started(server, modelId=EMBEDDED, mode="TRAIN")
    log = server.data_dir / "runs" / run["uuid"] / "stdout.log"
    await until(lambda: is_written(log), seconds=MOST_SECONDS, pause=0.002)
    in_file = time.perf_counter() - start
    await until(
        lambda: are_stored(database, run["uuid"], 1), "nothing came of the run", seconds=MOST_SECONDS, pause=0.002
    )
    in_database = time.perf_counter() - start
    await until(lambda: has_ended(database, run["uuid"]), seconds=MOST_SECONDS, pause=0.002)
    await database.close()
    return in_file * 1000, in_database * 1000


async def is_written(file: Path) -> bool:
    """Returns whether something is in a file."""
    return await asyncio.to_thread(lambda: file.exists() and file.stat().st_size > 0)


async def are_stored(database: Database, run: str, lines: int) -> bool:
    """Returns whether at least ``lines`` lines of a run are in the database."""
    query = select(func.count()).select_from(run_logs).where(run_logs.c.run_id == uuid.UUID(run))
    async with database.read() as session:
        return (await session.execute(query)).scalar_one() >= lines


async def has_ended(database: Database, run: str) -> bool:
    """Returns whether a run has ended."""
    async with database.read() as session:
        return await status_of(session, tunix_runs, uuid.UUID(run)) in ENDS


async def line_figures(url: str, server: RunningServer) -> list[str]:
    """The row of a run that writes much: from its first line to the last in the database."""
    database = Database(settings_for(url, server.data_dir))
    run = started(server, modelId=EMBEDDED, mode="TRAIN")
    log = server.data_dir / "runs" / run["uuid"] / "stdout.log"
    await until(lambda: is_written(log), seconds=MOST_SECONDS, pause=0.002)
    start = time.perf_counter()
    await until(
        lambda: are_stored(database, run["uuid"], LINES + 1),
        "nothing came of the run",
        seconds=MOST_SECONDS,
        pause=0.002,
    )
    took = time.perf_counter() - start
    await until(lambda: has_ended(database, run["uuid"]), seconds=MOST_SECONDS, pause=0.002)
    query = select(run_logs.c.text).where(run_logs.c.run_id == uuid.UUID(run["uuid"])).order_by(run_logs.c.seq)
    async with database.read() as session:
        texts = list((await session.execute(query)).scalars())[1:]
    await database.close()
    numbers = [int(text.removeprefix("line ")) for text in texts]
    out_of_order = sum(later < earlier for earlier, later in pairwise(numbers))
    return [f"{took:.1f}", f"{LINES / took:,.0f}", str(LINES - len(set(numbers))), str(out_of_order)]
