"""Names, hosts and texts that are written strangely: answered or refused, never a failure and never somebody else's."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.support.api import Ask, Store
from tests.support.exports import CREATE_DATASET, exported
from tests.support.subscriptions import PROTOCOL, Socket, socket
from tests.support.traces import code_of, trace_input
from tunix_rt.domain.storage.base import attachment
from tunix_rt.http.redaction import redact_logs
from tunix_rt.setting_values import is_loopback

SURROGATE = "\ud800"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Does not depend on the database: once is enough."""
    return sqlite_url


@pytest.mark.parametrize("name", ["zahlen-größer", "数学"])
async def test_a_dataset_of_any_name_is_streamed(app_client: httpx.AsyncClient, ask: Ask, store: Store, name: str):
    await store(trace_input("a"))
    await ask(CREATE_DATASET, input={"name": name, "version": "v1"})
    response = await app_client.get(f"/v1/datasets/{quote(f'{name}-v1')}/export.jsonl")

    assert response.status_code == 200, response.text
    disposition = response.headers["content-disposition"]
    assert disposition.endswith(f"; filename*=UTF-8''{quote(f'{name}-v1.trace.jsonl')}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a.jsonl", 'attachment; filename="a.jsonl"'),
        ("é.csv", "attachment; filename=\"_.csv\"; filename*=UTF-8''%C3%A9.csv"),
        ('a"\\\r\n.csv', "attachment; filename=\"a____.csv\"; filename*=UTF-8''a%22%5C%0D%0A.csv"),
        ("a/b.csv", "attachment; filename=\"a_b.csv\"; filename*=UTF-8''a%2Fb.csv"),
    ],
)
def test_names_of_attachments(name: str, value: str):
    assert attachment(name) == value


@pytest.mark.parametrize(
    "origin", ["http://[", "http://127.0.0.1:8000@evil.example", "//127.0.0.1:8000", "http://", "é"]
)
async def test_a_malformed_origin_is_refused(app_client: httpx.AsyncClient, origin: str):
    response = await app_client.get("/healthz", headers=[(b"Origin", origin.encode())])

    assert (response.status_code, code_of(response.json())) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    "host",
    [
        "localhost:1@evil.example",
        "localhost:",
        "localhost:8000:9",
        "localhost:http",
        "[::1",
        "[::1]x",
        "[localhost]",
        "localhost/evil",
        " localhost",
        "localhost:999999",
        "",
    ],
)
async def test_a_malformed_host_is_refused(app_client: httpx.AsyncClient, host: str):
    response = await app_client.get("/healthz", headers={"Host": host})

    assert (response.status_code, code_of(response.json())) == (421, "FORBIDDEN")


@pytest.mark.parametrize("host", ["LOCALHOST:8000", "localhost", "[::1]:8000", "127.0.0.1"])
async def test_a_host_of_ours_is_answered(app_client: httpx.AsyncClient, host: str):
    assert (await app_client.get("/healthz", headers={"Host": host})).status_code == 200


async def test_two_hosts_are_refused(app_client: httpx.AsyncClient):
    headers = [("Host", "localhost:8000"), ("Host", "evil.example")]

    assert (await app_client.get("/healthz", headers=headers)).status_code == 421


@pytest.mark.parametrize("host", ["127.evil.example", "127.0.0.1.evil.example", "127.", "::", "192.0.2.1"])
def test_an_address_that_other_machines_can_reach_is_not_loopback(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_is_recognised(host: str):
    assert is_loopback(host)


SURROGATES = [
    ("query ($field: TraceOrderField!) { traces(orderBy: {field: $field}) { totalCount } }", {"field": SURROGATE}),
    ("query ($where: TraceWhere) { traces(where: $where) { totalCount } }", {"where": {SURROGATE: {"eq": "a"}}}),
    ("query ($id: ID!) { trace(id: $id) { id } }", {"id": SURROGATE}),
    ("{ traces" + SURROGATE + " { totalCount } }", {}),
    ('{ traces(where: {source: {eq: "' + SURROGATE + '"}}) { totalCount } }', {}),
]


@pytest.mark.parametrize(("query", "variables"), SURROGATES)
async def test_lone_surrogates_are_refused_by_every_transport(address: str, query: str, variables: dict[str, Any]):
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json"}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        response = await client.post(f"http://{address}/graphql", content=body, headers=headers)
        headers["Accept"] = "text/event-stream"
        streamed = await client.post(f"http://{address}/graphql", content=body, headers=headers)
    assert response.status_code in {200, 400}, response.text
    assert response.json()["errors"][0]["extensions"]["code"] in {"BAD_USER_INPUT", "BAD_ID"}

    (first, last) = [line.split(": ", 1)[1] for line in streamed.text.splitlines() if line.startswith("event: ")]
    assert (first, last) == ("next", "complete")

    async with socket(address) as opened, asyncio.timeout(20):
        await opened.connection.send(
            json.dumps({"type": "subscribe", "id": "s", "payload": {"query": query, "variables": variables}})
        )
        refused = await opened.receive()
    errors = refused["payload"] if refused["type"] == "error" else refused["payload"]["errors"]
    assert errors[0]["extensions"]["code"] in {"BAD_USER_INPUT", "BAD_ID"}


@pytest.mark.parametrize("name", ["é" * 200, SURROGATE, "s"])
async def test_a_socket_closes_whatever_the_reason_quotes(address: str, name: str):
    message = {"type": "subscribe", "id": name, "payload": {"query": "subscription { traceCreated { id } }"}}
    async with socket(address) as opened, asyncio.timeout(20):
        for _ in range(2):
            await opened.connection.send(json.dumps(message))
        assert await opened.close_code() == 4409


async def test_a_socket_may_greet_with_null(address: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as connection:
        greeted = Socket(connection)
        await greeted.send(type="connection_init", payload=None)
        assert (await greeted.receive())["type"] == "connection_ack"


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/metrics", "/graphql?query={__typename}", "/graphiql/", "/no"]
)
async def test_no_answer_is_taken_for_another_type(app_client: httpx.AsyncClient, path: str):
    response = await app_client.get(path)

    assert response.headers.get_list("x-content-type-options") == ["nosniff"]


async def test_signatures_do_not_reach_logs(
    app_client: httpx.AsyncClient, ask: Ask, store: Store, caplog: pytest.LogCaptureFixture
):
    await store(trace_input("a"))
    url = httpx.URL((await exported(ask, where={}))["downloadUrl"])
    signature = url.params["signature"]
    redact_logs()
    redact_logs()
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "uvicorn"):  # a command may have raised it
        path = url.raw_path.decode()
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "client", "GET", path, "1.1", 200)
        logging.getLogger("uvicorn.error").error("at " + path)  # noqa: G003 - as libraries may do

    lines = [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")]
    assert len(lines) == 2
    assert all("signature=…" in line and signature not in line for line in lines)
