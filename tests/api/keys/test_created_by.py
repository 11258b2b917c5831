"""Authors: scores and jobs keep the name of the key that they were created with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.support.api import client_of, listening
from tests.support.evaluations import from_source
from tests.support.keys import bearer, new_key
from tests.support.subscriptions import socket
from tests.support.traces import CREATE_SCORE, CREATE_SCORES, SCORE_TRACES, data_of, native_trace, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings

SCORERS = "{ scores(orderBy: [{ field: ID }]) { nodes { scorer kind createdBy } } }"
START = """
mutation ($dataset: CreateDatasetInput!, $export: StartExportInput!, $run: StartRunInput!) {
  createDataset(input: $dataset) { dataset { id createdBy } errors { message } }
  startExport(input: $export) { export { createdBy } errors { message } }
  startRun(input: $run) { run { createdBy } errors { message } }
}
"""
COMPARE = """
mutation ($evaluation: CreateEvaluationInput!) {
  createEvaluation(input: $evaluation) { evaluation { createdBy } errors { message } }
}
"""
JOBS = """
query ($is: StringFilter!) {
  datasets(where: { createdBy: $is }) { nodes { createdBy } }
  exports(where: { createdBy: $is }) { nodes { createdBy } }
  runs(where: { createdBy: $is }) { nodes { createdBy } }
  evaluations(where: { createdBy: $is }) { nodes { createdBy } }
  generations(where: { createdBy: $is }) { nodes { createdBy } }
}
"""


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key of a server that starts no job."""
    async with client_of(replace(settings, worker=False)) as client:
        yield client


@pytest.fixture
async def secrets(database: Database) -> dict[str, str]:
    """The secrets of two keys that the server knows from its start."""
    return {name: await new_key(database, name, KeyScope.WRITE, KeyScope.RUN) for name in ("ada", "bob")}


async def execute(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    data = data_of((await client.post("/graphql", json={"query": query, "variables": variables})).json())
    assert not [payload["errors"] for payload in data.values() if payload.get("errors")]
    return data


async def store_trace(client: httpx.AsyncClient) -> str:
    """Stores a trace, and returns its id."""
    query = "mutation ($input: CreateTraceInput!) { createTrace(input: $input) { trace { id } errors { message } } }"
    data = await execute(client, query, input={"trace": trace_input(meta={"source": "here"})})
    found: str = data["createTrace"]["trace"]["id"]
    return found


async def score_in_each_way(client: httpx.AsyncClient, trace: str) -> None:
    """Stores a score by each mutation and by each route that takes lines."""
    given = {"traceId": trace, "score": 1.0}
    await execute(client, CREATE_SCORE, input={**given, "scorer": "person"})
    await execute(client, CREATE_SCORES, input={"scores": [{**given, "scorer": "people"}]})
    await execute(client, SCORE_TRACES, input={"scorer": "baseline", "ids": [trace]})
    line = {"trace_id": trace, "scorer": "line", "kind": "HUMAN", "score": 1.0}
    imported = native_trace("Imported?", scores=[{"scorer": "imported", "kind": "HUMAN", "score": 1.0}])
    for path, body in (("/v1/scores", line), ("/v1/traces", imported)):
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["rejected"]) == (200, 0), answer.text


async def start_jobs(client: httpx.AsyncClient) -> None:
    """Creates a job of every kind."""
    dataset = {"name": "all", "version": "1", "where": {"source": {"eq": "here"}}}
    export = {"where": {"source": {"eq": "here"}}, "format": "TRACE"}
    run = {"datasetId": "all-1", "modelId": "tiny-random/qwen3", "mode": "DRY_RUN"}
    await execute(client, START, dataset=dataset, export=export, run=run)
    by_model = {"name": "model", "modelId": "tiny-random/qwen3"}
    evaluation = {
        "name": "e",
        "datasetId": "all-1",
        "scorer": "baseline",
        "candidates": [from_source("here"), by_model],
    }
    await execute(client, COMPARE, evaluation=evaluation)


def authors_of(lists: dict[str, Any]) -> dict[str, list[str | None]]:
    """The authors of the objects in each list."""
    return {name: [node["createdBy"] for node in page["nodes"]] for name, page in lists.items()}


async def test_scores_bear_the_name_of_the_key_that_gave_them(secrets: dict[str, str], served: httpx.AsyncClient):
    for secret in secrets.values():
        served.headers.update(bearer(secret))
        await score_in_each_way(served, await store_trace(served))
    nodes = (await execute(served, SCORERS))["scores"]["nodes"]
    of_bob = await execute(served, '{ scores(where: { createdBy: { eq: "bob" } }) { nodes { createdBy } } }')

    assert [node["createdBy"] for node in nodes] == ["ada"] * 5 + ["bob"] * 4  # the imported trace is known already
    assert {node["scorer"] for node in nodes} == {"person", "people", "baseline", "line", "imported"}
    assert authors_of(of_bob) == {"scores": ["bob"] * 4}


async def test_jobs_bear_the_name_of_the_key_that_requested_them(secrets: dict[str, str], served: httpx.AsyncClient):
    served.headers.update(bearer(secrets["ada"]))
    await store_trace(served)
    await start_jobs(served)

    by_ada = authors_of(await execute(served, JOBS, **{"is": {"eq": "ada"}}))
    by_others = authors_of(await execute(served, JOBS, **{"is": {"ne": "ada"}}))

    assert list(by_ada.values()) == [["ada"]] * 5
    assert list(by_others.values()) == [[]] * 5


async def test_without_a_key_nobody_is_named(database: Database, served: httpx.AsyncClient):
    await score_in_each_way(served, await store_trace(served))
    await start_jobs(served)

    unnamed = authors_of(await execute(served, JOBS, **{"is": {"isNull": True}}))

    assert authors_of(await execute(served, SCORERS)) == {"scores": [None] * 5}
    assert list(unnamed.values()) == [[None]] * 5


async def test_the_key_of_a_websocket_is_named(settings: Settings, secrets: dict[str, str]):
    settings = replace(settings, worker=False)
    async with (
        listening(create_app(settings), settings) as address,
        socket(address, key=secrets["ada"]) as opened,
        httpx.AsyncClient(
            base_url=f"http://{address}", headers=bearer(secrets["bob"]), trust_env=False, timeout=WAIT_SECONDS
        ) as client,
    ):
        given = {"traceId": await store_trace(client), "score": 1.0, "scorer": "person"}
        await opened.subscribe("a", CREATE_SCORE, input=given)
        assert (await opened.receive())["type"] == "next"
        nodes = (await execute(client, SCORERS))["scores"]["nodes"]

    assert nodes == [{"scorer": "person", "kind": "HUMAN", "createdBy": "ada"}]
