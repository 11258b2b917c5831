"""nginx signs people in by ``auth_request`` as the documentation shows, in front of one server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.nginx import Nginx, proxying
from tests.support.postgres import free_port
from tests.support.servers import RunningServer, serving
from tests.support.sign_in_service import COOKIE, SignInService, signing_in
from tests.support.subscriptions import CREATED, events, socket
from tests.support.traces import CREATE_TRACES, data_of, native_trace, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.settings import Settings

CLIENT, STRANGER = "127.0.0.2", "127.0.0.3"
"""Addresses of clients, which are not those of a proxy."""
VIEWER = "{ viewer { userName scopes signOutUrl } }"
KEYS = "{ keys { totalCount } }"
DATASET = 'mutation { createDataset(input: {name: "d", version: "1"}) { dataset { createdBy } errors { message } } }'
EVENTS = "{ auditEvents { nodes { keyName address action } } }"
SPOOFED = {"X-Forwarded-User": "boss", "X-Forwarded-Groups": "admins", "X_Forwarded_Groups": "admins"}


@dataclass(frozen=True)
class Guarded:
    """A server that people reach through nginx alone, and the service that signs them in."""

    nginx: Nginx
    server: RunningServer
    service: SignInService

    def browser(self, user: str | None, address: str = CLIENT) -> httpx.AsyncClient:
        """Returns a client of nginx that a user has signed in; None for nobody."""
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=self.nginx.trust, local_address=address),
            base_url=f"https://{self.nginx.address}",
            headers=self.headers(user),
            timeout=WAIT_SECONDS,
        )

    def headers(self, user: str | None) -> dict[str, str]:
        """Returns what a page in the browser of a user sends."""
        origin = {"Origin": f"https://{self.nginx.address}"}
        return origin | ({"Cookie": f"{COOKIE}={user}"} if user else {})


@pytest.fixture
async def guarded(settings: Settings, tmp_path: Path) -> AsyncIterator[Guarded]:
    """A server behind nginx that signs ada and the boss in."""
    port = free_port()
    environment = {
        "TUNIX_RT_DATABASE_URL": settings.database_url,
        "TUNIX_RT_LOAD_SAMPLES": "false",
        "TUNIX_RT_WORKER": "false",
        "TUNIX_RT_PUBLIC_URL": f"https://127.0.0.1:{port}",
        "TUNIX_RT_PROXY_ADDRESSES": "127.0.0.1",
        "TUNIX_RT_PROXY_SCOPES": "admins=admin,writers=write+run",
        "TUNIX_RT_PROXY_SIGN_OUT_URL": "/oauth2/sign_out",
    }
    with ExitStack() as running:
        server = running.enter_context(serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment))
        service = running.enter_context(signing_in(ada="writers", boss="x,admins"))
        ports = [int(server.url.rpartition(":")[2])]
        yield Guarded(running.enter_context(proxying(tmp_path, ports, port, service.port)), server, service)


async def ask(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """Returns the data of an operation, sent with headers that a browser may invent."""
    response = await client.post("/graphql", json={"query": query, "variables": variables}, headers=SPOOFED)
    return data_of(response.json())


async def refuse_strangers(guarded: Guarded) -> None:
    """Sends nobody further than to the sign-in, and trusts no headers that do not come from nginx."""
    async with guarded.browser(None) as nobody:
        for method, path in (("POST", "/graphql"), ("GET", "/"), ("GET", "/graphiql"), ("POST", "/v1/traces")):
            sent = await nobody.request(method, path, headers=SPOOFED)
            assert (sent.status_code, sent.headers["location"].partition("?")[0]) == (
                302,
                f"https://{guarded.nginx.address}/oauth2/sign_in",
            ), path
        assert "Who are you?" in (await nobody.get("/oauth2/sign_in")).text
    transport = httpx.AsyncHTTPTransport(local_address=STRANGER)
    async with httpx.AsyncClient(transport=transport, base_url=guarded.server.url, timeout=WAIT_SECONDS) as stranger:
        own = SPOOFED | {"Origin": guarded.server.url}
        assert (await stranger.post("/graphql", json={"query": VIEWER}, headers=own)).status_code == 401


async def write_as_ada(guarded: Guarded) -> None:
    """Writes by each door in the name of the user whom nginx knows, not in one that the browser sends."""
    async with guarded.browser("ada") as ada:
        viewer = (await ask(ada, VIEWER))["viewer"]
        assert viewer == {"userName": "ada", "scopes": ["READ", "WRITE", "RUN"], "signOutUrl": "/oauth2/sign_out"}
        refused = await ada.post("/graphql", json={"query": KEYS}, headers=SPOOFED)
        assert refused.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        lines = b"".join(json.dumps(native_trace(f"uploaded {number}")).encode() + b"\n" for number in range(500))
        uploaded = await ada.post("/v1/traces", content=lines, headers={"Content-Type": "application/x-ndjson"})
        assert uploaded.json()["added"] == 500
        assert (await ask(ada, DATASET))["createDataset"]["dataset"] == {"createdBy": "user:ada"}
        exported = await ada.get("/v1/datasets/d-1/export.jsonl", headers={"Sec-Fetch-Site": "same-origin"})
        assert len(exported.text.splitlines()) == 500
        for page in ("/", "/graphiql/"):
            assert "<script" in (await ada.get(page, follow_redirects=True)).text, page


async def follow_as_ada(guarded: Guarded) -> None:
    """Follows new traces by server-sent events and over a WebSocket."""
    headers = guarded.headers("ada")
    async with (
        guarded.browser("ada") as ada,
        ada.stream("POST", "/graphql", json={"query": CREATED}, headers={"Accept": "text/event-stream"}) as response,
        socket(guarded.nginx.address, ssl=guarded.nginx.trust, additional_headers=headers) as opened,
    ):
        received = events(response.aiter_lines())
        await opened.subscribe("s")
        storing = asyncio.create_task(keep_storing(ada))
        assert data_of((await anext(received))[1])["traceCreated"]["prompt"] == "followed"
        assert await opened.prompts("s", 1) == ["followed"]
        storing.cancel()


async def keep_storing(client: httpx.AsyncClient) -> None:
    """Stores traces until it is cancelled, because a stream has those that come after its start only."""
    while True:
        await ask(client, CREATE_TRACES, input={"traces": [trace_input("followed")]})
        await asyncio.sleep(0.1)


async def sign_out(guarded: Guarded) -> None:
    """Refuses a user from the next request on, once the service does not know her any more."""
    async with guarded.browser("ada") as ada:
        guarded.service.groups["ada"] = ""
        assert (await ask(ada, VIEWER))["viewer"]["scopes"] == []
        del guarded.service.groups["ada"]
        assert (await ada.post("/graphql", json={"query": VIEWER})).status_code == 302


async def test_users_are_those_whom_nginx_has_signed_in(guarded: Guarded):
    """In one test, since a server and nginx take longer to start than all that they are asked."""
    async with asyncio.timeout(4 * WAIT_SECONDS):
        await refuse_strangers(guarded)
        await write_as_ada(guarded)
        await follow_as_ada(guarded)
        async with guarded.browser("boss") as boss:
            assert (await ask(boss, KEYS))["keys"]["totalCount"] == 0
            recorded = (await ask(boss, EVENTS))["auditEvents"]["nodes"]
        await sign_out(guarded)

    assert {(event["keyName"], event["address"]) for event in recorded} == {("user:ada", CLIENT)}
    assert {event["action"] for event in recorded} >= {"POST /v1/traces", "createDataset", "createTraces"}
