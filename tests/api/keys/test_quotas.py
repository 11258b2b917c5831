"""Quotas over HTTP and WebSocket: shown with each answer, and refused with the time to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.support.api import client_of, listening
from tests.support.keys import bearer, new_key
from tests.support.subscriptions import event_stream, socket
from tests.support.traces import data_of
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings

PAGE = "{ traces(first: 50) { nodes { id } } }"
"""Run by a prepared operation, for 100 points."""
VARYING = "query ($first: Int) { traces(first: $first) { nodes { id } } }"
TWO_FIELDS = "{ traces(first: 50) { nodes { id } } viewer { keyName } }"
WATCH = "subscription { traceCreated { id } }"


@pytest.fixture
async def served(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that gives each key 150 points a minute."""
    async with client_of(replace(settings, worker=False, key_points_per_minute=150)) as client:
        yield client


@pytest.fixture
async def keys(database: Database) -> dict[str, dict[str, str]]:
    """The headers of two keys, which the server knows from its start."""
    return {name: bearer(await new_key(database, name, KeyScope.READ)) for name in ("ada", "bob")}


async def ask(client: httpx.AsyncClient, headers: dict[str, str], query: str, **variables: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


@pytest.mark.parametrize(
    ("query", "variables"), [(PAGE, {}), (VARYING, {"first": 50}), (TWO_FIELDS, {})], ids=["prepared", "varying", "two"]
)
async def test_a_key_without_points_waits(
    keys: dict[str, dict[str, str]], served: httpx.AsyncClient, query: str, variables: dict[str, Any]
):
    first = await ask(served, keys["ada"], query, **variables)
    await ask(served, keys["ada"], query, **variables)
    refused = await ask(served, keys["ada"], query, **variables)
    other = await ask(served, keys["bob"], query, **variables)

    quota = first.json()["extensions"]["quota"]
    assert (quota["limit"], 45 <= quota["remaining"] <= 52, 39 <= quota["resetSeconds"] <= 42) == (150, True, True)
    assert first.headers["ratelimit-policy"] == '"key";q=150;w=60'
    assert first.headers["ratelimit"] == f'"key";r={quota["remaining"]};t={quota["resetSeconds"]}'
    assert refused.status_code == 429
    (error,) = refused.json()["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert refused.headers["retry-after"] == str(error["extensions"]["retryAfterSeconds"])
    assert 1 <= error["extensions"]["retryAfterSeconds"] <= 22
    assert f"wait {refused.headers['retry-after']} seconds" in error["message"]
    assert other.json()["data"]["traces"] == {"nodes": []}


async def test_a_refused_mutation_changes_nothing(settings: Settings, database: Database):
    headers = bearer(await new_key(database, "ada", KeyScope.WRITE))
    mutation = 'mutation { createTrace(input: { trace: { prompt: "p", finalAnswer: "a" } }) { errors { code } } }'
    async with client_of(replace(settings, worker=False, key_points_per_minute=1)) as client:
        await ask(client, headers, "{ viewer { keyName } }")
        refused = await ask(client, headers, mutation)
    async with client_of(replace(settings, worker=False)) as client:
        stored = await ask(client, headers, "{ traces { totalCount } }")

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert stored.json() == {"data": {"traces": {"totalCount": 0}}}


async def test_without_keys_nothing_is_counted(served: httpx.AsyncClient):
    for _ in range(3):
        answer = await ask(served, {}, PAGE)

    assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
    assert answer.json() == {"data": {"traces": {"nodes": []}}}


async def test_a_keys_open_operations_are_limited_over_all_its_connections(settings: Settings, database: Database):
    ada, bob = [await new_key(database, name, KeyScope.READ) for name in ("ada", "bob")]
    app = create_app(replace(settings, worker=False, key_max_operations=2))
    async with (
        app.router.lifespan_context(app),
        listening(app, settings) as address,
        socket(address, key=ada) as first,
        socket(address, key=ada) as second,
        socket(address, key=bob) as other,
    ):
        await first.subscribe("1", WATCH)
        await second.subscribe("2", WATCH)
        await second.subscribe("3", WATCH)
        refused = await second.receive()
        async with event_stream(address, json={"query": WATCH}, headers=bearer(ada)) as events:
            _, streamed = await anext(aiter(events))
        await other.subscribe("4", "{ viewer { keyName } }")
        served = await other.receive()

    assert (refused["id"], refused["type"]) == ("3", "error")
    assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert streamed["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert data_of(served["payload"])["viewer"] == {"keyName": "bob"}


async def test_the_limits_are_shown(keys: dict[str, dict[str, str]], served: httpx.AsyncClient):
    limits = "{ serverInfo { limits { keyPointsPerMinute keyMaxOperations } } }"

    answer = await ask(served, keys["ada"], limits)

    assert answer.json()["data"]["serverInfo"]["limits"] == {"keyPointsPerMinute": 150, "keyMaxOperations": None}
