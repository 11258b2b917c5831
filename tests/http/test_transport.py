"""GraphQL over HTTP: methods, bodies, media types and refusals, all of them JSON with a code and the request's id."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support import subscriptions
from tests.support.traces import CREATE_TRACE, code_of, data_of, error_of, on_sqlite, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.http.graphql.negotiation import GRAPHQL_RESPONSE, JSON
from tunix_rt.settings import Settings

pytestmark = on_sqlite

QUERY = "{ __typename }"
HEALTH = "{ health { status } }"


def refusal(response: httpx.Response, status: int, code: str = "BAD_USER_INPUT") -> str:
    """The message of a refusal: JSON in the usual shape, with the code and the request's id."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] in {JSON, GRAPHQL_RESPONSE}
    body = response.json()
    assert "data" not in body
    error = error_of(body)
    assert error["extensions"]["code"] == code
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    message: str = error["message"]
    return message


async def test_get_and_post(app_client: httpx.AsyncClient):
    got = await app_client.get("/graphql", params={"query": QUERY})
    posted = await app_client.post("/graphql", json={"query": QUERY})

    assert (got.status_code, posted.status_code) == (200, 200)
    assert got.json() == posted.json() == {"data": {"__typename": "Query"}}


async def test_get_with_variables_and_operation_name(app_client: httpx.AsyncClient):
    query = "query a($yes: Boolean!) { __typename @include(if: $yes) } query b { x: __typename }"
    parameters = {"query": query, "operationName": "a", "variables": '{"yes": true}', "extensions": "{}"}

    response = await app_client.get("/graphql", params=parameters)

    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("media", [JSON, GRAPHQL_RESPONSE])
async def test_answers_come_in_the_type_that_was_asked_for(app_client: httpx.AsyncClient, media: str):
    response = await app_client.post("/graphql", json={"query": QUERY}, headers={"Accept": media})

    assert response.headers["content-type"] == media


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query q($n: Int!) { traces(first: $n) { totalCount } }"])
async def test_request_errors_are_400_in_the_new_media_type_and_200_in_the_old(
    app_client: httpx.AsyncClient, query: str
):
    new = await app_client.post("/graphql", json={"query": query}, headers={"Accept": GRAPHQL_RESPONSE})
    old = await app_client.post("/graphql", json={"query": query}, headers={"Accept": JSON})

    assert (new.status_code, old.status_code) == (400, 200)
    for response in (new, old):
        assert "data" not in response.json()
        assert code_of(response.json()) == "BAD_USER_INPUT"


async def test_errors_of_a_field_leave_the_status_alone(app_client: httpx.AsyncClient):
    response = await app_client.post(
        "/graphql", json={"query": '{ trace(id: "x") { id } }'}, headers={"Accept": GRAPHQL_RESPONSE}
    )

    assert response.status_code == 200
    assert response.json()["data"] == {"trace": None}
    assert error_of(response.json())["path"] == ["trace"]


async def test_what_cannot_be_answered_in_is_406(app_client: httpx.AsyncClient):
    response = await app_client.post("/graphql", json={"query": QUERY}, headers={"Accept": "text/html"})

    assert JSON in refusal(response, 406)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/graphql", None],
)
async def test_bodies_that_a_foreign_page_can_send_are_415(app_client: httpx.AsyncClient, content_type: str | None):
    headers = {} if content_type is None else {"Content-Type": content_type}
    response = await app_client.post("/graphql", content=json.dumps({"query": QUERY}).encode(), headers=headers)

    assert "application/json" in refusal(response, 415)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_other_methods_are_405(app_client: httpx.AsyncClient, method: str):
    response = await app_client.request(method, "/graphql", json={"query": QUERY})

    refusal(response, 405)
    assert set(response.headers["allow"].split(", ")) == {"GET", "POST"}


async def test_head_is_405(app_client: httpx.AsyncClient):
    response = await app_client.head("/graphql", params={"query": QUERY})

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "POST"}


async def test_a_mutation_by_get_is_405_and_stores_nothing(app_client: httpx.AsyncClient):
    variables = json.dumps({"input": {"trace": trace_input()}})
    response = await app_client.get("/graphql", params={"query": CREATE_TRACE, "variables": variables})

    assert "POST" in refusal(response, 405)
    assert response.headers["allow"] == "POST"
    counted = await app_client.post("/graphql", json={"query": "{ traces { totalCount } }"})
    assert data_of(counted.json())["traces"]["totalCount"] == 0


async def test_an_unknown_route_is_404(app_client: httpx.AsyncClient):
    refusal(await app_client.get("/nothing/here"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "about"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        ('{"query": "{ __typename }"}'.encode("utf-16"), "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"query": "' + b"1" * 10 + b'", "n": ' + b"1" * 5000 + b"}", ""),
        (b"null", "object"),
        (b'"text"', "object"),
        (b"[]", "batches"),
        (b'[{"query": "{ __typename }"}]', "batches"),
        (b"{}", "query"),
        (b'{"query": null}', "query"),
        (b'{"query": ""}', "query"),
        (b'{"query": 7}', "query"),
        (b'{"query": "{ __typename }", "variables": []}', "variables"),
        (b'{"query": "{ __typename }", "variables": "{}"}', "variables"),
        (b'{"query": "{ __typename }", "extensions": 1}', "extensions"),
        (b'{"query": "{ __typename }", "operationName": 1}', "operationName"),
    ],
)
async def test_a_malformed_body_is_400_and_reported_why(app_client: httpx.AsyncClient, body: bytes, about: str):
    response = await app_client.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    if response.status_code == 200:  # in application/json, what is wrong with the document itself has status 200
        assert code_of(response.json()) == "BAD_USER_INPUT"
    else:
        assert about in refusal(response, 400)


@pytest.mark.parametrize(
    "parameters", [{}, {"query": ""}, {"query": QUERY, "variables": "{"}, {"query": QUERY, "variables": "[]"}]
)
async def test_malformed_parameters_of_a_get_are_400(app_client: httpx.AsyncClient, parameters: dict[str, str]):
    refusal(await app_client.get("/graphql", params=parameters), 400)


@pytest.mark.parametrize("name", ["b", ""])
async def test_an_operation_that_is_not_there_is_refused(app_client: httpx.AsyncClient, name: str):
    query = "query a { __typename } query c { __typename }"
    response = await app_client.post("/graphql", json={"query": query, "operationName": name})

    assert code_of(response.json()) == "BAD_USER_INPUT"


async def test_a_body_at_the_limit_passes_and_one_byte_beyond_is_413(settings: Settings, app_client: httpx.AsyncClient):
    whole = json.dumps({"query": QUERY, "extensions": {"pad": ""}}).encode()
    headers = {"Content-Type": "application/json"}
    limit = settings.body_max_bytes

    def padded(size: int) -> bytes:
        return whole.replace(b'""', b'"' + b"x" * (size - len(whole)) + b'"')

    async def chunked() -> AsyncIterator[bytes]:
        for start in range(0, limit + 1, 1 << 20):
            yield padded(limit + 1)[start : start + (1 << 20)]

    assert (await app_client.post("/graphql", content=padded(limit), headers=headers)).status_code == 200
    for content in (padded(limit + 1), chunked()):
        response = await app_client.post("/graphql", content=content, headers=headers)
        assert str(limit) in refusal(response, 413)


async def test_a_socket_message_at_the_limit_passes_and_one_byte_beyond_closes_with_1009(address: str):
    async with subscriptions.socket(address) as opened:
        await opened.subscribe("0", "{ serverInfo { limits { socketMessageMaxBytes } } }")
        limit = data_of((await opened.receive())["payload"])["serverInfo"]["limits"]["socketMessageMaxBytes"]
        assert (await opened.receive())["type"] == "complete"
        whole = json.dumps({"id": "1", "type": "subscribe", "payload": {"query": QUERY, "extensions": {"pad": ""}}})

        def padded(size: int) -> str:
            return whole.replace('""', '"' + "x" * (size - len(whole)) + '"')

        await opened.connection.send(padded(limit))
        assert (await opened.receive())["payload"] == {"data": {"__typename": "Query"}}
        await opened.connection.send(padded(limit + 1))
        assert await opened.close_code() == 1009


@pytest.fixture
def settings(database_url: str, tmp_path: Any) -> Settings:
    """Settings with a small limit on bodies, so that the tests of it are quick."""
    return Settings(data_dir=tmp_path, database_url=database_url, load_samples=False, body_max_bytes=100_000)


def raw(address: str, request: bytes) -> bytes:
    """Returns a server's response to bytes that no client would send."""
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("length", [b"abc", b"-1", b"1e3", b"99999999999999999999999999", b"", b"4, 5"])
async def test_a_content_length_that_is_no_length_is_no_error_of_the_server(address: str, length: bytes):
    import anyio

    head = b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    answer = await anyio.to_thread.run_sync(raw, address, head + b"Content-Length: " + length + b"\r\n\r\n{}")

    assert answer.split(b" ", 2)[1] in {b"400", b"413"}
    assert b"INTERNAL" not in answer


async def test_a_chunked_body_is_cut_off_at_the_limit(settings: Settings, address: str):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 10_000
            yield b"x" * 10_000

    async with httpx.AsyncClient(trust_env=False, timeout=WAIT_SECONDS) as client:
        try:
            response = await client.post(
                f"http://{address}/graphql", content=endless(), headers={"Content-Type": "application/json"}
            )
            assert response.status_code == 413
        except httpx.TransportError:
            pass  # the connection was closed while the client still sent
    assert sent < 50_000_000


@pytest.mark.parametrize("request_id", ["abc", "A-1_b.2", "x" * 64])
async def test_a_request_id_is_kept(app_client: httpx.AsyncClient, request_id: str):
    response = await app_client.post("/graphql", json={"query": "{"}, headers={"X-Request-Id": request_id})

    assert response.headers["x-request-id"] == request_id
    assert error_of(response.json())["extensions"]["requestId"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "a b", "<script>"])
async def test_an_unfit_request_id_is_replaced(app_client: httpx.AsyncClient, request_id: str):
    first, second = [
        await app_client.get("/healthz", headers={"X-Request-Id": request_id} if request_id else {}) for _ in range(2)
    ]

    assert first.headers["x-request-id"] not in {request_id, second.headers["x-request-id"], ""}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "localhost.:80:1"])
@pytest.mark.parametrize("path", ["/graphql", "/v1/traces", "/healthz", "/readyz", "/nothing"])
async def test_another_host_is_refused(app_client: httpx.AsyncClient, host: str, path: str):
    response = await app_client.get(path, headers={"Host": host})

    assert "TUNIX_RT_ALLOWED_HOSTS" in refusal(response, 421, "FORBIDDEN")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "localhost:1234", "[::1]:8000", "[::1]"])
async def test_loopback_hosts_are_answered(app_client: httpx.AsyncClient, host: str):
    assert (await app_client.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8000.evil.example", ""]
)
@pytest.mark.parametrize("path", ["/graphql", "/v1/traces", "/healthz"])
async def test_a_foreign_origin_is_refused(app_client: httpx.AsyncClient, origin: str, path: str):
    response = await app_client.post(path, json={"query": QUERY}, headers={"Origin": origin})

    assert "TUNIX_RT_ALLOWED_ORIGINS" in refusal(response, 403, "FORBIDDEN")


async def test_the_servers_own_origin_is_answered(app_client: httpx.AsyncClient):
    response = await app_client.post("/graphql", json={"query": QUERY}, headers={"Origin": "http://127.0.0.1:8000"})

    assert response.status_code == 200


async def test_health_and_readiness(app_client: httpx.AsyncClient):
    for path in ("/healthz", "/readyz"):
        response = await app_client.get(path)
        assert (response.status_code, response.json()) == (200, {"status": "up"})
    assert data_of((await app_client.post("/graphql", json={"query": HEALTH})).json())["health"]["status"] == "UP"
