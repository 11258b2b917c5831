"""Pages of 50 traces: CPU time of a request and requests per second, beside the floor and the stock peer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

import orjson
import uvloop

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, settings_for
from tests.benchmarks.floors import FLOORS, fetching
from tests.benchmarks.machine import ALL_CORES, MEASURED_CORE, on_cores
from tests.benchmarks.options import Options
from tests.benchmarks.queries import PAGE, RICH_PAGE
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, PEER, Load, measure, running
from tests.benchmarks.workload import traces
from tests.support.servers import RunningServer

TRACES = 2000
SECONDS = 0.8
CLIENTS = (1, 8, 32)
BUSY = 8
"""The number of clients with which CPU times are measured."""
NAMES = {PAGE: "3 fields", RICH_PAGE: "rich"}


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading("Pages of 50 traces: 3 fields; rich (prompt, answer, steps, two scores each)")
    where = "one core" if options.pinned else "all cores, as started by a user"
    note(f"Servers on {where}. CPU of the whole server process for a request, with {BUSY} clients; requests/s by the")
    note("number of clients. Peer: stock Strawberry, same statements, DataLoader. Floor: the driver's statements and")
    note("orjson.dumps in a bare loop.")
    rows = [row for kind in KINDS for row in measure_database(kind, databases, options)]
    by_clients = [f"{clients} clients/s" for clients in CLIENTS]
    table(["", "ms CPU", *by_clients, "floor ms", "peer ms", "peer/s", "ours/floor", "peer/ours"], rows)


def measure_database(kind: str, databases: Databases, options: Options) -> list[list[str]]:
    """The rows of one database: one for each page."""
    url = databases.fresh(kind)
    asyncio.run(fill(settings_for(url, databases.folder), traces(TRACES), scored=True))
    databases.tidy(url)
    cores = MEASURED_CORE if options.pinned else ALL_CORES
    with running(OURS, url, databases.folder, cores) as ours, running(PEER, url, databases.folder, cores) as peer:
        rows = [measure_page(kind, query, url, (ours, peer), options.rounds) for query in (PAGE, RICH_PAGE)]
    databases.remove(url)
    return rows


def measure_page(
    kind: str, query: str, url: str, servers: tuple[RunningServer, RunningServer], rounds: int
) -> list[str]:
    """The row of one page: the programs take turns, each round in another order."""
    check_same_answer(query, url, servers)
    request, floor = graphql_request(query), list[float]()
    busy, peer = (Load(server, request) for server in servers)
    others = {clients: Load(servers[0], request) for clients in CLIENTS if clients != BUSY}
    turns: list[Callable[[], None]] = [
        lambda: measure(busy, BUSY),
        *(partial(measure, load, clients) for clients, load in others.items()),
        lambda: measure(peer, BUSY),
        lambda: measure_floor(url, query, floor),
    ]
    for number in range(rounds):
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    own, stock, least = median(busy.milliseconds), median(peer.milliseconds), median(floor)
    return [
        f"{KINDS[kind]}, {NAMES[query]}",
        f"{own:.2f}",
        *(f"{median(others.get(clients, busy).per_second[clients]):.0f}" for clients in CLIENTS),
        f"{least:.2f}",
        f"{stock:.2f}",
        f"{median(peer.per_second[BUSY]):.0f}",
        ratio(own, least),
        ratio(stock, own),
    ]


def measure_floor(url: str, query: str, found: list[float]) -> None:
    """Makes the floor's answer again and again for a while, on one core."""

    async def loop() -> None:
        async with fetching(url) as fetch:
            answers, before, end = 0, time.process_time(), time.perf_counter() + SECONDS / 2
            while time.perf_counter() < end:
                await FLOORS[query](fetch)
                answers += 1
            found.append((time.process_time() - before) * 1000 / answers)

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
