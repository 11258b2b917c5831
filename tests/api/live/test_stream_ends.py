"""Whatever ends a stream ends its statements: no client, no reader."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import httpx
import pytest

from tests.support.locks import reader_locks
from tests.support.readers import add_one, checkpoint, oldest_reader
from tests.support.subscriptions import CREATED, WAIT_SECONDS, send, socket
from tests.support.waiting import until_nothing
from tunix_rt.db.session import Database

ROUNDS = 120
STREAM = {"query": CREATED}


@pytest.fixture(autouse=True)
def uncollected() -> Iterator[None]:
    """Disables the garbage collector, which would end readers too late in a server."""
    gc.disable()
    yield
    gc.enable()


async def require_no_reader(address: str, database: Database, url: str) -> None:
    """Waits until nothing reads any more, by the server's health and by the locks that other processes see."""
    await until_nothing(lambda: oldest_of(address))
    await until_nothing(lambda: oldest_reader(database))
    if database.kind == "sqlite":
        await until_nothing(lambda: reader_locks(url))
        await add_one(database)
        assert checkpoint(url) == 0, "something still reads the log"


async def oldest_of(address: str) -> float | None:
    """Returns the age of the server's oldest reader from its health."""
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        query = {"query": "{ health { database { oldestTransactionSeconds } } }"}
        body = (await client.post(f"http://{address}/graphql", json=query)).json()
    age: float | None = body["data"]["health"]["database"]["oldestTransactionSeconds"]
    return age


async def test_completed_subscriptions_leave_no_reader(address: str, database: Database, database_url: str):
    await send(address, *map(str, range(20)))
    async with socket(address) as opened:
        for number in range(ROUNDS):
            await opened.subscribe(str(number))
            await asyncio.sleep(0.005 * (number % 10) / 10)
            await opened.send(type="complete", id=str(number))

        await require_no_reader(address, database, database_url)


async def test_sockets_that_vanish_leave_no_reader(address: str, database: Database, database_url: str):
    await send(address, *map(str, range(20)))
    for number in range(ROUNDS // 4):
        async with socket(address) as opened:
            await opened.subscribe("s")
            await asyncio.sleep(0.005 * (number % 10) / 10)
            opened.connection.transport.abort()

    await require_no_reader(address, database, database_url)


async def test_closed_event_streams_leave_no_reader(address: str, database: Database, database_url: str):
    await send(address, *map(str, range(20)))
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        for number in range(ROUNDS // 4):
            request = {"json": STREAM, "headers": {"Accept": "text/event-stream"}}
            async with client.stream("POST", f"http://{address}/graphql", **request):  # type: ignore[arg-type]
                await asyncio.sleep(0.005 * (number % 10) / 10)

    await require_no_reader(address, database, database_url)


async def test_aborted_downloads_leave_no_reader(address: str, database: Database, database_url: str):
    await send(address, *(f"{number}" + "x" * 40_000 for number in range(100)))
    query = 'mutation { createDataset(input: {name: "d", version: "1"}) { errors { message } } }'
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        await client.post(f"http://{address}/graphql", json={"query": query})
        for number in range(ROUNDS // 4):
            async with client.stream("GET", f"http://{address}/v1/datasets/d-1/export.jsonl") as response:
                if number % 2:
                    await anext(response.aiter_raw())
                await asyncio.sleep(0.005 * (number % 10) / 10)

    await require_no_reader(address, database, database_url)
