"""Queries and mutations over WebSocket and server-sent events have the time limit of every request."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.support.subscriptions import event_stream, socket
from tests.support.traces import code_of, on_sqlite
from tunix_rt.settings import Settings

pytestmark = on_sqlite
QUERY = "{ sources { count } }"
ENOUGH_SECONDS = 10


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server whose requests have little time."""
    return replace(settings, worker=False, request_timeout_seconds=0.5)


@pytest.fixture(autouse=True)
def _endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that are never counted."""

    async def wait(*_: Any) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("tunix_rt.api.traces.distributions.source_counts", wait)


async def test_a_query_over_a_websocket_ends_in_time(address: str):
    async with socket(address) as opened, asyncio.timeout(ENOUGH_SECONDS):
        await opened.subscribe("slow", QUERY)
        message = await opened.receive()
        await opened.subscribe("next", "{ __typename }")
        while (other := await opened.receive())["id"] != "next":
            assert other["type"] == "complete"

    assert code_of(message["payload"]) == "TIMEOUT"
    assert other["payload"] == {"data": {"__typename": "Query"}}


async def test_a_query_over_server_sent_events_ends_in_time(address: str):
    async with event_stream(address, json={"query": QUERY}) as received, asyncio.timeout(ENOUGH_SECONDS):
        name, answer = await anext(received)

    assert (name, code_of(answer)) == ("next", "TIMEOUT")
