"""The floor of a page: the same statements by the plain driver, and the same answer written by orjson.

No server, no GraphQL, no checks: what remains is what any program in this language has to spend.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import orjson

from tests.benchmarks.databases import native_address
from tests.benchmarks.queries import PAGE, RICH_PAGE
from tunix_rt.domain.global_ids import global_id

Fetch: TypeAlias = Callable[[str, Sequence[Any]], Awaitable[Sequence[Any]]]
"""Runs a statement whose last parameter may be a list of ids, and gives its rows."""

ROWS = "SELECT {columns} FROM traces ORDER BY created_at DESC, id DESC LIMIT 51"
SCORES = """SELECT trace_id, scorer, score FROM (
    SELECT trace_id, scorer, score,
           row_number() OVER (PARTITION BY trace_id, scorer ORDER BY scored_at DESC, id DESC) AS place
    FROM scores WHERE {among} AND step_index IS NULL
) AS ranked WHERE place = 1 ORDER BY trace_id, scorer"""


@asynccontextmanager
async def fetching(url: str) -> AsyncIterator[Fetch]:
    """The driver's own way to run a statement."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(native_address(url))
        yield lambda statement, ids: connection.fetch(statement, *ids)
        await connection.close()
        return
    file = sqlite3.connect(native_address(url))

    async def fetch(statement: str, ids: Sequence[Any]) -> list[Any]:
        return file.execute(statement, *ids).fetchall()

    yield fetch
    file.close()


async def page(fetch: Fetch) -> bytes:
    """The page of three fields."""
    rows = await fetch(ROWS.format(columns="id, prompt_preview, step_count, created_at"), ())
    nodes = [
        {"id": global_id("Trace", as_uuid(row[0])), "promptPreview": row[1], "stepCount": row[2]} for row in rows[:50]
    ]
    return orjson.dumps({"data": {"traces": {"nodes": nodes}}})


async def rich_page(fetch: Fetch) -> bytes:
    """The page of payloads and scores."""
    rows = (await fetch(ROWS.format(columns="id, payload, created_at"), ()))[:50]
    ids = [row[0] for row in rows]
    among = "trace_id = ANY($1)" if isinstance(ids[0], UUID) else f"trace_id IN ({', '.join('?' * len(ids))})"
    found: dict[Any, list[dict[str, Any]]] = {trace_id: [] for trace_id in ids}
    for trace_id, scorer, score in await fetch(SCORES.format(among=among), [ids]):
        found[trace_id].append({"scorer": scorer, "score": score})
    nodes = [rich_node(orjson.loads(row[1]), found[row[0]]) for row in rows]
    return orjson.dumps({"data": {"traces": {"nodes": nodes}}})


def rich_node(payload: dict[str, Any], latest: list[dict[str, Any]]) -> dict[str, Any]:
    """A trace in the answer."""
    steps = [{"index": step["i"], "type": step["type"], "content": step["content"]} for step in payload["steps"]]
    return {
        "prompt": payload["prompt"],
        "finalAnswer": payload["final_answer"],
        "steps": steps,
        "latestScores": latest,
    }


def as_uuid(value: Any) -> UUID:
    """An id as the driver gives it: a UUID, or SQLite's 32 hex digits."""
    return value if isinstance(value, UUID) else UUID(hex=value)


FLOORS = {PAGE: page, RICH_PAGE: rich_page}
