"""The API as its tests use it: answers without errors, stored traces, and an address in the test's own loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from tests.conftest import Execute
from tests.support.traces import CREATE_TRACES, data_of
from tunix_rt.app import create_app
from tunix_rt.http.protocol import server_config
from tunix_rt.settings import Settings

Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]
"""``await ask(query, variable=…)`` gives the data of an answer that has no errors."""

Store: TypeAlias = Callable[..., Awaitable[list[dict[str, Any]]]]
"""``await store(trace_input(), …)`` gives the stored traces: id, uuid, prompt, externalId, createdAt."""


@pytest.fixture
def ask(graphql: Execute) -> Ask:
    """Executes a document whose answer must have no errors, on the fresh database."""

    async def execute(query: str, **variables: Any) -> dict[str, Any]:
        return data_of(await graphql(query, variables))

    return execute


@pytest.fixture
def store(ask: Ask) -> Store:
    """Stores traces in the fresh database."""

    async def execute(*traces: dict[str, Any]) -> list[dict[str, Any]]:
        payload = (await ask(CREATE_TRACES, input={"traces": list(traces)}))["createTraces"]
        assert payload["errors"] == []
        stored: list[dict[str, Any]] = payload["traces"]
        return stored

    return execute


class Listener(uvicorn.Server):
    """A server inside the tests' own event loop, which leaves their signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
async def address(settings: Settings) -> AsyncIterator[str]:
    """``127.0.0.1:PORT`` of the application on the fresh database, for what a client in the process cannot do."""
    async with listening(create_app(settings), settings) as address:
        yield address


@asynccontextmanager
async def listening(app: Starlette, settings: Settings, port: int = 0) -> AsyncIterator[str]:
    """``127.0.0.1:PORT`` of an application."""
    listener = Listener(server_config(app, settings, port=port, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(listener.serve())
    while not listener.started:
        assert not serving.done(), "the server did not start"
        await asyncio.sleep(0.005)
    yield f"127.0.0.1:{listener.servers[0].sockets[0].getsockname()[1]}"
    listener.should_exit = True
    await serving


@asynccontextmanager
async def client_of(settings: Settings, **options: Any) -> Any:
    """An HTTP client of the application with these settings."""
    app = create_app(settings, **options)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        yield client
