"""traceCreated and other operations over server-sent events: nothing is missed, nothing repeated."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.conftest import Execute
from tests.support.subscriptions import (
    CREATED,
    WAIT_SECONDS,
    event_stream,
    limited,
    send,
    store_beside,
)
from tests.support.traces import (
    UNKNOWN_UUID,
    code_of,
    data_of,
    error_of,
    on_sqlite,
)
from tunix_rt.db.session import Database


async def test_events_for_notebooks(address: str, database: Database):
    (first,) = await send(address, "start")
    await send(address, "stored before")
    body = {"query": CREATED, "variables": {"after": first["id"]}}

    async with event_stream(address, json=body) as received:
        assert [data_of(data)["traceCreated"]["prompt"] async for name, data in limited(received, 1)] == [
            "stored before"
        ]
        await send(address, "a", "b")
        await store_beside(database, "theirs")
        found = [(name, data_of(data)["traceCreated"]["prompt"]) async for name, data in limited(received, 3)]

    assert found == [("next", "a"), ("next", "b"), ("next", "theirs")]


@on_sqlite
async def test_queries_can_be_streamed_too(address: str):
    async with event_stream(address, "GET", params={"query": "{ traces { totalCount } }"}) as received:
        assert [event async for event in received] == [
            ("next", {"data": {"traces": {"totalCount": 0}}}),
            ("complete", None),
        ]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription { traceCreated", {}, "BAD_USER_INPUT"),
        ("subscription { nothing }", {}, "BAD_USER_INPUT"),
        ("subscription a { traceCreated { id } } subscription b { traceCreated { id } }", {}, "BAD_USER_INPUT"),
        ("fragment f on Trace { id }", {}, "BAD_USER_INPUT"),
        (CREATED, {"where": 7}, "BAD_USER_INPUT"),
        (CREATED, {"after": "nonsense"}, "BAD_ID"),
        (CREATED, {"after": UNKNOWN_UUID}, "NOT_FOUND"),
    ],
)
@on_sqlite
async def test_errors_of_a_stream_are_coded(address: str, query: str, variables: dict[str, Any], code: str):
    headers = {"Accept": "text/event-stream"}
    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS, headers=headers) as client:
        response = await client.post(f"http://{address}/graphql", json={"query": query, "variables": variables})

    if response.headers["content-type"].startswith("text/event-stream"):
        lines = response.text.splitlines()
        (data, *_) = [line.removeprefix("data:") for line in lines if line.startswith("data:")]
        assert code_of(json.loads(data)) == code
        assert "event: complete" in lines
    else:
        assert (response.status_code, code_of(response.json())) == (400, code)


@on_sqlite
async def test_a_mutation_is_not_streamed_by_get(address: str):
    async with event_stream(address, "GET", params={"query": "mutation { __typename }"}) as received:
        (refused, end) = [event async for event in received]

    assert (refused[0], code_of(refused[1])) == ("next", "BAD_USER_INPUT")
    assert end == ("complete", None)


@on_sqlite
async def test_a_subscription_by_plain_post_or_get_is_refused(graphql: Execute, app_client: httpx.AsyncClient):
    assert "text/event-stream" in error_of(await graphql(CREATED))["message"]
    response = await app_client.get("/graphql", params={"query": CREATED})
    assert (response.status_code, code_of(response.json())) == (400, "BAD_USER_INPUT")
