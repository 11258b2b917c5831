"""Two servers on one PostgreSQL behind nginx, by the configuration that the documentation shows."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.keys import VIEWER, bearer, new_key
from tests.support.nginx import Nginx, proxying
from tests.support.postgres import free_port
from tests.support.servers import RunningServer, serving
from tests.support.subscriptions import CREATED, Socket, events, socket
from tests.support.traces import CREATE_TRACES, data_of, native_trace, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings

CLIENT = "127.0.0.2"
"""The address of the clients, which is not one of a proxy."""
ROWS, ROW_BYTES = 3000, 4000
"""An upload of 12 MB, much more than the buffers on its way."""
DATASET = 'mutation { createDataset(input: {name: "all", version: "1"}) { errors { message } } }'
ADDRESSES = "{ auditEvents(first: 500) { nodes { action address } } }"


@dataclass(frozen=True)
class Deployment:
    """nginx and its servers, with a client of nginx."""

    nginx: Nginx
    servers: list[RunningServer]
    client: httpx.AsyncClient
    secret: str

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Returns the data of an operation."""
        return data_of((await self.client.post("/graphql", json={"query": query, "variables": variables})).json())

    async def store(self, prompt: str) -> str:
        """Stores a trace, and returns its id."""
        stored = await self.ask(CREATE_TRACES, input={"traces": [trace_input(prompt)]})
        found: str = stored["createTraces"]["traces"][0]["id"]
        return found


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """The URL of the only database that several servers can share."""
    return postgresql_url


@pytest.fixture
async def deployment(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Deployment]:
    """Two servers behind nginx, and a client with a key."""
    secret = await new_key(database, "boss", KeyScope.ADMIN)
    port = free_port()
    environment = {
        "TUNIX_RT_DATABASE_URL": settings.database_url,
        "TUNIX_RT_DATA_DIR": str(tmp_path / "shared"),
        "TUNIX_RT_LOAD_SAMPLES": "false",
        "TUNIX_RT_WORKER": "false",
        "TUNIX_RT_PUBLIC_URL": f"https://127.0.0.1:{port}",
        "TUNIX_RT_PROXY_ADDRESSES": "127.0.0.1",
    }
    with ExitStack() as running:
        servers = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            command = [sys.executable, "-m", "tunix_rt"]
            servers.append(running.enter_context(serving(command, tmp_path / name, environment)))
        ports = [int(server.url.rpartition(":")[2]) for server in servers]
        nginx = running.enter_context(proxying(tmp_path, ports, port))
        transport = httpx.AsyncHTTPTransport(verify=nginx.trust, local_address=CLIENT)
        url = f"https://{nginx.address}"
        async with httpx.AsyncClient(
            transport=transport, base_url=url, headers=bearer(secret), timeout=WAIT_SECONDS
        ) as client:
            yield Deployment(nginx, servers, client, secret)


def lines() -> Iterator[bytes]:
    """The lines of a large upload."""
    for number in range(ROWS):
        yield json.dumps(native_trace(f"{number} {'x' * ROW_BYTES}")).encode() + b"\n"


async def uploaded() -> AsyncIterator[bytes]:
    """The lines as a client sends them."""
    for line in lines():
        yield line


async def upload_and_download(deployment: Deployment) -> None:
    """Sends a large upload to one server, and streams it back from another."""
    headers = {"Content-Type": "application/x-ndjson"}
    report = (await deployment.client.post("/v1/traces", content=uploaded(), headers=headers)).json()
    assert (report["added"], report["rejected"]) == (ROWS, 0)
    assert (await deployment.ask(DATASET))["createDataset"]["errors"] == []

    for _ in range(2):  # from each server
        async with deployment.client.stream("GET", "/v1/datasets/all-1/export.jsonl") as response:
            prompts = {json.loads(line)["prompts"].partition(" ")[0] async for line in response.aiter_lines()}
        assert {str(number) for number in range(ROWS)} <= prompts


async def sign_in_by_a_browser(deployment: Deployment) -> None:
    """Signs in at one server, and is known to both by a cookie that stays on HTTPS."""
    own = {"Origin": f"https://{deployment.nginx.address}"}
    async with httpx.AsyncClient(
        verify=deployment.nginx.trust, base_url=own["Origin"], headers=own, trust_env=False, timeout=WAIT_SECONDS
    ) as browser:
        signed_in = await browser.post("/v1/session", json={"key": deployment.secret})
        assert "Secure" in signed_in.headers["set-cookie"].split("; ")
        for _ in range(4):
            viewer = data_of((await browser.post("/graphql", json={"query": VIEWER})).json())["viewer"]
            assert viewer["keyName"] == "boss"


async def follow_by_events(deployment: Deployment, after: str, number: int) -> list[str]:
    """Returns the prompts of the next traces, by server-sent events."""
    request = {"query": CREATED, "variables": {"after": after}}
    accept = {"Accept": "text/event-stream"}
    async with deployment.client.stream("POST", "/graphql", json=request, headers=accept) as response:
        received = events(response.aiter_lines())
        return [data_of((await anext(received))[1])["traceCreated"]["prompt"] for _ in range(number)]


@dataclass
class Follower:
    """A client that follows new traces over WebSockets, and resumes on another one when its own is closed."""

    deployment: Deployment
    after: str
    prompts: list[str]
    closed: int = 0

    async def follow(self, last: str, is_open: Callable[[], None]) -> None:
        """Follows until a last trace."""
        while last not in self.prompts:
            try:
                async with socket(
                    self.deployment.nginx.address, key=self.deployment.secret, ssl=self.deployment.nginx.trust
                ) as opened:
                    await opened.subscribe("s", after=self.after)
                    is_open()
                    await self._take(opened, last)
            except ConnectionClosed:
                self.closed += 1

    async def _take(self, opened: Socket, last: str) -> None:
        """Takes what arrives until the last trace."""
        while last not in self.prompts:
            trace = data_of((await opened.receive())["payload"])["traceCreated"]
            self.prompts.append(trace["prompt"])
            self.after = trace["id"]


async def lose_a_server(deployment: Deployment, after: str) -> None:
    """Kills a server while clients follow new traces; all of them get each trace exactly once."""
    followers = [Follower(deployment, after, []) for _ in range(4)]
    opened = asyncio.Semaphore(0)
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for follower in followers:
            group.create_task(follower.follow("last", opened.release))
        for _ in followers:
            await opened.acquire()
        await deployment.store("before")
        deployment.servers[0].process.kill()
        await asyncio.to_thread(deployment.servers[0].process.wait)
        for number in range(10):
            await deployment.store(f"meanwhile {number}")
        await deployment.store("last")

    expected = ["before", *(f"meanwhile {number}" for number in range(10)), "last"]
    assert [follower.prompts for follower in followers] == [expected] * len(followers)
    assert sum(follower.closed for follower in followers) >= 1


async def test_the_documented_configuration_serves_everything(deployment: Deployment):
    """In one test, since two servers and nginx take longer to start than all that they are asked."""
    nginx, client = deployment.nginx, deployment.client
    async with asyncio.timeout(4 * WAIT_SECONDS):
        invented = {"X-Forwarded-For": "203.0.113.9"}
        await client.post(
            "/graphql",
            json={"query": CREATE_TRACES, "variables": {"input": {"traces": [trace_input("a")]}}},
            headers=invented,
        )
        await sign_in_by_a_browser(deployment)
        await upload_and_download(deployment)
        first = await deployment.store("first")
        followed, _ = await asyncio.gather(follow_by_events(deployment, first, 1), deployment.store("second"))
        assert followed == ["second"]
        assert (await client.get("/v1/exports/x/y?signature=not-for-logs")).status_code == 403
        await lose_a_server(deployment, await deployment.store("third"))
        recorded = (await deployment.ask(ADDRESSES))["auditEvents"]["nodes"]

    assert {event["address"] for event in recorded if event["action"] != "POST /v1/session"} == {CLIENT}
    assert "/v1/exports/x/y" in nginx.log.read_text()
    assert "not-for-logs" not in nginx.log.read_text()
