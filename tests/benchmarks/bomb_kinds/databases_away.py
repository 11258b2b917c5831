"""A database that becomes unavailable while the process of a job ends."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from tests.benchmarks.bomb_kinds.base import Bomb, Drop, Target
from tests.benchmarks.client import ask_once, graphql_request, request_bytes
from tests.benchmarks.memory import children_of
from tests.benchmarks.workload import lines

TRACES = 20_000
AWAY_SECONDS = 10
DATASET = 'mutation { createDataset(input: {name: "all", version: "1"}) { dataset { id } errors { message } } }'
EXPORT = """mutation ($id: ID!) {
  startExport(input: {datasetId: $id, format: TUNIX_SFT, container: PARQUET}) { export { id } errors { message } }
}"""


def ended_job(target: Target) -> Drop:
    """An export under way; what is measured is ten seconds without the database, and without the export's process."""
    url = target.server.url
    ask_once(url, request_bytes("/v1/traces", b"\n".join(lines(TRACES)), "application/x-ndjson"))
    dataset = ask_once(url, graphql_request(DATASET))["data"]["createDataset"]["dataset"]["id"]

    def drop() -> str:
        ask_once(url, graphql_request(EXPORT, {"id": dataset}))
        process = job_of(target.server.process.pid)
        target.databases.halt()
        os.kill(process, signal.SIGKILL)
        logged = target.server.log.stat().st_size
        lines_before = count_lines(target)
        time.sleep(AWAY_SECONDS)
        grown = target.server.log.stat().st_size - logged
        return f"{(count_lines(target) - lines_before) / AWAY_SECONDS:.1f} log lines/s, {grown:,} B"

    return drop


def job_of(process_id: int) -> int:
    """The process that does a server's export.

    Raises:
        RuntimeError: there is none in time.
    """
    end = time.perf_counter() + 30
    while time.perf_counter() < end:
        for child in children_of(process_id):
            return child
        time.sleep(0.01)
    raise RuntimeError("the server has started no process")


def count_lines(target: Target) -> int:
    """Returns the number of lines that a server has logged."""
    return target.server.log.read_bytes().count(b"\n")


def back(target: Target) -> None:
    """Starts the database again."""
    target.databases.resume()


BOMBS: tuple[Any, ...] = (Bomb("job: PostgreSQL away and its process ended", ended_job, ("postgresql",), clear=back),)
