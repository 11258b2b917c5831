"""Readers of a database as other connections see them, and the write-ahead log that they hold up."""

from __future__ import annotations

import sqlite3

from sqlalchemy import make_url

from tests.support.factories import trace, trace_draft
from tunix_rt.db.session import Database
from tunix_rt.domain.traces.storage import add_traces


async def oldest_reader(database: Database) -> float | None:
    """Returns the age that ``health`` reports."""
    async with database.read() as session:
        return await database.oldest_reader_seconds(session)


async def add_one(database: Database) -> None:
    """Writes something to the write-ahead log."""
    async with database.write() as session:
        await add_traces(session, [trace_draft(trace("one more"))])


def checkpoint(url: str) -> int:
    """Returns 1 if a checkpoint of the whole log was blocked, otherwise 0."""
    connection = sqlite3.connect(str(make_url(url).database))
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.close()
    return int(busy)


def check_file(url: str) -> None:
    """Asks SQLite whether its file is sound."""
    if not url.startswith("sqlite"):
        return
    connection = sqlite3.connect(str(make_url(url).database))
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("INSERT INTO trace_search(trace_search) VALUES ('integrity-check')").fetchall() == []
        indexed = connection.execute("SELECT count(*) FROM trace_search_docsize").fetchone()
        assert indexed == connection.execute("SELECT count(*) FROM traces").fetchone()
    finally:
        connection.close()
