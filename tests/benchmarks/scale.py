"""A dataset of a million traces on SQLite: built, verified, exported, with the memory that each took over time."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from typing import Any

from tests.benchmarks.databases import Databases, fill, native_address, settings_for
from tests.benchmarks.exports import START, STATUS, ask, built
from tests.benchmarks.memory import Memory, downsampled, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import traces as made_up
from tests.support.servers import RunningServer

TRACE_BYTES = 2000
ENVIRONMENT = {"TUNIX_RT_DATASET_TIMEOUT_SECONDS": "3600"}
STEPS = {
    "createDataset LATEST": 'createDataset(input: {name: "all", version: "1"}) { dataset { id } errors { message } }',
    "createDataset RANDOM": (
        'createDataset(input: {name: "all", version: "2", strategy: RANDOM, seed: 1}) '
        "{ dataset { id } errors { message } }"
    ),
    "verifyDataset": "verifyDataset(input: {id: ID}) { verification { intact reproducible } errors { message } }",
    "splitDataset": (
        'splitDataset(input: {id: ID, parts: [{name: "a", fraction: 0.9}, {name: "b", fraction: 0.1}]}) '
        "{ datasets { id } errors { message } }"
    ),
}


def run(databases: Databases, options: Options) -> None:
    """Prints seconds and memory of each step."""
    heading(f"A dataset of {options.scale} traces of 2 KB on SQLite")
    url = databases.fresh("sqlite")
    drop_search(url)
    start = time.perf_counter()
    asyncio.run(fill(settings_for(url, databases.folder), made_up(options.scale, TRACE_BYTES)))
    note(f"Filled in {time.perf_counter() - start:.0f} s, without the search index, which is not asked here.")
    with running(OURS, url, databases.folder, set(os.sched_getaffinity(0)), ENVIRONMENT) as server:
        rows = steps(server)
        rows.append(export(server))
    databases.remove(url)
    table(
        ["", "seconds", "rows/s", "server's memory", "its process's memory"], [row(options, *found) for found in rows]
    )


def drop_search(url: str) -> None:
    """Takes away the triggers of SQLite's search index: filling it would take most of the time."""
    file = sqlite3.connect(native_address(url))
    for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%search%'"):
        file.execute(f"DROP TRIGGER {name}")
    file.close()


def steps(server: RunningServer) -> list[tuple[str, float, Memory]]:
    """The mutations, one after the other."""
    found = []
    dataset = ""
    for name, mutation in STEPS.items():
        with Memory(server.process.pid) as memory:
            start = time.perf_counter()
            (answer,) = ask(server, f"mutation {{ {mutation.replace('ID', dataset)} }}").values()
            check(answer)
            for made in [answer.get("dataset"), *(answer.get("datasets") or [])]:
                if made is not None:
                    built(server, made["id"])
            found.append((name, time.perf_counter() - start, memory))
        dataset = dataset or f'"{answer["dataset"]["id"]}"'
    return found


def check(answer: dict[str, Any]) -> None:
    """Makes sure that something was measured.

    Raises:
        RuntimeError: the mutation was refused.
    """
    if answer["errors"]:
        raise RuntimeError(str(answer["errors"]))


def export(server: RunningServer) -> tuple[str, float, Memory]:
    """An export of the dataset."""
    dataset = ask(server, '{ dataset(id: "all-1") { id } }')["dataset"]["id"]
    with Memory(server.process.pid) as memory:
        start = time.perf_counter()
        job = ask(server, START, id=dataset)["startExport"]["export"]["id"]
        while (state := ask(server, STATUS, id=job)["export"])["status"] in {"PENDING", "RUNNING"}:
            time.sleep(0.2)
        seconds = time.perf_counter() - start
    if state["status"] != "COMPLETED":
        raise RuntimeError(f"the export is {state}")
    return "startExport", seconds, memory


def row(options: Options, name: str, seconds: float, memory: Memory) -> list[str]:
    """The row of a step; its memory over time is printed beside."""
    note(f"{name}: server's memory over time, MB: {downsampled(memory.curve)}")
    children = f"{megabytes(memory.children):.0f} MB" if memory.children else "-"
    return [name, f"{seconds:.1f}", f"{options.scale / seconds:.0f}", f"+{megabytes(memory.grown):.0f} MB", children]
