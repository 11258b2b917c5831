"""The locks on an SQLite file, all of which a process loses when it closes the file, by whatever door it was opened."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url, text

from tunix_rt.db.connections.files import make_private
from tunix_rt.db.session import Database

LOOK = """
import pathlib, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT 1 FROM traces").fetchall()
connection.close()
print(pathlib.Path(sys.argv[1] + "-wal").exists())
"""
COUNT = text("SELECT count(*) FROM traces")


def look(file: str) -> str:
    """Returns whether another process that reads, and leaves, leaves the log."""
    return subprocess.run([sys.executable, "-c", LOOK, file], check=True, capture_output=True, text=True).stdout.strip()


async def test_a_process_that_leaves_keeps_the_log_for_those_who_are_still_there(
    sqlite_database: Database, sqlite_url: str
):
    file = str(make_url(sqlite_url).database)
    async with sqlite_database.read() as session:
        await session.execute(COUNT)
        await asyncio.to_thread(make_private, Path(file))  # as each new connection does

        assert await asyncio.to_thread(look, file) == "True"
