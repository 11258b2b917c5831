"""Exports for workers without the database, claimed and performed as such workers do it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from tunix_rt.db.identity import now
from tunix_rt.db.models.jobs import JobKindName
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts import paths
from tunix_rt.domain.attempts.claims import ClaimedAttempt, WorkerClaim, claim_attempt, may_claim
from tunix_rt.domain.attempts.exports import AssignedExport
from tunix_rt.domain.exports.containers import Container
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import ExportRequest, enter_export, fixed_request
from tunix_rt.domain.exports.sources import OfSelection, Source
from tunix_rt.domain.traces.selection import TraceSelection
from tunix_rt.jobs.exports.performing import work
from tunix_rt.jobs.remote.client import read
from tunix_rt.jobs.remote.export import ServedExport
from tunix_rt.settings import Settings

LEASE = timedelta(seconds=60)
EVERYTHING = OfSelection(TraceSelection())

Fails = Callable[[str, bool], bool]
"""Whether a request fails, by its method and path, and by whether the server has answered it."""


async def entered(
    database: Database,
    source: Source = EVERYTHING,
    format_: ExportFormat = ExportFormat.TRACE,
    container: Container = Container.JSONL,
    options: FormatOptions | None = None,
) -> uuid.UUID:
    """An export that waits."""
    request = ExportRequest(source, format_, container, options or FormatOptions())
    async with database.write() as session:
        row = await enter_export(session, await fixed_request(session, request), now())
    return uuid.UUID(str(row["id"]))


def claim_of(owner: str = "w:1:a", **changed: Any) -> WorkerClaim:
    """The claim of a worker of exports."""
    given: dict[str, Any] = {"worker": uuid.uuid4(), "host": "h", "process_id": 1, "version": "1", "owner": owner}
    return WorkerClaim(**given | {"kinds": [JobKindName.EXPORT], "containers": list(Container)} | changed)


async def claimed(database: Database, owner: str = "w:1:a", **changed: Any) -> ClaimedAttempt | None:
    """The attempt that a claim gets."""
    claim = claim_of(owner, **changed)
    async with database.write() as session:
        wanted = await may_claim(session, claim, LEASE, timedelta())
        found = await claim_attempt(session, claim, LEASE, timedelta())
    assert wanted or found is None
    return found


async def held(database: Database, owner: str = "w:1:a") -> ClaimedAttempt:
    """The next attempt at an export that waits."""
    found = await claimed(database, owner)
    assert found is not None
    return found


class BadLine(httpx.AsyncBaseTransport):
    """A connection on which requests fail, before the server has them or after."""

    def __init__(self, line: httpx.AsyncBaseTransport, fails: Fails) -> None:
        self.line = line
        self.fails = fails

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fails as it was asked to."""
        name = f"{request.method} {request.url.path}"
        if self.fails(name, False):
            raise httpx.ConnectError("the server is away")
        answer = await self.line.handle_async_request(request)
        if self.fails(name, True):
            raise httpx.ReadError("the answer is lost")
        return answer


def line_to(client: httpx.AsyncClient, attempt: ClaimedAttempt, fails: Fails | None = None) -> httpx.AsyncClient:
    """A connection of an attempt's process to the application behind a client."""
    line = client._transport
    headers = {"Authorization": f"Bearer {attempt.token}"}
    transport = line if fails is None else BadLine(line, fails)
    return httpx.AsyncClient(base_url=client.base_url, headers=headers, transport=transport)


async def perform(settings: Settings, folder: Path, http: httpx.AsyncClient) -> None:
    """Performs the attempt of a connection on a machine that has nothing but a folder."""
    export = read(await http.get(paths.EXPORT), AssignedExport)
    await work(ServedExport(replace(settings, data_dir=folder), http, export))
