"""Servers that end while an export runs, by a signal or a kill: it ends in one recorded way, with the same bytes."""

from __future__ import annotations

import hashlib
import signal
import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.exporting import EXPORT, START
from tests.api.material import data_of
from tests.jobs.processes import REPEATS, caught, ended_in, export_in, go_on, kill, lapse, store_trace
from tests.serving import RunningServer, serving
from tunix_rt.db.session import Database

SERVE = [sys.executable, "-m", "tunix_rt"]


def ask(server: RunningServer, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer."""
    body = {"query": query, "variables": variables}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
        return data_of(client.post("/graphql", json=body).json())


def start(server: RunningServer, trace_id: uuid.UUID) -> uuid.UUID:
    """Starts an export that takes a while."""
    payload = ask(server, START, input={"traceIds": [str(trace_id)] * REPEATS})["startExport"]
    assert payload["errors"] == []
    return uuid.UUID(payload["export"]["uuid"])


def downloaded(server: RunningServer, export_id: uuid.UUID) -> str:
    """The sha256 of an export's file, as a user gets it."""
    export = ask(server, EXPORT, id=str(export_id))["export"]
    assert export["status"] == "COMPLETED"
    content = httpx.get(export["downloadUrl"], trust_env=False, timeout=60).content
    digest = hashlib.sha256(content).hexdigest()
    assert digest == export["sha256"]
    return digest


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """The settings of a server on the fresh database."""
    return {"TUNIX_RT_DATABASE_URL": database_url, "TUNIX_RT_LOAD_SAMPLES": "false"}


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
async def test_an_export_outlives_its_server(
    database: Database, environment: dict[str, str], tmp_path: Path, ending: signal.Signals
):
    trace_id = await store_trace(database)
    with serving(SERVE, tmp_path, environment) as server:
        export_id = start(server, trace_id)
        process = await caught(server.data_dir, export_id)
        server.process.send_signal(ending)
        server.process.wait(30)
    go_on(process)

    row = await ended_in(database, export_id)

    assert (row.status, row.attempt, row.row_count) == ("COMPLETED", 1, REPEATS)
    with serving(SERVE, tmp_path, environment) as server:
        whole = start(server, trace_id)
        again = (await ended_in(database, whole)).sha256
        assert downloaded(server, export_id) == downloaded(server, whole) == again


async def test_an_export_that_dies_with_its_server_is_taken_up_by_the_next(
    database: Database, environment: dict[str, str], tmp_path: Path
):
    trace_id = await store_trace(database)
    with serving(SERVE, tmp_path, environment) as server:
        export_id = start(server, trace_id)
        process = await caught(server.data_dir, export_id)
        server.process.kill()
        server.process.wait(30)
        kill(process)
    assert (await export_in(database, export_id)).status == "RUNNING"
    await lapse(database, export_id)

    with serving(SERVE, tmp_path, environment) as server:
        row = await ended_in(database, export_id)
        assert (row.status, row.attempt) == ("COMPLETED", 2)
        whole = start(server, trace_id)
        await ended_in(database, whole)
        assert downloaded(server, export_id) == downloaded(server, whole)
