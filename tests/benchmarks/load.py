"""Load: pages from one, two and four servers on one PostgreSQL database, behind nginx as documented."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

from tests.benchmarks.client import ask_once, graphql_request, keep_busy
from tests.benchmarks.databases import Databases, fill, settings_for
from tests.benchmarks.machine import ALL_CORES, cpu_seconds
from tests.benchmarks.options import Options
from tests.benchmarks.queries import PAGE, RICH_PAGE
from tests.benchmarks.report import heading, median, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces
from tests.support.nginx import proxying
from tests.support.postgres import free_port
from tests.support.servers import RunningServer

SERVERS = (1, 2, 4)
CLIENTS = 16
SECONDS = 3.0
TRACES = 2000
PAGES = {"3 fields": PAGE, "rich": RICH_PAGE}


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both pages."""
    heading(f"Pages of 50 traces from several servers behind nginx, {CLIENTS} clients")
    note("The servers, nginx, PostgreSQL and the clients share all cores, so that no more requests are answered once")
    note("these are busy. nginx is configured as documented, without TLS. CPU of all server processes for a request.")
    url = databases.fresh("postgresql")
    asyncio.run(fill(settings_for(url, databases.folder), traces(TRACES), scored=True))
    databases.tidy(url)
    with ExitStack() as stack:
        servers = [stack.enter_context(running(OURS, url, databases.folder, ALL_CORES)) for _ in range(max(SERVERS))]
        doors = {"1, without nginx": servers[:1]} | {str(number): servers[:number] for number in SERVERS}
        addresses = {
            name: used[0].url if "without" in name else stack.enter_context(behind_nginx(used, databases.folder))
            for name, used in doors.items()
        }
        rows = [
            row
            for page, query in PAGES.items()
            for row in measure_page(page, graphql_request(query), doors, addresses, options.rounds)
        ]
    databases.remove(url)
    table(["", "requests/s", "times one server's", "ms CPU"], rows)


def measure_page(
    page: str, request: bytes, doors: dict[str, list[RunningServer]], addresses: dict[str, str], rounds: int
) -> list[list[str]]:
    """Returns the rows of a page; the numbers of servers take turns, each round in another order."""
    rates: dict[str, list[float]] = {name: [] for name in doors}
    costs: dict[str, list[float]] = {name: [] for name in doors}
    for address in addresses.values():
        ask_once(address, request)
    for number in range(rounds):
        for name in list(doors) if number % 2 == 0 else reversed(doors):
            before, start = cpu_of(doors[name]), time.perf_counter()
            answers = keep_busy(addresses[name], request, SECONDS, CLIENTS)
            rates[name].append(answers / (time.perf_counter() - start))
            costs[name].append((cpu_of(doors[name]) - before) * 1000 / answers)
    one = median(rates[str(SERVERS[0])])
    return [
        [
            f"{page}: {name} {'server' if name.startswith('1') else 'servers'}",
            f"{median(rates[name]):.0f}",
            f"{median(rates[name]) / one:.2f}",
            f"{median(costs[name]):.2f}",
        ]
        for name in doors
    ]


def cpu_of(servers: list[RunningServer]) -> float:
    """Returns the CPU seconds that servers have used so far."""
    return sum(cpu_seconds(server.process.pid) for server in servers)


@contextmanager
def behind_nginx(servers: list[RunningServer], folder: Path) -> Iterator[str]:
    """Runs nginx in front of servers until the end of the block; its address without TLS is yielded."""
    ports = [int(server.url.rpartition(":")[2]) for server in servers]
    with proxying(Path(mkdtemp(dir=folder)), ports, free_port(), encrypted=False) as nginx:
        yield f"http://{nginx.address}"
