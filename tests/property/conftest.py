"""Fixtures of the property tests: the same data on both databases at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import event

from tests.support.factories import insert_rows
from tests.support.strategies import SCORE_ROWS, TRACE_ROWS
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

BASE_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Twins:
    """Both databases, open, with the application on each.

    Args:
        databases: by kind.
        clients: the applications, in the same order.
    """

    databases: dict[str, Database]
    clients: list[httpx.AsyncClient]

    async def store(self, trace_rows: list[dict[str, Any]], score_rows: list[dict[str, Any]] | None = None) -> None:
        """Stores the same rows in both."""
        for database in self.databases.values():
            async with database.write() as session:
                await insert_rows(session, trace_rows, score_rows or [])

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Both answers to a GraphQL request, without the ids of the requests."""
        answers = []
        for client in self.clients:
            response = await client.post("/graphql", json={"query": query, "variables": variables})
            answers.append(without_request_ids(response.json()))
        return answers

    async def ingest(self, body: bytes, **parameters: str) -> list[dict[str, Any]]:
        """Both answers to a stream of lines."""
        answers = []
        for client in self.clients:
            headers = {"Content-Type": "application/x-ndjson"}
            response = await client.post("/v1/traces", content=body, params=parameters, headers=headers)
            answers.append({"status": response.status_code} | without_request_ids(response.json()))
        return answers


def without_request_ids(body: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs between two equal requests."""
    for error in body.get("errors", []):
        assert error["extensions"].pop("requestId")
    return body


@pytest.fixture
async def twins(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> AsyncIterator[Twins]:
    """Two empty databases, one of each kind."""
    async with AsyncExitStack() as stack:
        databases, clients = {}, []
        for url in (sqlite_url, postgresql_url):
            settings = Settings(data_dir=tmp_path / "data", database_url=url, load_samples=False)
            database = Database(settings)
            stack.push_async_callback(database.close)
            databases[database.kind] = database
            app = create_app(settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL)
            clients.append(await stack.enter_async_context(client))
        yield Twins(databases, clients)


@pytest.fixture
async def peopled(twins: Twins) -> Twins:
    """Two databases with the same population."""
    await twins.store(TRACE_ROWS, SCORE_ROWS)
    return twins


REACHED_AT_LEAST = 10


class Reached:
    """Counts how often a property test comes to where it is interesting."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, branch: str, there: bool) -> None:
        """Records whether one example reached a branch."""
        self.counts[branch] += there
        event(f"{branch}: {there}")


@pytest.fixture
def reached() -> Iterator[Reached]:
    """Fails a property test that has hardly tried what it is for."""
    found = Reached()
    yield found
    rare = {branch: count for branch, count in found.counts.items() if count < REACHED_AT_LEAST}
    assert not rare, f"hardly any example came there: {rare}"
