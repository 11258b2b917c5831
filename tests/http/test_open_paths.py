"""As soon as there is a key, every path needs one, except pages, health and signed URLs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conftest import Execute
from tests.support.api import client_of, listening
from tests.support.exports import exported
from tests.support.guarded_server import client, database_url, secret
from tests.support.keys import VIEWER, bearer, create_key, keys_of_all_scopes, new_key
from tests.support.no_worker import settings
from tests.support.subscriptions import PROTOCOL, socket
from tests.support.traces import CREATE_TRACES, data_of, trace_input
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.keys.scopes import INCLUDED, KeyScope
from tunix_rt.http.access.open_paths import is_open
from tunix_rt.http.attempts.routes import EXPORT_HANDLERS, GENERATION_HANDLERS, HANDLERS
from tunix_rt.http.pages import CLIENT_FILES, CLIENT_PATHS
from tunix_rt.settings import Settings

__all__ = ["client", "database_url", "secret", "settings"]

OPEN = {
    *("/healthz", "/readyz", "/v1/session"),
    *("/v1/exports/{export}/{file_name}", "/v1/artifacts/{artifact}/{file_name}", "/v1/runs/{run}/model.zip"),
    *("/", "/graphiql", "/assets", *(f"/{name}" for name in CLIENT_FILES)),
    *(path + below for path in CLIENT_PATHS for below in ("", "/{below:path}")),
    *(paths.ATTEMPT + path for _, path, _ in HANDLERS),
    *(paths.GENERATION + path for _, path, _ in GENERATION_HANDLERS),
    *(paths.EXPORT + path for _, path, _ in EXPORT_HANDLERS),
}
"""The routes without a key: those without data, that of sign-ins, downloads by signed URLs, and those of attempts."""

SCOPED = {
    ("POST", "/v1/traces"): KeyScope.WRITE,
    ("POST", "/v1/scores"): KeyScope.WRITE,
    ("GET", "/v1/datasets/math-v1/export.jsonl"): KeyScope.READ,
    ("POST", "/v1/workers/claims"): KeyScope.RUN,
    ("DELETE", "/v1/workers/00000000-0000-0000-0000-000000000001"): KeyScope.RUN,
    ("GET", "/metrics"): None,
    ("GET", "/no/such/path"): None,
}
"""The scope that each other route needs; None for any key."""


UNKNOWN = f"trt_abcdefgh_{'0' * 64}"
"""The form of a secret, but of no key."""


async def ask(client: httpx.AsyncClient, query: str = VIEWER, **headers: str) -> httpx.Response:
    """Posts a document."""
    return await client.post("/graphql", json={"query": query}, headers=headers)


def routes_of(app: Starlette) -> dict[str, str]:
    """Returns a path that each route serves, by its pattern."""
    found = {}
    for route in app.routes:
        pattern = route.path if isinstance(route, (Route, Mount)) else "/graphql"
        path = pattern + ("/x.js" if isinstance(route, Mount) else "")
        found[pattern] = path.replace("{below:path}", "a/b").replace("{", "").replace("}", "")
    return found


def test_every_route_is_closed_but_the_listed_ones(settings: Settings):
    routes = routes_of(create_app(settings))

    assert {pattern for pattern, path in routes.items() if is_open(path)} == OPEN
    assert len(routes) > len(OPEN)


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql/", "/tracesx", "/v1/runs/r", "/v1/runs/r/other.zip", "/v1/exports/e"]
)
def test_paths_beside_the_open_ones_are_closed(path: str):
    assert not is_open(path)


async def test_no_path_opens_without_a_key(client: httpx.AsyncClient):
    for method, path in (("POST", "/graphql"), ("GET", "/graphql?query={__typename}"), *SCOPED):
        response = await client.request(method, path)

        assert response.status_code == 401, path
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert response.headers["www-authenticate"] == 'Bearer realm="tunix-rt"'


async def test_health_and_pages_are_open_and_have_no_data(client: httpx.AsyncClient):
    for path in ("/healthz", "/readyz"):
        assert (await client.get(path)).json() == {"status": "up"}
    for path in ("/", "/traces/x", "/graphiql/"):
        assert (await client.get(path)).status_code in {200, 503}  # the latter if the pages are not built


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", "Bearer x", f"Bearer {UNKNOWN}", "Basic Ym9zczpib3Nz", "Bearer \xe9"],
)
async def test_what_is_no_valid_key_is_refused(client: httpx.AsyncClient, given: str):
    headers = httpx.Headers([(b"Authorization", given.encode("latin-1"))])

    assert (await client.post("/graphql", json={"query": VIEWER}, headers=headers)).status_code == 401


async def test_the_secret_must_be_the_whole_secret(client: httpx.AsyncClient, secret: str):
    prefix = secret.rpartition("_")[0]
    for wrong in (
        secret[:-1],
        secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        f"{prefix}_{'0' * 64}",
        secret.upper(),
    ):
        assert (await ask(client, **bearer(wrong))).status_code == 401

    assert data_of((await ask(client, **bearer(secret))).json())["viewer"]["keyName"] == "boss"
    assert (await ask(client, Authorization=f"bearer  {secret} ")).status_code == 200


async def test_an_expired_key_is_refused(settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch):
    soon = datetime.now(UTC) + timedelta(hours=1)
    secret = await new_key(database, "short", expires_at=soon)
    async with client_of(settings) as client:
        assert (await ask(client, **bearer(secret))).status_code == 200
        monkeypatch.setattr("tunix_rt.domain.keys.ring.now", lambda: soon)
        assert (await ask(client, **bearer(secret))).status_code == 401


async def test_each_route_needs_its_scope(settings: Settings, database: Database):
    secrets = await keys_of_all_scopes(database)
    async with client_of(settings) as client:
        for (method, path), needed in SCOPED.items():
            for scope, secret in secrets.items():
                response = await client.request(method, path, headers=bearer(secret), content=b"")
                permitted = needed in {None, *INCLUDED[scope]}

                assert (response.status_code not in {401, 403}) is permitted, (path, scope)


async def test_metrics_may_be_open(settings: Settings, secret: str):
    async with client_of(replace(settings, metrics_need_key=False)) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await ask(client)).status_code == 401


async def test_signed_urls_need_no_key(settings: Settings):
    async with client_of(replace(settings, worker=True)) as client:

        async def graphql(query: str, variables: Any = None) -> dict[str, Any]:
            answer: dict[str, Any] = (
                await client.post("/graphql", json={"query": query, "variables": variables})
            ).json()
            return answer

        async def executed(query: str, **variables: Any) -> dict[str, Any]:
            return data_of(await graphql(query, variables))

        await executed(CREATE_TRACES, input={"traces": [trace_input()]})
        url = (await exported(executed, where={}))["downloadUrl"]
        await create_key(graphql, "boss", "ADMIN")

        assert (await client.get(url)).status_code == 200
        forged = await client.get(url.replace("signature=", "signature=0"))

    assert (forged.status_code, "www-authenticate" in forged.headers) == (403, False)


async def test_without_keys_nothing_is_asked(settings: Settings):
    async with client_of(settings) as client:
        viewer = data_of((await ask(client)).json())["viewer"]
        odd = await ask(client, Authorization="Basic x")

    assert viewer == {"keyName": None, "scopes": ["READ", "WRITE", "RUN", "ADMIN"], "expiresAt": None}
    assert odd.status_code == 200


async def test_without_keys_an_address_of_the_network_is_closed(settings: Settings):
    async with client_of(replace(settings, host="192.0.2.1")) as client:
        assert (await ask(client)).status_code == 401


async def test_paths_stay_closed_after_the_only_key_is_revoked(
    settings: Settings, graphql: Execute, app_client: httpx.AsyncClient
):
    created = await create_key(graphql, "boss", "ADMIN")
    mutation = 'mutation { revokeKey(input: {id: "boss"}) { key { name } } }'

    assert (await ask(app_client, mutation, **bearer(created["secret"]))).status_code == 200
    assert (await ask(app_client, **bearer(created["secret"]))).status_code == 401
    assert (await ask(app_client)).status_code == 401


async def test_this_machine_may_need_no_key(settings: Settings, secret: str):
    async with client_of(replace(settings, loopback_without_key=True)) as client:
        assert (await ask(client)).status_code == 200
        assert (await ask(client, **{"X-Forwarded-For": "192.0.2.7"})).status_code == 401
        assert (await ask(client, Authorization="Bearer wrong")).status_code == 401
        assert data_of((await ask(client, **bearer(secret))).json())["viewer"]["keyName"] == "boss"


async def test_another_machine_needs_a_key(settings: Settings, secret: str):
    app = create_app(replace(settings, loopback_without_key=True))
    transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        assert (await ask(client)).status_code == 401
        assert (await ask(client, **bearer(secret))).status_code == 200


@pytest.fixture
async def address(settings: Settings, secret: str) -> AsyncIterator[str]:
    """The address of a server that has a key."""
    async with listening(create_app(settings), settings) as address:
        yield address


async def greet(address: str, payload: Any, **options: Any) -> dict[str, Any]:
    """Opens a WebSocket, and returns the answer to its ``connection_init``."""
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None, **options) as opened:
        await opened.send(json.dumps({"type": "connection_init", "payload": payload}))
        answer: dict[str, Any] = json.loads(await opened.recv())
        return answer


@pytest.mark.parametrize("name", ["authorization", "Authorization"])
async def test_a_websocket_sends_its_key_when_it_greets(address: str, secret: str, name: str):
    assert await greet(address, {name: f"Bearer {secret}"}) == {"type": "connection_ack"}


async def test_a_websocket_sends_its_key_with_its_handshake(address: str, secret: str):
    async with socket(address, additional_headers=bearer(secret)) as opened:
        await opened.subscribe("a", VIEWER)

        assert data_of((await opened.receive())["payload"])["viewer"]["keyName"] == "boss"


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer x"}, {"authorization": 7}, {"key": "x"}])
async def test_a_websocket_without_a_key_is_closed(address: str, payload: Any):
    with pytest.raises(ConnectionClosed) as closed:
        await greet(address, payload)

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403
    assert "API key" in closed.value.rcvd.reason


async def test_a_handshake_with_a_wrong_key_is_refused(address: str):
    with pytest.raises(InvalidStatus) as refused:
        await greet(address, {}, additional_headers={"Authorization": "Bearer wrong"})

    assert refused.value.response.status_code == 403


async def test_a_websocket_cannot_skip_its_greeting(address: str):
    async with connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as opened:
        await opened.send(json.dumps({"type": "subscribe", "id": "a", "payload": {"query": VIEWER}}))
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()

    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4401
