"""The bound on a document's characters is met at every door, before the document is parsed."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.support.subscriptions import socket
from tests.support.traces import code_of, data_of, error_of, on_sqlite
from tunix_rt.settings import Settings

pytestmark = on_sqlite
AT_MOST = "{ __typename }".ljust(1000)
BEYOND = "{ (".ljust(1001)
"""A document that is too long and malformed; only its length is reported."""


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The settings of a server whose documents have at most 1,000 characters."""
    return Settings(data_dir=tmp_path, database_url=database_url, load_samples=False, max_query_chars=1000)


async def test_by_post_and_by_get(app_client: httpx.AsyncClient):
    for response in (
        await app_client.post("/graphql", json={"query": BEYOND}),
        await app_client.get("/graphql", params={"query": BEYOND}),
    ):
        assert code_of(response.json()) == "TOO_COSTLY"
        message = error_of(response.json())["message"]
        assert message == "A document may have at most 1000 characters; this one has 1001."
    assert data_of((await app_client.post("/graphql", json={"query": AT_MOST})).json()) == {"__typename": "Query"}
    assert data_of((await app_client.get("/graphql", params={"query": AT_MOST})).json()) == {"__typename": "Query"}


async def test_by_server_sent_events(app_client: httpx.AsyncClient):
    headers = {"Accept": "text/event-stream"}

    response = await app_client.post("/graphql", json={"query": BEYOND}, headers=headers)

    (event,) = [line for line in response.text.splitlines() if line.startswith("data:") and "{" in line]
    assert code_of(json.loads(event.removeprefix("data:"))) == "TOO_COSTLY"


async def test_by_websocket(address: str):
    async with socket(address) as opened:
        await opened.subscribe("1", BEYOND)
        message = await opened.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == "TOO_COSTLY"
        await opened.subscribe("2", AT_MOST)
        assert data_of((await opened.receive())["payload"]) == {"__typename": "Query"}
