"""The locks that SQLite's readers hold, as another process sees them."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

from tests.support.waiting import until

READER_BYTES = range(123, 128)
"""The bytes of the ``-shm`` file that are SQLite's five read locks (walIndexFormat, WAL_READ_LOCK)."""

LOOK = """
import fcntl, struct, sys
with open(sys.argv[1], "rb+") as file:
    for place in map(int, sys.argv[2:]):
        asked = struct.pack("hhqqi", fcntl.F_WRLCK, 0, place, 1, 0)
        if struct.unpack("hhqqi", fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK:
            print(place)
"""


async def reader_locks(url: str) -> list[int]:
    """The places of readers that any process holds.

    A separate process inspects them: this one would lose all its locks on the file by closing it.
    """
    file = Path(f"{make_url(url).database}-shm")
    command = [sys.executable, "-ISc", LOOK, str(file), *map(str, READER_BYTES)]
    done = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Another program writes, and does not come to an end.

    It waits for its turn without stopping the event loop, in which the writer that it waits for may be.
    """
    connection = sqlite3.connect(str(make_url(url).database), timeout=0, isolation_level=None)

    async def acquired() -> bool:
        with suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
        return connection.in_transaction

    try:
        await until(acquired, pause=0.001)
        yield
    finally:
        connection.rollback()
        connection.close()
