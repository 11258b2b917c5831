"""Fan-out of a run's events: from what a run's process commits to its delivery to each of 500 subscribers."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AsyncExitStack
from typing import Any

import httpx
import orjson
import uvloop
from sqlalchemy import insert
from websockets.asyncio.client import ClientConnection

from tests.benchmarks.databases import KINDS, Databases, settings_for
from tests.benchmarks.fan_out import subscribed
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, table
from tests.benchmarks.servers import OURS, running
from tests.support.ledger import run_row
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.events import LogLine, append

CROWDS = (1, 50, 500)
BURST = 2000
EVENTS = "subscription { runEvents(id: ID) { seq at ... on RunLogLine { stream text } } }"


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases."""
    heading("Fan-out of a run's events, milliseconds")
    note("From the commit of one line, and of 2,000, to the first and to the last subscriber, over WebSockets; the")
    note("server looks four times a second. Reads: how often it asked the database, a second.")
    rows = []
    for kind, name in KINDS.items():
        for crowd in CROWDS:
            url = databases.fresh(kind)
            with running(OURS, url, databases.folder, settings={"TUNIX_RT_WORKER": "false"}) as server:
                found = uvloop.run(measure(server.url, Database(settings_for(url, databases.folder)), crowd, options))
            rows.append([f"{name}, {crowd} subscribers", *found])
            databases.remove(url)
    table(["", "one: first", "last", "2,000: first", "all, last", "reads/s"], rows)


async def measure(url: str, database: Database, crowd: int, options: Options) -> list[str]:
    """Returns the figures of ``crowd`` subscribers."""
    row = run_row(now())
    async with database.write() as session:
        await session.execute(insert(tunix_runs), [row])
    query = EVENTS.replace("ID", f'"{row["id"]}"')
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(subscribed(url, query)) for _ in range(crowd)]
        await one_round(database, row, sockets, 1)
        before, start = await reads(url), time.perf_counter()
        single = [await one_round(database, row, sockets, 1) for _ in range(options.rounds)]
        burst = [await one_round(database, row, sockets, BURST) for _ in range(options.rounds)]
        asked = (await reads(url) - before) / (time.perf_counter() - start)
    await database.close()
    times = [median(found) * 1000 for found in (*zip(*single, strict=True), *zip(*burst, strict=True))]
    return [*(f"{found:.0f}" for found in times), f"{asked:.1f}"]


async def reads(url: str) -> float:
    """Returns the number of the server's reading sessions."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        text = (await client.get(f"{url}/metrics")).text
    found = re.search(r'^tunix_rt_database_session_seconds_count{kind="read"} (\S+)$', text, re.MULTILINE)
    return 0.0 if found is None else float(found[1])


async def one_round(
    database: Database, row: dict[str, Any], sockets: list[ClientConnection], lines: int
) -> tuple[float, float]:
    """Seconds from the commit to the first delivery of anything and to the last one of everything."""
    entries = [LogLine(now(), 1, LogStream.STDOUT, f"line {number}") for number in range(lines)]
    receiving = [asyncio.create_task(received(socket, lines)) for socket in sockets]
    async with database.write() as session:
        await append(session, row["id"], entries)
    start = time.perf_counter()
    found = await asyncio.gather(*receiving)
    return min(first for first, _ in found) - start, max(last for _, last in found) - start


async def received(socket: ClientConnection, number: int) -> tuple[float, float]:
    """Returns the times of the first and the last of ``number`` events."""
    first, count = 0.0, 0
    while count < number:
        message = orjson.loads(await socket.recv())
        if message["type"] == "ping":
            await socket.send('{"type":"pong"}')
            continue
        first = first or time.perf_counter()
        count += len(message["payload"]["data"]["runEvents"])
    return first, time.perf_counter()
