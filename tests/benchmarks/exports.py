"""Exporting a dataset: the rate beside the driver's own, and what a server and its other users notice of it."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import uvloop

from tests.benchmarks.client import Connection, graphql_request
from tests.benchmarks.databases import KINDS, Databases, fill, native_address, settings_for
from tests.benchmarks.memory import Memory, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import ExportRequest, enter_export
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.jobs.queue import claim, hold_of
from tunix_rt.jobs.exports import process as export_job
from tunix_rt.settings import Settings

TRACE_BYTES = 2000
FORMATS = (ExportFormat.TUNIX_SFT, ExportFormat.TRACE, ExportFormat.CHAT_MESSAGES)
SMALL = graphql_request("{ traces(first: 10) { nodes { id promptPreview stepCount } } }")
PAUSE_SECONDS = 0.01
LONGEST_SECONDS = 3600.0
BUILDING = "query ($id: ID!) { dataset(id: $id) { status traceCount error { message } } }"
UNDER_WAY = {"PENDING", "RUNNING"}
ROWS = """SELECT traces.id, traces.created_at, traces.external_id, traces.payload
    FROM dataset_traces JOIN traces ON traces.id = dataset_traces.trace_id
    WHERE dataset_traces.dataset_id = {placeholder} ORDER BY dataset_traces.position"""


def run(databases: Databases, options: Options) -> None:
    """Prints the rates and what was noticed, for both databases."""
    heading(f"Export of a dataset of {options.exported} traces of 2 KB to JSON lines")
    note("Floor: the driver's own cursor over the same rows, each payload written to a file as it is. Script: the same")
    note("cursor, json.loads, the record of tunix_sft, json.dumps.")
    note("Rows per second in one process; then by a server, with small queries asked meanwhile.")
    rates, noticed = [], []
    for kind, name in KINDS.items():
        url = databases.fresh(kind)
        settings = settings_for(url, databases.folder)
        asyncio.run(fill(settings, made_up(options.exported, TRACE_BYTES)))
        databases.tidy(url)
        with running(OURS, url, databases.folder, set(os.sched_getaffinity(0))) as server:
            dataset = create_dataset(server)
            rates.append(rates_of(name, settings, url, dataset, options))
            noticed.append([name, *notice(server, dataset)])
        databases.remove(url)
    formats = [format_.value for format_ in FORMATS]
    table(["", "floor", "script", *formats, "tunix_sft/floor", "tunix_sft/script"], rates)
    note("")
    table(["", "seconds", "server's memory", "export's memory", "idle p99 ms", "meanwhile p50 ms", "p99 ms"], noticed)


def ask(server: RunningServer, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer."""
    connection = Connection.to(server.url)
    connection.socket.settimeout(LONGEST_SECONDS)
    answer: dict[str, Any] = orjson.loads(connection.ask(graphql_request(query, variables)))
    connection.close()
    if "errors" in answer:
        raise RuntimeError(json.dumps(answer))
    data: dict[str, Any] = answer["data"]
    return data


def create_dataset(server: RunningServer) -> uuid.UUID:
    """A dataset of every trace, once it is built."""
    query = 'mutation { createDataset(input: {name: "all", version: "1"}) { dataset { uuid } errors { message } } }'
    dataset: str = ask(server, query)["createDataset"]["dataset"]["uuid"]
    built(server, dataset)
    return uuid.UUID(dataset)


def built(server: RunningServer, dataset: str, meanwhile: Callable[[], object] = lambda: time.sleep(0.2)) -> None:
    """Waits until a dataset is built.

    Raises:
        RuntimeError: it could not be.
    """
    while (state := ask(server, BUILDING, id=dataset)["dataset"])["status"] in UNDER_WAY:
        meanwhile()
    if state["status"] != "COMPLETED":
        raise RuntimeError(f"the dataset is {state}")


def rates_of(name: str, settings: Settings, url: str, dataset: uuid.UUID, options: Options) -> list[str]:
    """The row of one database."""
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    floor, script = (
        median(
            [timed(partial(uvloop.run, by_driver(url, dataset, folder, text))) for _ in range(options.export_rounds)]
        )
        for text in (as_it_is, by_script)
    )
    ours = [
        median([uvloop.run(by_us(settings, dataset, format_)) for _ in range(options.export_rounds)])
        for format_ in FORMATS
    ]
    count = options.exported
    rates = [f"{count / seconds:.0f}" for seconds in (floor, script, *ours)]
    return [name, *rates, ratio(floor, ours[0]), ratio(script, ours[0])]


def timed(work: Callable[[], object]) -> float:
    """The seconds that something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def as_it_is(row: Sequence[Any]) -> bytes:
    """The floor's line: what any program in this language has to spend is reading the payload and writing it."""
    payload: str = row[3]
    return payload.encode()


def by_script(row: Sequence[Any]) -> bytes:
    """The line of ``tunix_sft`` as a script would make it: decoded, put together, encoded."""
    trace = json.loads(row[3])
    steps = "".join(f"{number}. {step['content']}\n" for number, step in enumerate(trace["steps"], 1))
    model = f"Reasoning:\n{steps}Answer: {trace['final_answer']}"
    about = {"created_at": str(row[1]), "trace_version": trace["trace_version"], "format": "tunix_sft"}
    record = {
        "id": str(row[0]),
        "prompts": f"<start_of_turn>user\n{trace['prompt']}<end_of_turn>\n<start_of_turn>model\n{model}<end_of_turn>",
        "final_answer": trace["final_answer"],
        "metadata": about | (trace["meta"] or {}),
    }
    return json.dumps(record).encode()


async def by_driver(url: str, dataset: uuid.UUID, folder: Path, text: Callable[[Any], bytes]) -> None:
    """Every row read by the driver's own cursor, and its line written."""
    with (folder / "floor.jsonl").open("wb") as file:
        if url.startswith("postgresql"):
            connection = await asyncpg.connect(native_address(url))
            async with connection.transaction(readonly=True):
                async for row in connection.cursor(ROWS.format(placeholder="$1"), dataset, prefetch=2000):
                    file.write(text(row) + b"\n")
            await connection.close()
            return
        stored = sqlite3.connect(native_address(url))
        for row in stored.execute(ROWS.format(placeholder="?"), (dataset.hex,)):
            file.write(text(row) + b"\n")
        stored.close()


async def by_us(settings: Settings, dataset: uuid.UUID, format_: ExportFormat) -> float:
    """Returns the seconds of an export as its process does it, including its reports to the ledger."""
    database = Database(settings)
    request = ExportRequest(OfDataset(dataset), format_, Container.JSONL, FormatOptions())
    async with database.write() as session:
        await enter_export(session, request, now())
        row = await claim(session, exports, "benchmark", now())
    if row is None:
        raise RuntimeError("another process has taken the export")
    start = time.perf_counter()
    status = await export_job.run(settings, hold_of(row))
    seconds = time.perf_counter() - start
    await database.close()
    if status:
        raise RuntimeError(f"the export ended with status {status}")
    return seconds


def notice(server: RunningServer, dataset: uuid.UUID) -> list[str]:
    """Returns the time of an export by the server, its growth of memory, and the latency of small queries meanwhile."""
    connection = Connection.to(server.url)
    idle = sorted(latency(connection) for _ in range(300))
    with Memory(server.process.pid) as memory:
        start = time.perf_counter()
        export = ask(server, START, id=str(dataset))["startExport"]["export"]["id"]
        busy: list[float] = []
        while (state := ask(server, STATUS, id=export)["export"])["status"] in {"PENDING", "RUNNING"}:
            busy.extend(latency(connection) for _ in range(20))
        seconds = time.perf_counter() - start
    connection.close()
    if state["status"] != "COMPLETED":
        raise RuntimeError(f"the export is {state}")
    busy.sort()
    return [
        f"{seconds:.1f}",
        f"+{megabytes(memory.grown):.0f} MB",
        f"{megabytes(memory.children):.0f} MB",
        *(f"{1000 * value:.1f}" for value in (at(idle, 0.99), at(busy, 0.5), at(busy, 0.99))),
    ]


START = """mutation ($id: ID!) {
  startExport(input: {datasetId: $id, format: TUNIX_SFT, container: JSONL}) { export { id } errors { message } }
}"""
STATUS = "query ($id: ID!) { export(id: $id) { status error { message } } }"


def latency(connection: Connection) -> float:
    """The seconds of a small query, after a pause."""
    time.sleep(PAUSE_SECONDS)
    return timed(lambda: connection.ask(SMALL))


def at(ordered: list[float], share: float) -> float:
    """A quantile of ordered values."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
