"""The web client in Chromium: what it sends at first, requests of each page, frames while scrolling, a huge trace."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ViewportSize, sync_playwright
from sqlalchemy import insert

from tests.benchmarks.databases import Databases, fill, settings_for
from tests.benchmarks.machine import CORES
from tests.benchmarks.options import Options
from tests.benchmarks.registry import made_up
from tests.benchmarks.report import heading, note
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.web_kinds import bundle, lighthouse, opening, requests, scrolling
from tests.benchmarks.workload import traces
from tests.support.servers import RunningServer
from tests.support.stock import ask, create_dataset
from tests.tools.browser import ARGUMENTS, INSTALL, find_chromium
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database

ROWS = 100_000
ROW_BYTES = 500
RUNS = 200
SIZE = ViewportSize(width=1440, height=900)
ALLOWED = {"TUNIX_RT_TRACE_MAX_BYTES": "33554432"}
"""The largest trace that a server can be set to take."""


def run(databases: Databases, options: Options) -> None:
    """Prints the tables, on SQLite."""
    heading("The web client, in Chromium")
    rows = min(options.traces, ROWS)
    url = databases.fresh("sqlite")
    start = time.perf_counter()
    asyncio.run(stock_up(url, databases, rows))
    note(f"({rows:,} traces and {RUNS} runs stored in {time.perf_counter() - start:.0f} s)")
    bundle.report()
    with running(OURS, url, databases.folder, set(CORES), ALLOWED) as server:
        paths = paths_of(server)
        with chromium() as (browser, executable):
            requests.report(browser, server, paths)
            opening.report(browser, server, options.rounds)
            scrolling.report(browser, server, rows)
        lighthouse.report(executable, server, {name: paths[name] for name in ("traces", "trace", "runs")})
    databases.remove(url)


async def stock_up(url: str, databases: Databases, rows: int) -> None:
    """Stores traces and runs."""
    settings, chance = settings_for(url, databases.folder), random.Random(7)  # noqa: S311 - made-up data
    await fill(settings, traces(rows, ROW_BYTES))
    database = Database(settings)
    async with database.write() as session:
        await session.execute(insert(tunix_runs), [made_up(number, chance) for number in range(RUNS)])
    await database.close()


def paths_of(server: RunningServer) -> dict[str, str]:
    """The paths of the measured pages, on a server that has traces, runs, and from now on a dataset."""
    dataset = create_dataset(server, "logic", {"source": {"eq": "logic"}, "meta": [{"path": ["n"], "lt": 1000}]})
    (trace,) = ask(server, "query { traces(first: 1) { nodes { uuid } } }")["nodes"]
    (one, other) = ask(server, "query { runs(first: 2) { nodes { uuid } } }")["nodes"]
    return {
        "overview": "/",
        "traces": "/traces",
        "trace": f"/traces/{trace['uuid']}",
        "review": "/review",
        "datasets": "/datasets",
        "dataset": f"/datasets/{dataset}",
        "runs": "/runs",
        "start form": "/runs/new",
        "run": f"/runs/{one['uuid']}",
        "compared runs": f"/runs/compare?ids={one['uuid']},{other['uuid']}",
        "integrations": "/integrations",
    }


@contextmanager
def chromium() -> Iterator[tuple[Browser, str]]:
    """A browser and the path of its program, until the end of the block."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            sys.exit(INSTALL)
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser, executable
        browser.close()
