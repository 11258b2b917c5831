"""Servers that exit or are killed during an export: it has one recorded outcome, with the same bytes.

The server that follows is in a thread of this process.
"""

from __future__ import annotations

import hashlib
import signal
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from tests.support.background import background_server
from tests.support.exports import EXPORT, START
from tests.support.factories import insert_rows, population
from tests.support.job_processes import (
    REPEATS,
    caught,
    caught_job,
    ended_in,
    export_in,
    go_on,
    kill,
    lapse,
    store_trace,
)
from tests.support.servers import RunningServer, serving
from tests.support.traces import data_of
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import datasets
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings


def ask(server: str, query: str, **variables: Any) -> dict[str, Any]:
    """Returns the data of a response."""
    body = {"query": query, "variables": variables}
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client:
        return data_of(client.post("/graphql", json=body).json())


def start(server: str, trace_id: uuid.UUID) -> uuid.UUID:
    """Starts an export that takes a while."""
    payload = ask(server, START, input={"traceIds": [str(trace_id)] * REPEATS})["startExport"]
    assert payload["errors"] == []
    return uuid.UUID(payload["export"]["uuid"])


def downloaded(server: str, export_id: uuid.UUID) -> str:
    """Returns the SHA-256 of an export's file, as a user downloads it."""
    export = ask(server, EXPORT, id=str(export_id))["export"]
    assert export["status"] == "COMPLETED"
    content = httpx.get(export["downloadUrl"], trust_env=False, timeout=60).content
    digest = hashlib.sha256(content).hexdigest()
    assert digest == export["sha256"]
    return digest


@contextmanager
def process_of(settings: Settings) -> Iterator[RunningServer]:
    """A server process, to be killed."""
    environment = settings.environment()
    del environment["TUNIX_RT_PORT"]
    with serving([sys.executable, "-m", "tunix_rt"], settings.data_dir.parent, environment) as server:
        yield server


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
async def test_an_export_outlives_its_server(database: Database, settings: Settings, ending: signal.Signals):
    trace_id = await store_trace(database)
    with process_of(settings) as server:
        export_id = start(server.url, trace_id)
        process = await caught(database, server.data_dir, export_id)
        server.process.send_signal(ending)
        server.process.wait(30)
    go_on(process)

    row = await ended_in(database, export_id)

    assert (row.status, row.attempt, row.row_count) == ("COMPLETED", 1, REPEATS)
    with background_server(settings) as server:
        whole = start(server, trace_id)
        again = (await ended_in(database, whole)).sha256
        assert downloaded(server, export_id) == downloaded(server, whole) == again


async def test_an_export_that_dies_with_its_server_is_taken_up_by_the_next(database: Database, settings: Settings):
    trace_id = await store_trace(database)
    with process_of(settings) as server:
        export_id = start(server.url, trace_id)
        process = await caught(database, server.data_dir, export_id)
        server.process.kill()
        server.process.wait(30)
        kill(process)
    assert (await export_in(database, export_id)).status == "RUNNING"
    await lapse(database, export_id)

    with background_server(settings) as server:
        row = await ended_in(database, export_id)
        assert (row.status, row.attempt) == ("COMPLETED", 2)
        whole = start(server, trace_id)
        await ended_in(database, whole)
        assert downloaded(server, export_id) == downloaded(server, whole)


CREATE = 'mutation { createDataset(input: {name: "all", version: "1"}) { dataset { uuid status } errors { message } } }'
MEMBERS = "query ($id: ID!) { dataset(id: $id) { status attempt traceCount traces { totalCount } } }"


async def dataset_ended(database: Database, dataset_id: uuid.UUID) -> Any:
    """Waits for a dataset's end and returns its row."""

    async def look() -> Any:
        async with database.read() as session:
            row = (await session.execute(select(datasets).where(datasets.c.id == dataset_id))).one()
        return row if row.completed_at is not None else None

    return await until(look, "the dataset was not built")


@pytest.mark.parametrize("survives", [True, False])
async def test_a_dataset_is_completed_after_its_server_is_killed(
    database: Database, settings: Settings, survives: bool
):
    """The server is killed. Its process continues, or is killed too and replaced by one of the next server."""
    async with database.write() as session:
        await insert_rows(session, *population(3, 40))
    large = replace(settings, dataset_direct_max=10)
    with process_of(large) as server:
        payload = ask(server.url, CREATE)["createDataset"]
        dataset_id = uuid.UUID(payload["dataset"]["uuid"])
        process = await caught_job("tunix_rt.jobs.datasets.process", dataset_id)
        server.process.kill()
        server.process.wait(30)
    if survives:
        go_on(process)
        await dataset_ended(database, dataset_id)
    else:
        kill(process)
        async with database.write() as session:
            await session.execute(update(datasets).values(lease_expires_at=now()))

    with background_server(large) as server:
        await dataset_ended(database, dataset_id)
        found = ask(server, MEMBERS, id=str(dataset_id))["dataset"]

    attempt = 1 if survives else 2
    assert found == {"status": "COMPLETED", "attempt": attempt, "traceCount": 40, "traces": {"totalCount": 40}}
