"""Start-up: how long ``--help`` takes, and how long ``serve`` takes to answer its first request."""

from __future__ import annotations

import subprocess
import time

from tests.benchmarks.client import ask_once, graphql_request
from tests.benchmarks.databases import KINDS, Databases
from tests.benchmarks.options import Options
from tests.benchmarks.queries import PAGE
from tests.benchmarks.report import heading, median, note, table
from tests.benchmarks.servers import OURS, environment
from tests.support.postgres import free_port
from tests.support.servers import clean_environment, stop

TARGETS = {"--help": 0.3, "serve": 1.5}
MOST_SECONDS = 30


def run(databases: Databases, options: Options) -> None:
    """Prints the table."""
    heading("Start-up, seconds")
    note("serve: from the start of the process to the answer to a first GraphQL request, on an existing database.")
    figures = {"tunix-rt --help": ([help_time() for _ in range(options.rounds)], TARGETS["--help"])}
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        figures[f"tunix-rt serve, {name}"] = ([serve_time(url) for _ in range(options.rounds)], TARGETS["serve"])
    table(
        ["", "median", "least", "most", "target"],
        [
            [label, f"{median(found):.2f}", f"{min(found):.2f}", f"{max(found):.2f}", f"{target:.1f}"]
            for label, (found, target) in figures.items()
        ],
    )


def help_time() -> float:
    """The seconds that ``--help`` takes."""
    start = time.perf_counter()
    subprocess.run([*OURS, "--help"], check=True, capture_output=True, env=clean_environment())
    return time.perf_counter() - start


def serve_time(url: str) -> float:
    """The seconds from the start of ``serve`` to its first answer.

    Raises:
        RuntimeError: it never answered.
    """
    port = free_port()
    variables = clean_environment() | environment(url)
    start = time.perf_counter()
    process = subprocess.Popen([*OURS, "serve", "--port", str(port)], env=variables, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - start < MOST_SECONDS:
            try:
                ask_once(f"http://127.0.0.1:{port}", graphql_request(PAGE))
            except ConnectionRefusedError:
                time.sleep(0.005)
            else:
                return time.perf_counter() - start
    finally:
        stop(process)
    raise RuntimeError(f"the server did not answer in {MOST_SECONDS} s")
