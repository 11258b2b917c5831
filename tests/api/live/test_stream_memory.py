"""A dataset of any size is streamed in a few megabytes of the server's memory."""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path

import httpx

from tests.support.exports import CREATE_DATASET
from tests.support.factories import insert_rows, trace, trace_row
from tests.support.job_processes import CONTENT
from tests.support.servers import serving
from tests.support.traces import data_of, on_sqlite
from tunix_rt.db.session import Database

TRACES = 6000
MEMORY_BYTES = 30_000_000


def memory(process: int, name: str) -> int:
    """Returns the memory of a process in bytes."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def forget_peak(process: int) -> None:
    """Lets the system take the memory that a process holds now for the most that it has held."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


@on_sqlite
async def test_memory_does_not_grow_with_the_stream(database: Database, database_url: str, tmp_path: Path):
    row = trace_row(trace(steps=[{"i": 0, "type": "t", "content": CONTENT}]))
    for _ in range(TRACES // 1000):
        async with database.write() as session:
            await insert_rows(session, [row | {"id": uuid.uuid4()} for _ in range(1000)])
    environment = {"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_LOAD_SAMPLES": "false"}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=120) as client:
            body = {"query": CREATE_DATASET, "variables": {"input": {"name": "large", "version": "1"}}}
            assert data_of((await client.post("/graphql", json=body)).json())["createDataset"]["errors"] == []
            forget_peak(server.process.pid)
            before = memory(server.process.pid, "VmRSS")
            async with client.stream("GET", "/v1/datasets/large-1/export.jsonl") as response:
                size = sum([len(chunk) async for chunk in response.aiter_bytes()])
        grown = memory(server.process.pid, "VmHWM") - before

    assert size > 2 * MEMORY_BYTES
    assert grown < MEMORY_BYTES
