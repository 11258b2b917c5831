"""traceCreated over WebSocket (graphql-transport-ws): nothing is missed, nothing repeated."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests.conftest import Execute
from tests.support.subscriptions import (
    CREATED,
    PROTOCOL,
    WAIT_SECONDS,
    Socket,
    send,
    socket,
    store_beside,
)
from tests.support.traces import (
    CREATE_TRACE,
    UNKNOWN_UUID,
    data_of,
    native_trace,
    on_sqlite,
    trace_input,
)
from tunix_rt.db.session import Database


async def started(opened: Socket, address: str, name: str, **variables: Any) -> None:
    """Subscribes, and returns when a first trace has come through."""
    (first,) = await send(address, "before")
    await opened.subscribe(name, after=first["id"], **variables)
    await send(address, "first", meta={"source": "wanted"})
    assert await opened.prompts(name, 1) == ["first"]


async def test_each_trace_comes_as_it_is_stored(address: str):
    async with socket(address) as opened:
        await started(opened, address, "s")
        await send(address, "a", "b")
        await send(address, "c")

        assert await opened.prompts("s", 3) == ["a", "b", "c"]


async def test_what_this_process_stores_is_reported_without_looking_for_it(
    address: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tunix_rt.api.live.arrivals.POLL_SECONDS", 3600)
    line = json.dumps(native_trace("imported")).encode()
    async with socket(address) as opened, asyncio.timeout(WAIT_SECONDS):
        await started(opened, address, "s")
        await send(address, "sent")
        assert await opened.prompts("s", 1) == ["sent"]
        async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
            await client.post(f"http://{address}/v1/traces", content=line, headers={"Content-Type": "application/json"})

        assert await opened.prompts("s", 1) == ["imported"]


async def test_traces_that_another_process_stores_come_too(address: str, database: Database):
    async with socket(address) as opened:
        await started(opened, address, "s")
        await store_beside(database, "theirs", "theirs too")
        assert await opened.prompts("s", 2) == ["theirs", "theirs too"]
        await send(address, "ours")

        assert await opened.prompts("s", 1) == ["ours"]


async def test_only_what_the_filter_lets_through_comes(address: str):
    async with socket(address) as opened:
        await started(opened, address, "s", where={"source": {"eq": "wanted"}})
        await send(address, "no", meta={"source": "another"})
        await send(address, "yes", meta={"source": "wanted"})

        assert await opened.prompts("s", 1) == ["yes"]


async def test_after_a_dropped_socket_nothing_is_missed_and_nothing_repeated(address: str):
    prompts = [str(number) for number in range(250)]
    (start,) = await send(address, "start")
    async with socket(address) as opened:
        await opened.subscribe("s", after=start["id"])
        await send(address, *prompts[:10])
        message = [await opened.receive() for _ in range(10)][-1]
        opened.connection.transport.abort()
    await send(address, *prompts[10:240])
    async with socket(address) as opened:
        await opened.subscribe("s", after=message["payload"]["data"]["traceCreated"]["id"])
        await send(address, *prompts[240:])

        assert await opened.prompts("s", 240) == prompts[10:]


async def test_several_operations_share_a_socket(address: str):
    async with socket(address) as opened:
        await started(opened, address, "s")
        await opened.subscribe("q", "{ traces { totalCount } }")
        answers = [await opened.receive(), await opened.receive()]
        assert [(message["id"], message["type"]) for message in answers] == [("q", "next"), ("q", "complete")]
        assert answers[0]["payload"] == {"data": {"traces": {"totalCount": 2}}}
        await opened.send(type="complete", id="s")
        await send(address, "unheard")
        await opened.send(type="ping")

        assert (await opened.receive())["type"] == "pong"


async def test_a_socket_has_a_limit_of_concurrent_operations(address: str):
    async with socket(address) as opened:
        for number in range(100):
            await opened.subscribe(f"s{number}")
        await opened.subscribe("one too many")
        refused = await opened.receive()
        assert (refused["id"], refused["type"]) == ("one too many", "error")
        assert refused["payload"][0]["extensions"]["code"] == "TOO_COSTLY"
        await opened.send(type="complete", id="s0")
        await opened.subscribe("again", "{ __typename }")
        assert (await opened.receive())["type"] == "next"


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription { traceCreated", {}, "BAD_USER_INPUT"),
        ("subscription { nothing }", {}, "BAD_USER_INPUT"),
        (CREATED, {"where": 7}, "BAD_USER_INPUT"),
        (CREATED, {"after": "nonsense"}, "BAD_ID"),
        (CREATED, {"after": UNKNOWN_UUID}, "NOT_FOUND"),
        (CREATED, {"where": {"search": "?"}}, "BAD_USER_INPUT"),
        ("{ traces(first: 501) { totalCount } }", {}, "BAD_USER_INPUT"),
        ("{" + " a: __typename" * 60 + "}", {}, "TOO_COSTLY"),
        ("fragment f on Trace { id }", {}, "BAD_USER_INPUT"),
    ],
)
@on_sqlite
async def test_errors_over_a_socket_are_coded(address: str, query: str, variables: dict[str, Any], code: str):
    async with socket(address) as opened:
        await opened.subscribe("s", query, **variables)
        message = await opened.receive()

        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert {error["extensions"]["code"] for error in errors} == {code}
        assert all(error["extensions"]["requestId"] for error in errors)


MALFORMED = [
    "",
    "text",
    "[]",
    "null",
    "7",
    "{}",
    '{"type": 7}',
    '{"type": "nothing"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": 7, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "s", "payload": []}',
    '{"type": "subscribe", "id": "s", "payload": {}}',
    '{"type": "subscribe", "id": "s", "payload": {"query": 7}}',
    '{"type": "subscribe", "id": "s", "payload": {"query": "{ __typename }", "variables": []}}',
    '{"type": "subscribe", "id": "s", "payload": {"query": "{ __typename }", "operationName": 7}}',
    '{"type": "complete"}',
    '{"type": "complete", "id": 7}',
    '{"type": "complete", "id": ""}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "s", "payload": {"query": "{ __typename }", "extensions": []}}',
    '{"type": "ping", "payload": "text"}',
    '{"type": "pong", "payload": []}',
    '{"type": "next", "id": "s", "payload": {"data": null}}',
    "[" * 100_000,
]


@on_sqlite
async def test_malformed_messages_close_with_4400_and_no_traceback(address: str, caplog: pytest.LogCaptureFixture):
    messages: list[str | bytes] = [*MALFORMED, b"\xff\x00"]
    for message in messages:
        async with socket(address) as opened:
            await opened.connection.send(message)
            assert await opened.close_code() == 4400, message

    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []


@on_sqlite
async def test_messages_out_of_turn(address: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as connection:
        await Socket(connection).subscribe("s", "{ __typename }")
        assert await Socket(connection).close_code() == 4401
    async with socket(address) as opened:
        await opened.send(type="connection_init")
        assert await opened.close_code() == 4429
    async with socket(address) as opened:
        await opened.subscribe("s")
        await opened.subscribe("s")
        assert await opened.close_code() == 4409


@pytest.mark.parametrize(
    ("violation", "code"),
    [
        ([{"type": "nothing"}], 4400),
        ([{"type": "connection_init"}], 4429),
        ([{"type": "subscribe", "id": "s", "payload": {"query": CREATED}}] * 2, 4409),
        ([b"binary"], 4400),
    ],
)
@on_sqlite
async def test_nothing_that_follows_a_violation_is_executed(
    address: str, graphql: Execute, violation: list[dict[str, Any] | bytes], code: int
):
    variables = {"input": {"trace": trace_input()}}
    mutation = {"type": "subscribe", "id": "m", "payload": {"query": CREATE_TRACE, "variables": variables}}
    async with socket(address) as opened:
        for message in [*violation, mutation]:
            await opened.connection.send(message if isinstance(message, bytes) else json.dumps(message))

        assert await opened.close_code() == code
    assert data_of(await graphql("{ traces { totalCount } }")) == {"traces": {"totalCount": 0}}


@on_sqlite
async def test_a_mutation_before_the_greeting_is_not_executed(address: str, graphql: Execute):
    payload = {"query": CREATE_TRACE, "variables": {"input": {"trace": trace_input()}}}
    subscribe, greeting = {"type": "subscribe", "id": "m", "payload": payload}, {"type": "connection_init"}
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as connection:
        for message in (subscribe, greeting, subscribe):
            await connection.send(json.dumps(message))

        assert await Socket(connection).close_code() == 4401
    assert data_of(await graphql("{ traces { totalCount } }")) == {"traces": {"totalCount": 0}}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a server that starts after it wait for the first message for a moment only."""
    monkeypatch.setattr("tunix_rt.http.graphql.websocket.INIT_WAIT", timedelta(seconds=0.2))


@on_sqlite
async def test_a_socket_without_a_greeting_is_closed_with_4408(impatient: None, address: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as connection:
        await connection.send(json.dumps({"type": "ping"}))
        assert await Socket(connection).close_code() == 4408


@on_sqlite
async def test_other_protocols_are_refused(address: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[Subprotocol("graphql-ws")], proxy=None) as connection:
        assert await Socket(connection).close_code() == 4406


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (None, "https://evil.example"),
        (None, "null"),
        ("evil.example", None),
        ("evil.example", "http://evil.example"),
    ],
)
@on_sqlite
async def test_foreign_origins_and_hosts_are_refused(address: str, host: str | None, origin: str | None):
    name, _, port = address.partition(":")
    options: dict[str, Any] = {
        "subprotocols": [PROTOCOL],
        "proxy": None,
        "host": name,
        "port": int(port),
        "origin": origin,
    }
    with pytest.raises(InvalidStatus) as caught:
        async with connect(f"ws://{host or address}/graphql", **options):
            pass

    assert caught.value.response.status_code == 403


@on_sqlite
async def test_the_servers_own_origin_is_let_in(address: str):
    async with socket(address, additional_headers={"Origin": f"http://{address}"}) as opened:
        await opened.subscribe("s", "{ __typename }")

        assert (await opened.receive())["payload"] == {"data": {"__typename": "Query"}}


@on_sqlite
async def test_sockets_that_vanish_leave_no_traceback(address: str, caplog: pytest.LogCaptureFixture):
    for _ in range(5):
        async with socket(address) as opened:
            for number in range(10):
                await opened.subscribe(str(number))
            opened.connection.transport.abort()
    await send(address, "a trace for nobody")

    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []
