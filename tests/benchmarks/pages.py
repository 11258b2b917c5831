"""Pages of 50 traces: CPU time of a request and requests per second on one core, beside the floor and the peer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import uvloop

from tests.benchmarks.client import ask_once, graphql_request, keep_busy
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.floors import FLOORS, fetching
from tests.benchmarks.machine import MEASURED_CORE, OTHER_CORES, cpu_seconds, on_cores
from tests.benchmarks.options import Options
from tests.benchmarks.queries import PAGE, RICH_PAGE
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, PEER, running
from tests.benchmarks.workload import traces
from tests.support.servers import RunningServer

TRACES = 2000
SECONDS = 0.8
NAMES = {PAGE: "3 fields", RICH_PAGE: "rich"}


@dataclass
class Measured:
    """The measurements of one page of one program."""

    milliseconds: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading("Pages of 50 traces: 3 fields; rich (prompt, answer, steps, two scores each)")
    note("CPU of the whole server process for a request; requests/s with 4 connections open. Peer: stock Strawberry,")
    note("same statements, DataLoader. Floor: the driver's statements and orjson.dumps in a bare loop.")
    rows = [row for kind in KINDS for row in measure_database(kind, databases, options)]
    table(["", "ms CPU", "requests/s", "floor ms", "peer ms", "peer/s", "ours/floor", "peer/ours"], rows)


def measure_database(kind: str, databases: Databases, options: Options) -> list[list[str]]:
    """The rows of one database: one for each page."""
    url = databases.fresh(kind)
    asyncio.run(fill(settings_for(url, databases.folder), traces(TRACES), scored=True))
    databases.tidy(url)
    with running(OURS, url, databases.folder) as ours, running(PEER, url, databases.folder) as peer:
        rows = [measure_page(kind, query, url, (ours, peer), options.rounds) for query in (PAGE, RICH_PAGE)]
    databases.remove(url)
    return rows


def measure_page(
    kind: str, query: str, url: str, servers: tuple[RunningServer, RunningServer], rounds: int
) -> list[str]:
    """The row of one page: the programs take turns, each round in another order."""
    check_same_answer(query, url, servers)
    ours, peer, floor = Measured(), Measured(), Measured()
    turns: list[Callable[[], None]] = [
        lambda: measure_server(servers[0], query, ours),
        lambda: measure_server(servers[1], query, peer),
        lambda: measure_floor(url, query, floor),
    ]
    for number in range(rounds):
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    own, stock, least = (median(found.milliseconds) for found in (ours, peer, floor))
    return [
        f"{KINDS[kind]}, {NAMES[query]}",
        f"{own:.2f}",
        f"{median(ours.per_second):.0f}",
        f"{least:.2f}",
        f"{stock:.2f}",
        f"{median(peer.per_second):.0f}",
        ratio(own, least),
        ratio(stock, own),
    ]


def measure_server(server: RunningServer, query: str, found: Measured) -> None:
    """Keeps a server busy for a while."""
    before, start = cpu_seconds(server.process.pid), time.perf_counter()
    with on_cores(OTHER_CORES):
        answers = keep_busy(server.url, graphql_request(query), SECONDS)
    found.per_second.append(answers / (time.perf_counter() - start))
    found.milliseconds.append((cpu_seconds(server.process.pid) - before) * 1000 / answers)


def measure_floor(url: str, query: str, found: Measured) -> None:
    """Makes the floor's answer again and again for a while, on the core that the servers are measured on."""

    async def loop() -> None:
        async with fetching(url) as fetch:
            answers, before, end = 0, time.process_time(), time.perf_counter() + SECONDS / 2
            while time.perf_counter() < end:
                await FLOORS[query](fetch)
                answers += 1
            found.milliseconds.append((time.process_time() - before) * 1000 / answers)

    with on_cores(MEASURED_CORE):
        uvloop.run(loop())


def check_same_answer(query: str, url: str, servers: tuple[RunningServer, RunningServer]) -> None:
    """Makes sure that all three give the same answer.

    Raises:
        RuntimeError: they do not, so that nothing would be compared.
    """

    async def floor() -> bytes:
        async with fetching(url) as fetch:
            return await FLOORS[query](fetch)

    expected = orjson.loads(uvloop.run(floor()))
    for server in servers:
        if ask_once(server.url, graphql_request(query)) != expected:
            raise RuntimeError(f"{server.process.args!r} gives another answer than the floor")
