"""The limit on the jobs of a key: one more is refused, over all kinds of jobs, and stores nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, text, update

from tests.support.api import client_of, listening
from tests.support.evaluations import from_source
from tests.support.keys import bearer, new_key
from tests.support.subscriptions import socket
from tests.support.traces import data_of, trace_input
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.identity import now
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database, Session
from tunix_rt.domain.exports.containers.base import Container
from tunix_rt.domain.exports.formats.base import ExportFormat, FormatOptions
from tunix_rt.domain.exports.lifecycle import ExportRequest, enter_export
from tunix_rt.domain.exports.sources import OfTraces
from tunix_rt.domain.jobs.counts import LEDGERS
from tunix_rt.domain.keys.acting import Actor, acting
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import RateLimited
from tunix_rt.settings import Settings

HERE = {"source": {"eq": "here"}}
MODEL = "tiny-random/qwen3"
EXPORT = "mutation ($input: StartExportInput!) { startExport(input: $input) { export { uuid } errors { message } } }"
CREATE = "mutation ($input: CreateTraceInput!) { createTrace(input: $input) { errors { message } } }"
DATASET = "mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { errors { message } } }"
OTHERS = {
    "dataset": (DATASET, {"name": "other", "version": "1", "where": HERE}),
    "run": (
        "mutation ($input: StartRunInput!) { startRun(input: $input) { errors { message } } }",
        {"datasetId": "all-1", "modelId": MODEL, "mode": "DRY_RUN"},
    ),
    "generation": (
        "mutation ($input: StartGenerationInput!) { startGeneration(input: $input) { errors { message } } }",
        {"modelId": MODEL, "datasetId": "all-1"},
    ),
    "evaluation": (
        "mutation ($input: CreateEvaluationInput!) { createEvaluation(input: $input) { errors { message } } }",
        {"name": "e", "datasetId": "all-1", "scorer": "baseline", "candidates": [from_source("here")]},
    ),
}
"""The mutations that start a job of each other kind."""
RETRY = "mutation ($id: ID!) { retryExport(input: {id: $id}) { export { status } errors { message } } }"
CANCEL = "mutation ($id: ID!) { cancelExport(input: {id: $id}) { export { status } errors { message } } }"
NUMBERS = "{ viewer { unfinishedJobCount } serverInfo { limits { keyMaxJobs } } }"
WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""
REGISTER = 'mutation { registerRun(input: {modelId: "m", method: SFT}) { run { status } errors { message } } }'


@pytest.fixture
async def keys(database: Database) -> dict[str, dict[str, str]]:
    """The headers of two keys, which the server knows from its start."""
    scopes = (KeyScope.WRITE, KeyScope.RUN)
    return {name: bearer(await new_key(database, name, *scopes)) for name in ("ada", "bob")}


@pytest.fixture
def limited(settings: Settings) -> Settings:
    """The settings of a server that starts no job, and lets each key have two."""
    return replace(settings, worker=False, key_max_jobs=2)


@pytest.fixture
async def served(limited: Settings, keys: dict[str, dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key of Ada, who has stored a trace and a dataset."""
    async with client_of(limited) as client:
        client.headers.update(keys["ada"])
        await ask(client, CREATE, input={"trace": trace_input(meta={"source": "here"})})
        await ask(client, DATASET, input={"name": "all", "version": "1", "where": HERE})
        yield client


async def ask(client: httpx.AsyncClient, query: str, headers: Any = None, **variables: Any) -> dict[str, Any]:
    """Posts an operation, and returns its answer."""
    body = {"query": query, "variables": variables}
    answer: dict[str, Any] = (await client.post("/graphql", json=body, headers=headers)).json()
    return answer


async def export(client: httpx.AsyncClient, headers: Any = None) -> dict[str, Any]:
    """Starts an export, and returns the answer."""
    return await ask(client, EXPORT, headers, input={"where": HERE, "format": "TRACE"})


def is_refused(answer: dict[str, Any]) -> bool:
    """Returns whether an operation was refused for the limit."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])] == ["RATE_LIMITED"]


async def job_count(database: Database) -> int:
    """Returns the number of stored jobs."""
    async with database.read() as session:
        return sum([await session.scalar(select(func.count()).select_from(table)) or 0 for table in LEDGERS])


async def test_one_more_is_refused_until_one_has_finished(
    served: httpx.AsyncClient, database: Database, keys: dict[str, dict[str, str]]
):
    ids = [data_of(await export(served))["startExport"]["export"]["uuid"] for _ in range(2)]
    before = await job_count(database)
    refused = await export(served)
    other = await export(served, keys["bob"])

    assert is_refused(refused)
    assert "at most 2 jobs that are pending or running, and ada has that many" in refused["errors"][0]["message"]
    assert refused["data"] is None or refused["data"]["startExport"] is None
    assert data_of(other)["startExport"]["errors"] == []
    assert await job_count(database) == before + 1

    assert data_of(await ask(served, CANCEL, id=ids[0]))["cancelExport"]["errors"] == []
    assert data_of(await export(served))["startExport"]["errors"] == []
    assert is_refused(await ask(served, RETRY, id=ids[0]))
    assert is_refused(await ask(served, RETRY, keys["bob"], id=ids[0])), "it counts for the key that created it"


@pytest.mark.parametrize("kind", OTHERS)
async def test_all_kinds_count_together(limited: Settings, served: httpx.AsyncClient, database: Database, kind: str):
    query, given = OTHERS[kind]
    async with client_of(replace(limited, dataset_direct_max=0)) as client:
        client.headers.update(served.headers)
        for _ in range(2):
            data_of(await export(client))
        before = await job_count(database)
        refused = await ask(client, query, input=given)
        after = await job_count(database)
        async with database.write() as session:
            await session.execute(update(exports).values(status="CANCELLED", completed_at=exports.c.created_at))
        data_of(await ask(client, query, input=given))
        data_of(await export(client))

        assert is_refused(refused)
        assert after == before
        assert is_refused(await export(client)), "the job of the other kind counts"


async def test_what_needs_no_worker_does_not_count(served: httpx.AsyncClient):
    for _ in range(3):
        assert data_of(await ask(served, REGISTER))["registerRun"]["errors"] == []
    for version in "234":
        given = {"name": "all", "version": version, "where": HERE}
        assert data_of(await ask(served, DATASET, input=given))["createDataset"]["errors"] == []

    assert data_of(await ask(served, NUMBERS))["viewer"]["unfinishedJobCount"] == 0


async def test_requests_at_the_same_time_do_not_exceed_it(served: httpx.AsyncClient):
    answers = await asyncio.gather(*(export(served) for _ in range(6)))

    assert sorted(map(is_refused, answers)) == [False] * 2 + [True] * 4


async def test_a_transaction_waits_for_an_earlier_one_of_the_same_key(postgresql_url: str, tmp_path: Path):
    """On SQLite, all writers wait for each other."""
    database = Database(Settings(data_dir=tmp_path, database_url=postgresql_url))
    request = ExportRequest(OfTraces(()), ExportFormat.TRACE, Container.JSONL, FormatOptions())

    async def enter(session: Session) -> None:
        with acting(Actor("ada", jobs_max=1)):
            await enter_export(session, request, now())

    async def enter_second() -> None:
        async with database.write() as session:
            await enter(session)

    async def waits_or_is_done() -> Any:
        async with database.read() as session:
            return second.done() or await session.scalar(text(WAITING))

    async with database.write() as session:
        await enter(session)
        second = asyncio.create_task(enter_second())
        await until(waits_or_is_done)
    with pytest.raises(RateLimited, match="at most 1 jobs"):
        await second
    await database.close()


async def test_a_websocket_has_the_same_limit(
    limited: Settings, served: httpx.AsyncClient, keys: dict[str, dict[str, str]]
):
    for _ in range(2):
        data_of(await export(served))
    async with (
        listening(create_app(limited), limited) as address,
        socket(address, additional_headers=keys["ada"]) as opened,
    ):
        given = {"where": HERE, "format": "TRACE"}
        await opened.subscribe("a", EXPORT, input=given)

        assert is_refused((await opened.receive())["payload"])


async def test_the_numbers_are_shown(settings: Settings, served: httpx.AsyncClient):
    data_of(await export(served))
    shown = data_of(await ask(served, NUMBERS))
    async with client_of(replace(settings, worker=False)) as client:
        unlimited = data_of(await ask(client, NUMBERS, dict(served.headers)))
        many = [await export(client, dict(served.headers)) for _ in range(3)]

    assert shown == {"viewer": {"unfinishedJobCount": 1}, "serverInfo": {"limits": {"keyMaxJobs": 2}}}
    assert unlimited["serverInfo"]["limits"]["keyMaxJobs"] is None
    assert not any(map(is_refused, many))


async def test_without_keys_nothing_is_limited(settings: Settings):
    async with client_of(replace(settings, worker=False, key_max_jobs=1)) as client:
        for _ in range(3):
            assert data_of(await export(client))["startExport"]["errors"] == []
        shown = data_of(await ask(client, NUMBERS))

    assert shown["viewer"] == {"unfinishedJobCount": None}
