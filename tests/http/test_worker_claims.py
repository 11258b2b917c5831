"""``/v1/workers``: a worker belongs to the key that registered it, and learns which folders it may remove."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.support.api import client_of
from tests.support.keys import bearer, new_key
from tests.support.remote_attempts import held_run, token_for
from tests.support.runs import enter_run, make_dataset, run_of
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.clock import instant
from tunix_rt.db.identity import now
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.claims import FOLDER_KEPT, FOLDERS_MAX
from tunix_rt.domain.jobs.workers import live_workers
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.http.attempts import input_tasks
from tunix_rt.jobs.registration import WorkerRegistration
from tunix_rt.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that runs no jobs itself."""
    return replace(settings, worker=False)


@pytest.fixture
async def keys(database: Database) -> list[dict[str, str]]:
    """The headers of two keys that may run jobs."""
    return [bearer(await new_key(database, name, KeyScope.RUN)) for name in ("mine", "other")]


@pytest.fixture
async def client(settings: Settings, keys: list[dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, which needs keys."""
    async with client_of(settings) as client:
        yield client


def claim_of(worker: uuid.UUID, folders: Sequence[uuid.UUID] = ()) -> dict[str, Any]:
    """A claim of a busy worker."""
    given: dict[str, Any] = {"worker": str(worker), "host": "h", "processId": 1, "version": "1", "kinds": ["RUN"]}
    return given | {"folders": [str(folder) for folder in folders]}


async def claimed(
    client: httpx.AsyncClient, key: dict[str, str], worker: uuid.UUID, folders: Sequence[uuid.UUID] = ()
) -> httpx.Response:
    """The answer to a claim."""
    return await client.post("/v1/workers/claims", json=claim_of(worker, folders), headers=key)


async def workers_of(database: Database) -> list[uuid.UUID]:
    """The ids of the live workers."""
    async with database.read() as session:
        return [row.id for row in await live_workers(session, await instant(session))]


async def test_only_the_key_that_registered_a_worker_removes_it(
    client: httpx.AsyncClient, database: Database, keys: list[dict[str, str]]
):
    mine, other = keys
    worker = uuid.uuid4()
    assert (await claimed(client, mine, worker)).status_code == 200

    assert (await client.delete(f"/v1/workers/{worker}", headers=other)).status_code == 204
    assert await workers_of(database) == [worker]
    for _ in range(2):
        assert (await client.delete(f"/v1/workers/{worker}", headers=mine)).status_code == 204
        assert await workers_of(database) == []


async def test_no_key_claims_as_the_worker_of_another_one(
    client: httpx.AsyncClient, database: Database, keys: list[dict[str, str]]
):
    mine, other = keys
    worker = uuid.uuid4()
    assert (await claimed(client, mine, worker)).status_code == 200

    refused = await claimed(client, other, worker)

    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (409, "CONFLICT")
    assert "Another key" in refused.json()["errors"][0]["message"]
    assert (await claimed(client, mine, worker)).status_code == 200


async def test_no_key_touches_the_worker_of_a_server(
    client: httpx.AsyncClient, database: Database, keys: list[dict[str, str]]
):
    registration = WorkerRegistration(database, [])
    await registration.renew()
    (worker,) = await workers_of(database)

    assert (await claimed(client, keys[0], worker)).status_code == 409
    assert (await client.delete(f"/v1/workers/{worker}", headers=keys[0])).status_code == 204
    assert await workers_of(database) == [worker]


async def test_a_worker_removes_the_folders_of_runs_that_need_them_no_more(
    client: httpx.AsyncClient, database: Database, settings: Settings, keys: list[dict[str, str]]
):
    dataset, runs = await make_dataset(database), {}
    for status in JobStatus:
        runs[status.value] = await enter_run(database, settings, dataset)
    runs["long ago"] = await enter_run(database, settings, dataset)
    for name, run_id in runs.items():
        running = name == "RUNNING"
        ended = {"completed_at": now()} if name not in {"PENDING", "RUNNING"} else {}
        held = {"owner": "w", "lease_expires_at": now() + timedelta(minutes=1)} if running else {}
        values = {"status": "FAILED" if name == "long ago" else name} | ended | held
        if name == "long ago":
            values["completed_at"] = now() - FOLDER_KEPT - timedelta(minutes=1)
        async with database.write() as session:
            await session.execute(update(tunix_runs).where(tunix_runs.c.id == run_id).values(values))
    runs["deleted"] = uuid.uuid4()

    answer = await claimed(client, keys[0], uuid.uuid4(), list(runs.values()))

    unneeded = set(answer.json()["unneeded"])
    assert {name for name, run_id in runs.items() if str(run_id) in unneeded} == {
        *("COMPLETED", "CANCELLED", "long ago", "deleted")
    }


async def test_a_claim_names_a_limited_number_of_folders(client: httpx.AsyncClient, keys: list[dict[str, str]]):
    answer = await claimed(client, keys[0], uuid.uuid4(), [uuid.uuid4() for _ in range(FOLDERS_MAX + 1)])

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")


async def test_the_datasets_of_an_attempt_that_asks_no_more_are_forgotten(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(input_tasks, "RESULT_SECONDS", 0.0)
    monkeypatch.setattr(input_tasks, "WAIT_SECONDS", 0.0)
    hold = await held_run(database, settings)
    token = await token_for(database, hold)
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        answer = await client.post("/v1/attempt/datasets", headers=bearer(token))
        assert answer.status_code == 202

        async def is_forgotten() -> bool:
            await asyncio.sleep(0)
            return len(app.state.input_tasks) == 0

        await until(is_forgotten, "the result was not forgotten")
        artifacts = (await client.get("/v1/attempt/artifacts", headers=bearer(token))).json()["artifacts"]

    assert [found["name"] for found in artifacts] == ["dataset.jsonl"]
    assert (await run_of(database, hold.id)).status == "RUNNING"
