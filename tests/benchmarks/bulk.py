"""The floor of an import: the driver's own bulk load of rows that are ready, into the same migrated table.

Nothing is read, checked, hashed, split into words or looked up; indexes are kept as always.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg
import orjson

from tests.benchmarks.databases import BATCH, native_address
from tunix_rt.domain.traces.search_bodies import body_of
from tunix_rt.domain.traces.search_index import take_binary_vectors
from tunix_rt.domain.traces.storage import row_of
from tunix_rt.domain.traces.trace import TraceDraft

T = TypeVar("T")
Row = tuple[Any, ...]
COLUMNS = (
    "id", "created_at", "trace_version", "source", "prompt_hash", "content_hash", "step_count", "char_count",
    "prompt_preview", "final_answer_preview", "external_id", "meta", "payload",
    "group_key",
)  # fmt: skip
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY")


def rows_of(drafts: Sequence[TraceDraft], kind: str) -> list[Row]:
    """The rows that store drafts, in the types that the driver takes."""
    made = (row_of(draft, datetime.now(UTC)) | {"search": body_of(draft.payload, kind)} for draft in drafts)
    return [tuple(as_stored(name, row[name], kind) for name in (*COLUMNS, "search")) for row in made]


def as_stored(name: str, value: Any, kind: str) -> Any:
    """A column's value as the driver takes it."""
    if name == "meta" and value is not None:
        return orjson.dumps(value).decode()
    if kind == "sqlite" and name == "id":
        return value.hex
    if kind == "sqlite" and name == "created_at":
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


async def sqlite_executemany(url: str, rows: Sequence[Row]) -> float:
    """The seconds that sqlite3's executemany needs, 2,000 rows in a transaction."""
    connection = sqlite3.connect(native_address(url), isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    statement = f"INSERT INTO traces (seq, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"
    index = "INSERT INTO trace_search(rowid, body) VALUES (?, ?)"
    start = time.perf_counter()
    for batch in batches(list(enumerate(rows, 1))):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(statement, [(seq, *row[:-1]) for seq, row in batch])
        connection.executemany(index, [(seq, row[-1]) for seq, row in batch])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


async def postgresql_copy(url: str, rows: Sequence[Row]) -> float:
    """The seconds that asyncpg's COPY needs, 2,000 rows in a transaction."""
    connection = await asyncpg.connect(native_address(url))
    await take_binary_vectors(connection, {})
    start = time.perf_counter()
    for batch in batches(rows):
        await connection.copy_records_to_table("traces", records=batch, columns=[*COLUMNS, "search"])
    seconds = time.perf_counter() - start
    await connection.close()
    return seconds


def batches(rows: Sequence[T]) -> list[Sequence[T]]:
    """The rows of each transaction."""
    return [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]


Load = Callable[[str, Sequence[Row]], Awaitable[float]]
LOADS: dict[str, dict[str, Load]] = {
    "sqlite": {"executemany": sqlite_executemany},
    "postgresql": {"COPY": postgresql_copy},
}
