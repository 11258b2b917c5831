"""Persisted documents: requests that name a document of the web client's build by the SHA-256 of its text."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import client_of, listening
from tests.support.subscriptions import event_stream, send, socket
from tests.support.traces import CREATE_TRACE, code_of, data_of, error_of, trace_input
from tunix_rt.app import create_app
from tunix_rt.errors import PersistedQueryNotFound
from tunix_rt.http.graphql.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON
from tunix_rt.http.graphql.persisted_documents import PersistedDocuments
from tunix_rt.settings import Settings

NAMED = "query Named($yes: Boolean!) { __typename @include(if: $yes) }"
CREATED = "subscription Created { traceCreated { prompt } }"
UNKNOWN = "query Unknown { __typename }"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def manifest_of(*documents: str) -> str:
    """The manifest of a build, as the web client's code generator writes it."""
    return json.dumps({f"sha256:{sha256(document)}": document for document in documents})


def by_extension(text: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}}


def by_id(text: str) -> dict[str, Any]:
    return {"documentId": f"sha256:{sha256(text)}"}


NAMES = pytest.mark.parametrize("name", [by_extension, by_id])


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough, since nothing here is about it."""
    return sqlite_url


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """The folder of a build with three persisted documents."""
    folder = tmp_path / "web" / "app"
    folder.mkdir(parents=True)
    (folder / "persisted-documents.json").write_text(manifest_of(NAMED, CREATE_TRACE, CREATED))
    return folder.parent


@pytest.fixture
async def client(settings: Settings, web: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application with this build."""
    async with client_of(settings, web=web) as client:
        yield client


async def get(client: httpx.AsyncClient, **parameters: Any) -> httpx.Response:
    """The response to a GET, whose objects are sent as JSON."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return await client.get("/graphql", params=texts)


@NAMES
async def test_a_document_is_found_by_its_hash(client: httpx.AsyncClient, name: Any):
    parameters = {**name(NAMED), "variables": {"yes": True}, "operationName": "Named"}

    for response in (await client.post("/graphql", json=parameters), await get(client, **parameters)):
        assert (response.status_code, response.json()) == (200, {"data": {"__typename": "Query"}})

    mutation = {**name(CREATE_TRACE), "variables": {"input": {"trace": trace_input()}}}
    assert (await get(client, **mutation)).status_code == 405
    assert data_of((await client.post("/graphql", json=mutation)).json())["createTrace"]["errors"] == []


@NAMES
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL_RESPONSE, 400), (EVENT_STREAM, 400)])
async def test_an_unknown_hash_asks_for_the_text(client: httpx.AsyncClient, name: Any, accept: str, status: int):
    response = await client.post("/graphql", json=name(UNKNOWN), headers={"Accept": accept})

    assert response.status_code == status
    assert response.headers["content-type"] == (JSON if accept == EVENT_STREAM else accept)
    assert response.json() == {
        "errors": [
            {
                "message": "PersistedQueryNotFound",
                "extensions": {
                    "code": "PERSISTED_QUERY_NOT_FOUND",
                    "requestId": response.headers["x-request-id"],
                },
            }
        ]
    }


@NAMES
async def test_a_text_with_its_hash_is_executed_and_not_stored(client: httpx.AsyncClient, name: Any):
    both = await client.post("/graphql", json={"query": UNKNOWN, **name(UNKNOWN)})

    assert both.json() == {"data": {"__typename": "Query"}}
    assert code_of((await client.post("/graphql", json=name(UNKNOWN))).json()) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"query": UNKNOWN, **by_id(NAMED)}, f"its own is {sha256(UNKNOWN)}"),
        ({"query": UNKNOWN, **by_extension(NAMED)}, f"its own is {sha256(UNKNOWN)}"),
        ({"query": "\ud800", **by_id(NAMED)}, "its own is"),
        ({"query": "#" * (1 << 20) + "#", **by_id(NAMED)}, "at most 1048576 characters"),
        ({"query": 7, **by_id(NAMED)}, "query must be a string"),
        ({**by_extension(NAMED), **by_id(UNKNOWN)}, "the same document"),
        ({"documentId": sha256(NAMED)}, "documentId"),
        ({"documentId": f"sha256:{sha256(NAMED).upper()}"}, "documentId"),
        ({"documentId": 7}, "documentId"),
        ({"extensions": {"persistedQuery": {}}}, "extensions.persistedQuery"),
        ({"extensions": {"persistedQuery": []}}, "extensions.persistedQuery"),
        ({"extensions": {"persistedQuery": {"version": 2, "sha256Hash": sha256(NAMED)}}}, "version 1"),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "x"}}}, "sha256Hash"),
        ({"extensions": {"persistedQuery": {"version": 1}}}, "sha256Hash"),
        ({"extensions": [], **by_id(NAMED)}, "extensions must be an object"),
        ({"extensions": {"persistedQuery": None}}, "query must be a string"),
    ],
)
async def test_a_malformed_name_is_400(client: httpx.AsyncClient, parameters: dict[str, Any], message: str):
    headers = {"Content-Type": JSON}
    response = await client.post("/graphql", content=json.dumps(parameters).encode(), headers=headers)

    assert response.status_code == 400
    assert code_of(response.json()) == "BAD_USER_INPUT"
    assert message in error_of(response.json())["message"]


async def test_subscriptions_are_found_by_their_hash(settings: Settings, web: Path):
    app = create_app(settings, web)
    async with listening(app, settings) as address:
        async with socket(address) as opened:
            await opened.send(type="subscribe", id="unknown", payload=by_extension(UNKNOWN))
            refused = await opened.receive()
            assert (refused["id"], refused["type"]) == ("unknown", "error")
            assert refused["payload"][0]["message"] == "PersistedQueryNotFound"
            assert refused["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"

            await opened.send(type="subscribe", id="malformed", payload={"documentId": "x"})
            assert (await opened.receive())["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
            assert app.state.slots.taken == 0

            for name in (by_extension, by_id):
                await opened.send(type="subscribe", id=name.__name__, payload=name(CREATED))
            await opened.send(type="subscribe", id="query", payload={**by_id(NAMED), "variables": {"yes": True}})
            assert (await opened.receive())["payload"] == {"data": {"__typename": "Query"}}
            assert (await opened.receive())["type"] == "complete"
            await send(address, "By WebSocket")
            received = [await opened.receive() for _ in range(2)]
            assert {message["id"] for message in received} == {"by_extension", "by_id"}
            assert all(data_of(message["payload"])["traceCreated"]["prompt"] == "By WebSocket" for message in received)

        async with event_stream(address, json={**by_id(NAMED), "variables": {"yes": True}}) as events:
            assert await anext(events) == ("next", {"data": {"__typename": "Query"}})


async def test_a_message_that_names_no_document_closes_the_socket(settings: Settings, web: Path):
    async with listening(create_app(settings, web), settings) as address, socket(address) as opened:
        await opened.send(type="subscribe", id="x", payload={"extensions": {}})

        assert await opened.close_code() == 4400


def test_a_build_is_read_again_when_it_has_changed(tmp_path: Path):
    manifest = tmp_path / "persisted-documents.json"
    documents = PersistedDocuments(manifest)

    def knows(text: str) -> bool:
        try:
            return documents.find(sha256(text)) == text
        except PersistedQueryNotFound:
            return False

    assert not knows(NAMED)
    for age, content in enumerate(["{", "[]", '{"a": 5}', "7", '{"a": ["b"]}']):
        manifest.write_text(content)
        os.utime(manifest, (age, age))
        assert not knows(NAMED)

    manifest.write_text(manifest_of(NAMED))
    assert knows(NAMED)
    assert not knows(CREATED)

    manifest.write_text(manifest_of(CREATED))
    os.utime(manifest, (100, 100))
    assert knows(CREATED)
    assert not knows(NAMED)

    manifest.unlink()
    assert not knows(UNKNOWN)
    assert not knows(CREATED)
