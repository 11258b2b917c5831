"""The registry of runs through the API: lists, filters, one run whole, its logs, metrics, attempts and files."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, event, make_url, update
from sqlalchemy.engine import Engine

from tests.api.conftest import Ask, Store
from tests.api.material import CREATE_DATASET, UNKNOWN_UUID, code_of, on_sqlite, trace_input
from tests.api.running import ENDED, artifact, at, config_row, entered, line, points, say, state
from tests.conftest import Execute
from tunix_rt.api.relay.ids import global_id
from tunix_rt.db.models import run_artifacts, tunix_runs
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.manifest import Lora, Mesh, Schedule, Training
from tunix_rt.domain.run_changes import lately
from tunix_rt.domain.run_entries import entries_after
from tunix_rt.domain.runs.config import RunConfig, folder_name, stored
from tunix_rt.domain.runs.files import folder_of
from tunix_rt.settings import Settings

LIST = """
query ($where: TunixRunWhere, $orderBy: [TunixRunOrder!], $first: Int, $after: String) {
  tunixRuns(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    nodes { uuid status }
    pageInfo { hasNextPage endCursor }
  }
}
"""
WHOLE = """
query ($id: ID!) {
  tunixRun(id: $id) {
    id uuid status statusReason progress createdAt startedAt completedAt error { code message } attempt maxAttempts
    cancelRequested mode method modelId datasetKey outputName engine manifest place { step totalSteps epoch etaSeconds }
    durationSeconds exitCode stdout stderr
    dataset { key } evalDataset { key }
    config {
      learningRate numEpochs batchSize maxSeqLength maxSteps seed gradientAccumulationSteps warmupSteps schedule
      weightDecay maxGradNorm saveEverySteps evalEverySteps timeoutSeconds
      lora { rank alpha modulePath } mesh { fsdp tp }
    }
  }
}
"""
METRICS = """
query ($id: ID!, $names: [String!], $fromStep: Int! = 0, $toStep: Int, $maxPoints: Int! = 1000) {
  tunixRun(id: $id) {
    metrics(names: $names, fromStep: $fromStep, toStep: $toStep, maxPoints: $maxPoints) {
      name steps values kinds pointCount
    }
  }
}
"""
LOGS = """
query ($id: ID!, $where: RunLogLineWhere, $first: Int, $after: String, $last: Int) {
  tunixRun(id: $id) {
    logs(where: $where, first: $first, after: $after, last: $last) {
      totalCount nodes { seq attempt stream text } pageInfo { hasNextPage endCursor }
    }
  }
}
"""
EVENTS = """
query ($id: ID!, $where: RunEventWhere, $first: Int, $after: String, $last: Int) {
  tunixRun(id: $id) {
    events(where: $where, first: $first, after: $after, last: $last) {
      totalCount
      nodes {
        __typename seq attempt
        ... on RunState { status progress place { step totalSteps epoch etaSeconds } reason }
        ... on RunLogLine { stream text }
        ... on RunMetricPoint { name step value kind }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings of a server that leaves the runs alone which the tests enter."""
    return replace(settings, worker=False)


def uuids(connection: dict[str, Any]) -> list[str]:
    """The runs of a page."""
    return [node["uuid"] for node in connection["nodes"]]


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset."""
    await store(trace_input())
    payload = (await ask(CREATE_DATASET, input={"name": "math", "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def test_there_are_no_runs(ask: Ask):
    assert (await ask(LIST))["tunixRuns"] == {
        "totalCount": 0,
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


async def test_runs_are_listed_newest_first(ask: Ask, database: Database):
    runs = [await entered(database, seconds) for seconds in range(3)]

    found = (await ask(LIST))["tunixRuns"]

    assert uuids(found) == [str(run["id"]) for run in reversed(runs)]
    assert found["totalCount"] == 3


async def test_five_runs_by_twos(ask: Ask, database: Database):
    runs = [await entered(database, 0) for _ in range(5)]
    walked: list[str] = []
    sizes: list[int] = []
    after: str | None = None
    while after is not None or not sizes:
        page = (await ask(LIST, first=2, after=after))["tunixRuns"]
        walked += uuids(page)
        sizes.append(len(page["nodes"]))
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        await entered(database, 100)

    assert walked == sorted((str(run["id"]) for run in runs), reverse=True)
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ({}, [0, 1, 2, 3]),
        ({"status": {"eq": "FAILED"}}, [1]),
        ({"status": {"in": ["FAILED", "RUNNING"]}}, [1, 2]),
        ({"status": {"ne": "COMPLETED"}}, [1, 2, 3]),
        ({"datasetKey": {"eq": "b"}}, [1, 3]),
        ({"datasetKey": {"eq": ""}}, []),
        ({"datasetKey": {"eq": "unknown"}}, []),
        ({"mode": {"eq": "LOCAL"}}, [2, 3]),
        ({"method": {"eq": "LORA"}}, [3]),
        ({"modelId": {"startsWith": "tiny"}}, [0, 1, 2]),
        ({"outputName": {"isNull": False}}, [3]),
        ({"exitCode": {"lt": 0}}, [1]),
        ({"durationSeconds": {"gte": 2}}, [0]),
        ({"createdAt": {"gte": "2026-01-01T00:00:02Z"}}, [2, 3]),
        ({"datasetId": {"isNull": True}, "attempt": {"gte": 1}}, [0, 1, 2]),
        ({"status": {"eq": "FAILED"}, "datasetKey": {"eq": "a"}}, []),
        ({"or": [{"status": {"eq": "RUNNING"}}, {"not": {"datasetKey": {"eq": "b"}}}]}, [0, 2]),
    ],
)
async def test_runs_are_filtered(ask: Ask, database: Database, where: dict[str, Any], places: list[int]):
    runs = [
        await entered(database, 0, **ENDED, dataset_key="a", duration_seconds=2.5),
        await entered(database, 1, status="FAILED", attempt=1, dataset_key="b", exit_code=-9),
        await entered(database, 2, status="RUNNING", attempt=1, dataset_key="c", mode="LOCAL"),
        await entered(database, 3, dataset_key="b", mode="LOCAL", method="LORA", model_id="m", output_name="mine"),
    ]

    found = (await ask(LIST, where=where, orderBy=[{"field": "CREATED_AT"}]))["tunixRuns"]

    assert uuids(found) == [str(runs[place]["id"]) for place in places]
    assert found["totalCount"] == len(places)


@pytest.mark.parametrize(
    "field", ["STARTED_AT", "COMPLETED_AT", "STATUS", "DATASET_KEY", "MODEL_ID", "DURATION_SECONDS"]
)
async def test_runs_are_ordered_with_nulls_last(ask: Ask, database: Database, field: str):
    columns: list[dict[str, Any]] = [
        {"status": "CANCELLED", "dataset_key": "a", "model_id": "a", "duration_seconds": 1.0, "started_at": at(1)},
        {"status": "FAILED", "dataset_key": "b", "model_id": "b", "duration_seconds": 2.0, "started_at": at(2)},
        {"status": "PENDING", "dataset_key": "c", "model_id": "c"},
    ]
    runs = [await entered(database, seconds, **given) for seconds, given in enumerate(columns)]
    nullable = field in {"STARTED_AT", "COMPLETED_AT", "DURATION_SECONDS"}

    up = (await ask(LIST, orderBy=[{"field": field}]))["tunixRuns"]
    down = (await ask(LIST, orderBy=[{"field": field, "direction": "DESC"}]))["tunixRuns"]

    names = [str(run["id"]) for run in runs]
    assert uuids(up) == names
    assert uuids(down) == [names[1], names[0], names[2]] if nullable else names[::-1]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 501}, "BAD_USER_INPUT"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"where": {"id": {"eq": "nonsense"}}}, "BAD_ID"),
        ({"where": {"status": {"eq": None}}}, "BAD_USER_INPUT"),
        ({"where": {"status": {"eq": "DONE"}}}, "BAD_USER_INPUT"),
    ],
)
@on_sqlite
async def test_bad_arguments_are_coded(graphql: Execute, variables: dict[str, Any], code: str):
    assert code_of(await graphql(LIST, variables)) == code


async def test_one_run_whole(ask: Ask, database: Database, dataset: dict[str, Any]):
    config = RunConfig(
        dataset_id=uuid.UUID(dataset["uuid"]),
        model_id="tiny-random/qwen3",
        training=Training(learning_rate=0.001, num_epochs=2, seed=7, max_steps=10, schedule=Schedule.COSINE),
        lora=Lora(rank=4, alpha=8.0),
        mesh=Mesh(fsdp=1),
        timeout_seconds=60,
    )
    run = await entered(
        database,
        1.5,
        dataset_id=uuid.UUID(dataset["uuid"]),
        eval_dataset_id=uuid.UUID(dataset["uuid"]),
        dataset_key=dataset["key"],
        mode="LOCAL",
        method="LORA",
        output_name="mine",
        status="FAILED",
        attempt=2,
        progress=0.5,
        error_code="INTERNAL",
        error_message="The loss is no number any more.",
        message="The loss is no number any more.",
        started_at=at(2),
        completed_at=at(5),
        duration_seconds=3.25,
        exit_code=1,
        step=5,
        total_steps=10,
        epoch=1.25,
        eta_seconds=2.5,
        config=stored(config),
        manifest="version: '1.0'\n",
        stdout="said",
        stderr="moaned",
    )

    found = (await ask(WHOLE, id=str(run["id"])))["tunixRun"]

    assert found == {
        "id": global_id("TunixRun", run["id"]),
        "uuid": str(run["id"]),
        "status": "FAILED",
        "statusReason": "The loss is no number any more.",
        "progress": 0.5,
        "createdAt": "2026-01-01T00:00:01.500000Z",
        "startedAt": "2026-01-01T00:00:02Z",
        "completedAt": "2026-01-01T00:00:05Z",
        "error": {"code": "INTERNAL", "message": "The loss is no number any more."},
        "attempt": 2,
        "maxAttempts": 3,
        "cancelRequested": False,
        "mode": "LOCAL",
        "method": "LORA",
        "modelId": "tiny-random/qwen3",
        "datasetKey": "math-v1",
        "outputName": "mine",
        "engine": "local",
        "manifest": "version: '1.0'\n",
        "place": {"step": 5, "totalSteps": 10, "epoch": 1.25, "etaSeconds": 2.5},
        "durationSeconds": 3.25,
        "exitCode": 1,
        "stdout": "said",
        "stderr": "moaned",
        "dataset": {"key": "math-v1"},
        "evalDataset": {"key": "math-v1"},
        "config": {
            "learningRate": 0.001,
            "numEpochs": 2,
            "batchSize": 8,
            "maxSeqLength": 2048,
            "maxSteps": 10,
            "seed": 7,
            "gradientAccumulationSteps": None,
            "warmupSteps": None,
            "schedule": "COSINE",
            "weightDecay": None,
            "maxGradNorm": None,
            "saveEverySteps": None,
            "evalEverySteps": None,
            "timeoutSeconds": 60,
            "lora": {"rank": 4, "alpha": 8.0, "modulePath": None},
            "mesh": {"fsdp": 1, "tp": None},
        },
    }
    assert (await ask(WHOLE, id=found["id"]))["tunixRun"] == found


async def test_a_run_that_waits_says_so(ask: Ask, database: Database):
    run = await entered(database, message="It waits for its turn.")

    found = (await ask(WHOLE, id=str(run["id"])))["tunixRun"]

    assert (found["status"], found["statusReason"], found["attempt"]) == ("PENDING", "It waits for its turn.", 0)
    for name in ("startedAt", "completedAt", "error", "manifest", "exitCode", "dataset", "evalDataset"):
        assert found[name] is None, name


async def test_there_is_no_such_run(graphql: Execute, ask: Ask):
    assert (await ask(WHOLE, id=UNKNOWN_UUID))["tunixRun"] is None
    assert code_of(await graphql(WHOLE, {"id": "nonsense"})) == "BAD_ID"
    assert code_of(await graphql(WHOLE, {"id": global_id("Trace", uuid.UUID(UNKNOWN_UUID))})) == "BAD_ID"


async def test_runs_and_their_files_are_nodes(ask: Ask, database: Database):
    run = await entered(database)
    file = await artifact(database, run, "model/config.json", kind="CONFIG")

    found = await ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on TunixRun { modelId } "
        "... on RunArtifact { name kind } ... on Job { status } } }",
        ids=[str(run["id"]), global_id("RunArtifact", file["id"])],
    )

    assert found["nodes"] == [
        {
            "id": global_id("TunixRun", run["id"]),
            "__typename": "TunixRun",
            "modelId": "tiny-random/qwen3",
            "status": "PENDING",
        },
        {
            "id": global_id("RunArtifact", file["id"]),
            "__typename": "RunArtifact",
            "name": "model/config.json",
            "kind": "CONFIG",
        },
    ]


async def test_a_dataset_knows_its_runs(ask: Ask, database: Database, dataset: dict[str, Any]):
    identity = uuid.UUID(dataset["uuid"])
    learnt = [await entered(database, seconds, dataset_id=identity) for seconds in range(3)]
    measured = await entered(database, 5, eval_dataset_id=identity)
    await entered(database, 6)

    found = (
        await ask(
            "query ($id: ID!) { dataset(id: $id) { runs(first: 2) { totalCount nodes { uuid dataset { key } } } "
            "evalRuns { totalCount nodes { uuid status } } } }",
            id=dataset["id"],
        )
    )["dataset"]

    assert found["runs"]["totalCount"] == 3
    assert uuids(found["runs"]) == [str(learnt[2]["id"]), str(learnt[1]["id"])]
    assert found["runs"]["nodes"][0]["dataset"] == {"key": "math-v1"}
    assert found["evalRuns"] == {"totalCount": 1, "nodes": [{"uuid": str(measured["id"]), "status": "PENDING"}]}


async def test_logs_are_read_in_order_searched_and_paged(ask: Ask, database: Database):
    run, other = await entered(database), await entered(database, 1)
    await say(database, other, [line("not mine")])
    await say(
        database,
        run,
        [line("Loading ÄÖ"), *points("train/loss", [1.0]), line("warning: slow", stream=LogStream.STDERR)],
    )
    await say(database, run, [line(f"step {number}", attempt=2) for number in range(120)])

    async def lines(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await ask(LOGS, id=str(run["id"]), **variables))["tunixRun"]["logs"]
        return found

    first = await lines(first=2)
    assert first == {
        "totalCount": 122,
        "nodes": [
            {"seq": 1, "attempt": 1, "stream": "STDOUT", "text": "Loading ÄÖ"},
            {"seq": 3, "attempt": 1, "stream": "STDERR", "text": "warning: slow"},
        ],
        "pageInfo": {"hasNextPage": True, "endCursor": first["pageInfo"]["endCursor"]},
    }
    following = await lines(first=500, after=first["pageInfo"]["endCursor"])
    assert [node["text"] for node in following["nodes"]] == [f"step {number}" for number in range(120)]
    assert [node["text"] for node in (await lines(last=2))["nodes"]] == ["step 118", "step 119"]
    for where, texts in (
        ({"stream": {"eq": "STDERR"}}, ["warning: slow"]),
        ({"search": "WARNING"}, ["warning: slow"]),
        ({"search": "loading Ä"}, ["Loading ÄÖ"]),
        ({"search": "loading ä"}, []),
        ({"text": {"startsWith": "step 11"}}, ["step 11", *(f"step {number}" for number in range(110, 120))]),
        ({"attempt": {"eq": 1}}, ["Loading ÄÖ", "warning: slow"]),
        ({"seq": {"gte": 123}}, ["step 119"]),
        ({"stream": {"eq": "STDERR"}, "search": "step"}, []),
    ):
        found = await lines(where=where)
        assert [node["text"] for node in found["nodes"]] == texts, where
        assert found["totalCount"] == len(texts)


async def test_all_that_a_run_says_is_one_sequence(ask: Ask, database: Database):
    run = await entered(database)
    await say(database, run, [state("PENDING", 0, reason="It waits for its turn."), state("RUNNING")])
    await say(
        database,
        run,
        [
            line("hello"),
            *points("train/loss", [2.5, float("nan")]),
            state("RUNNING", progress=0.5, step=2, total_steps=4, epoch=0.5, eta_seconds=1.5),
        ],
    )

    async def events(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await ask(EVENTS, id=str(run["id"]), **variables))["tunixRun"]["events"]
        return found

    found = await events()
    nowhere = {"step": None, "totalSteps": None, "epoch": None, "etaSeconds": None}
    somewhere = {"step": 2, "totalSteps": 4, "epoch": 0.5, "etaSeconds": 1.5}

    def told(seq: int, attempt: int, status: str, progress: float, place: Any, reason: str | None) -> dict[str, Any]:
        said = {"status": status, "progress": progress, "place": place, "reason": reason}
        return {"__typename": "RunState", "seq": seq, "attempt": attempt} | said

    def measured(seq: int, step: int, value: float | None, kind: str) -> dict[str, Any]:
        said = {"name": "train/loss", "step": step, "value": value, "kind": kind}
        return {"__typename": "RunMetricPoint", "seq": seq, "attempt": 1} | said

    assert found["nodes"] == [
        told(1, 0, "PENDING", 0.0, nowhere, "It waits for its turn."),
        told(2, 1, "RUNNING", 0.0, nowhere, None),
        {"__typename": "RunLogLine", "seq": 3, "attempt": 1, "stream": "STDOUT", "text": "hello"},
        measured(4, 1, 2.5, "FINITE"),
        measured(5, 2, None, "NAN"),
        told(6, 1, "RUNNING", 0.5, somewhere, None),
    ]
    assert found["totalCount"] == 6
    page = await events(first=4)
    rest = await events(after=page["pageInfo"]["endCursor"])
    assert page["nodes"] + rest["nodes"] == found["nodes"]
    assert [node["seq"] for node in (await events(last=2))["nodes"]] == [5, 6]
    assert [node["seq"] for node in (await events(where={"kind": {"eq": "METRIC"}}))["nodes"]] == [4, 5]
    assert [node["seq"] for node in (await events(where={"seq": {"gt": 5}}))["nodes"]] == [6]


async def test_attempts_are_told_from_the_states(ask: Ask, database: Database):
    run, unstarted = await entered(database), await entered(database, 1)
    await say(database, unstarted, [state("PENDING", 0), state("FAILED", 0)])
    await say(
        database,
        run,
        [
            state("PENDING", 0, 0),
            state("RUNNING", 1, 1),
            state("RUNNING", 1, 2, 0.5),
            state("PENDING", 1, 3, reason="The process that worked on it went away."),
            state("RUNNING", 2, 4),
            line("x", 2),
            state("RUNNING", 2, 5, reason="It was asked to end."),
            state("CANCELLED", 2, 6, reason="A user ended it."),
            state("PENDING", 2, 7, reason="It is tried again."),
            state("RUNNING", 3, 8),
            state("RUNNING", 3, 9, 0.25),
        ],
    )
    query = """
    query ($ids: [ID!]!) {
      nodes(ids: $ids) { ... on TunixRun { attempts { attempt status startedAt completedAt reason } } }
    }
    """

    found = (await ask(query, ids=[str(run["id"]), str(unstarted["id"])]))["nodes"]

    def attempt(number: int, status: str, start: int, end: int | None, reason: str | None) -> dict[str, Any]:
        completed = None if end is None else f"2026-01-01T00:00:0{end}Z"
        return {
            "attempt": number,
            "status": status,
            "startedAt": f"2026-01-01T00:00:0{start}Z",
            "completedAt": completed,
            "reason": reason,
        }

    assert found[0]["attempts"] == [
        attempt(1, "FAILED", 1, 3, "The process that worked on it went away."),
        attempt(2, "CANCELLED", 4, 6, "A user ended it."),
        attempt(3, "RUNNING", 8, None, None),
    ]
    assert found[1]["attempts"] == []


async def test_metrics_are_columns(ask: Ask, database: Database):
    run = await entered(database)
    values = [3.0, float("nan"), float("inf"), float("-inf"), 0.5]
    await say(database, run, [*points("train/loss", values), *points("eval/loss", [2.0], start=5)])

    async def metrics(**variables: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await ask(METRICS, id=str(run["id"]), **variables))["tunixRun"]["metrics"]
        return found

    both = [
        {"name": "eval/loss", "steps": [5], "values": [2.0], "kinds": ["FINITE"], "pointCount": 1},
        {
            "name": "train/loss",
            "steps": [1, 2, 3, 4, 5],
            "values": [3.0, None, None, None, 0.5],
            "kinds": ["FINITE", "NAN", "POSITIVE_INFINITY", "NEGATIVE_INFINITY", "FINITE"],
            "pointCount": 5,
        },
    ]
    assert await metrics() == both
    assert await metrics(names=["train/loss", "unknown"]) == both[1:]
    assert await metrics(names=[]) == []
    (part,) = await metrics(names=["train/loss"], fromStep=2, toStep=3)
    assert (part["steps"], part["pointCount"]) == ([2, 3], 2)
    assert [found["steps"] for found in await metrics(fromStep=9)] == [[], []]


async def test_steps_of_a_later_attempt_supersede(ask: Ask, database: Database):
    run = await entered(database)
    await say(database, run, points("train/loss", [5.0, 4.0, 3.0, 2.9]))
    await say(database, run, points("train/loss", [3.5, 2.5], attempt=2, start=3))
    query = "query ($id: ID!) { tunixRun(id: $id) { latestMetrics { name step value kind at } } }"

    (series,) = (await ask(METRICS, id=str(run["id"])))["tunixRun"]["metrics"]
    latest = (await ask(query, id=str(run["id"])))["tunixRun"]["latestMetrics"]

    assert (series["steps"], series["values"], series["pointCount"]) == ([1, 2, 3, 4], [5.0, 4.0, 3.5, 2.5], 4)
    assert latest == [{"name": "train/loss", "step": 4, "value": 2.5, "kind": "FINITE", "at": "2026-01-01T00:00:04Z"}]


async def test_latest_metrics_of_many_runs(ask: Ask, database: Database):
    runs = [await entered(database, seconds) for seconds in range(3)]
    await say(database, runs[0], [*points("a", [1.0, 2.0]), *points("b", [float("inf")]), *points("c/d", [7.0, 8.0])])
    await say(database, runs[2], points("b", [0.5]))

    found = (await ask("{ tunixRuns { nodes { latestMetrics { name step value kind } } } }"))["tunixRuns"]["nodes"]

    def value(name: str, step: int, number: float | None, kind: str = "FINITE") -> dict[str, Any]:
        return {"name": name, "step": step, "value": number, "kind": kind}

    assert [node["latestMetrics"] for node in found] == [
        [value("b", 1, 0.5)],
        [],
        [value("a", 2, 2.0), value("b", 1, None, "POSITIVE_INFINITY"), value("c/d", 2, 8.0)],
    ]


async def test_long_curves_are_thinned_and_keep_their_extremes(ask: Ask, database: Database):
    run = await entered(database)
    values = [1.0 + (step % 7) / 100 for step in range(25_000)]
    values[12_345], values[20_000], values[3] = 99.0, -5.0, float("nan")
    entries = points("train/loss", values)
    for start in range(0, len(entries), 5000):
        await say(database, run, entries[start : start + 5000])

    (series,) = (await ask(METRICS, id=str(run["id"]), maxPoints=100))["tunixRun"]["metrics"]

    assert series["pointCount"] == 25_000
    assert 30 <= len(series["steps"]) <= 100
    assert series["steps"] == sorted(set(series["steps"]))
    assert (series["steps"][0], series["steps"][-1]) == (1, 25_000)
    curve = dict(zip(series["steps"], zip(series["values"], series["kinds"], strict=True), strict=True))
    assert (curve[12_346], curve[20_001], curve[4]) == ((99.0, "FINITE"), (-5.0, "FINITE"), (None, "NAN"))
    (whole,) = (await ask(METRICS, id=str(run["id"]), fromStep=24_001, maxPoints=1000))["tunixRun"]["metrics"]
    assert whole["steps"] == list(range(24_001, 25_001))


@pytest.mark.parametrize(
    ("variables", "path"),
    [({"maxPoints": 9}, ["maxPoints"]), ({"maxPoints": 10_001}, ["maxPoints"]), ({"names": ["x"] * 101}, ["names"])],
)
@on_sqlite
async def test_windows_out_of_their_limits(graphql: Execute, database: Database, variables: Any, path: list[str]):
    run = await entered(database)

    body = await graphql(METRICS, {"id": str(run["id"])} | variables)

    assert code_of(body) == "BAD_USER_INPUT"
    assert body["errors"][0]["extensions"]["argumentPath"] == path


@on_sqlite
async def test_no_more_points_are_read_than_one_answer_may_have(graphql: Execute, database: Database):
    for number in range(2):
        run = await entered(database, number)
        await say(database, run, [entry for name in range(51) for entry in points(f"m{name}", [1.0])])

    body = await graphql("{ tunixRuns { nodes { metrics(maxPoints: 10000) { name } } } }")

    assert code_of(body) == "TOO_COSTLY"
    assert "102 curves" in body["errors"][0]["message"]


@on_sqlite
async def test_what_belongs_to_a_run_is_found_by_an_index(ask: Ask, database: Database):
    runs = [await entered(database, number, status="FAILED", attempt=1) for number in range(3)]
    for run in runs:
        await say(database, run, [state("RUNNING"), line("a"), *points("train/loss", [1.0, 0.5])])
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and "max_attempts" not in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    await ask(
        """
        query ($id: ID!) {
          tunixRun(id: $id) {
            logs(where: {search: "a"}) { totalCount nodes { text } } events(last: 2) { totalCount nodes { seq } }
            attempts { status } latestMetrics { value } metrics { values } checkpoints { step }
            artifacts { totalCount nodes { name } }
          }
          tunixRuns(first: 1) { nodes { id } }
        }
        """,
        id=str(runs[0]["id"]),
    )
    async with database.read() as session:
        await entries_after(session, runs[0]["id"], 0)
        await lately(session, at(5))
    event.remove(Engine, "before_cursor_execute", note)
    assert len(asked) >= 12
    with closing(sqlite3.connect(str(make_url(str(database._writer.url)).database))) as connection:
        for statement, parameters in asked:
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            walked = [
                step
                for step in steps
                if re.match(r"SCAN (run_(states|logs|metrics|artifacts)|tunix_runs)", step) and "INDEX" not in step
            ]
            assert walked == [], (statement, steps)


async def test_files_and_checkpoints(ask: Ask, database: Database):
    run, other = await entered(database), await entered(database, 1)
    await artifact(database, other, "checkpoints/9", kind="CHECKPOINT", step=9, sha256=None)
    await artifact(database, run, "model/model.safetensors", kind="WEIGHTS", byte_size=5_000_000_000)
    for step in (20, 3, 100):
        await artifact(database, run, f"checkpoints/{step}", kind="CHECKPOINT", step=step, sha256=None)
    query = """
    query ($id: ID!, $where: RunArtifactWhere) {
      tunixRun(id: $id) {
        artifacts(where: $where, orderBy: [{field: BYTE_SIZE, direction: DESC}], first: 1) {
          totalCount nodes { name kind step byteSize sha256 downloadUrl }
        }
        checkpoints { step name downloadUrl }
      }
    }
    """

    found = (await ask(query, id=str(run["id"])))["tunixRun"]

    assert found["artifacts"]["totalCount"] == 4
    (file,) = found["artifacts"]["nodes"]
    assert file.pop("downloadUrl").startswith("http://127.0.0.1:8000/v1/artifacts/")
    assert file == {
        "name": "model/model.safetensors",
        "kind": "WEIGHTS",
        "step": None,
        "byteSize": 5_000_000_000,
        "sha256": "00",
    }
    assert found["checkpoints"] == [
        {"step": step, "name": f"checkpoints/{step}", "downloadUrl": None} for step in (3, 20, 100)
    ]
    kept = (await ask(query, id=str(run["id"]), where={"kind": {"eq": "CHECKPOINT"}, "step": {"lt": 5}}))["tunixRun"]
    assert kept["artifacts"]["nodes"][0]["name"] == "checkpoints/3"


COMPARE = """
query ($ids: [ID!]!, $names: [String!]) {
  compareTunixRuns(ids: $ids) {
    runs { uuid status }
    differences { field values }
    metrics(names: $names) { name series { name steps values pointCount } }
  }
}
"""


async def test_runs_side_by_side(ask: Ask, database: Database):
    first = await entered(database, 0, method="LORA", config=config_row(learning_rate=1e-5, max_steps=7))
    second = await entered(database, 1, model_id="other", config=config_row(learning_rate=3e-4))
    await say(database, first, [*points("train/loss", [2.0, 1.0]), *points("eval/loss", [1.5])])
    await say(database, second, points("train/loss", [9.0]))

    found = (await ask(COMPARE, ids=[str(second["id"]), str(first["id"])]))["compareTunixRuns"]

    assert uuids({"nodes": found["runs"]}) == [str(second["id"]), str(first["id"])]
    assert {difference["field"]: difference["values"] for difference in found["differences"]} == {
        "modelId": ["other", "tiny-random/qwen3"],
        "method": ["SFT", "LORA"],
        "learningRate": ["0.0003", "1e-05"],
        "maxSteps": [None, "7"],
    }

    def series(name: str, values: list[float]) -> dict[str, Any]:
        return {"name": name, "steps": [*range(1, len(values) + 1)], "values": values, "pointCount": len(values)}

    assert found["metrics"] == [
        {"name": "eval/loss", "series": [series("eval/loss", []), series("eval/loss", [1.5])]},
        {"name": "train/loss", "series": [series("train/loss", [9.0]), series("train/loss", [2.0, 1.0])]},
    ]
    only = (await ask(COMPARE, ids=[str(first["id"]), str(second["id"])], names=["train/loss"]))["compareTunixRuns"]
    assert [metric["name"] for metric in only["metrics"]] == ["train/loss"]


async def test_comparisons_that_cannot_be_made(graphql: Execute, database: Database):
    run = str((await entered(database))["id"])

    for ids, code, path in (
        ([run], "BAD_USER_INPUT", ["ids"]),
        ([run] * 2, "BAD_USER_INPUT", ["ids"]),
        ([str(uuid.uuid4()) for _ in range(21)], "BAD_USER_INPUT", ["ids"]),
        ([run, "nonsense"], "BAD_ID", ["ids", "1"]),
        ([run, UNKNOWN_UUID], "NOT_FOUND", ["ids", "1"]),
    ):
        body = await graphql(COMPARE, {"ids": ids})
        assert code_of(body) == code
        assert [str(part) for part in body["errors"][0]["extensions"]["argumentPath"]] == path


async def test_the_newest_state_is_what_is_read(ask: Ask, database: Database):
    run = await entered(database)
    async with database.write() as session:
        await session.execute(update(tunix_runs).where(tunix_runs.c.id == run["id"]).values(cancel_requested=True))

    assert (await ask(WHOLE, id=str(run["id"])))["tunixRun"]["cancelRequested"] is True


def on_disk(settings: Settings, run: dict[str, Any], name: str, content: bytes) -> Path:
    """A file in a run's folder."""
    file = folder_of(settings.data_dir, folder_name(run["id"], run["output_name"])) / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


URLS = "query ($id: ID!) { tunixRun(id: $id) { artifacts { nodes { downloadUrl } } } }"


async def url_of(ask: Ask, run: dict[str, Any]) -> str:
    """Where the only file of a run can be had."""
    ((file,),) = (await ask(URLS, id=str(run["id"])))["tunixRun"]["artifacts"].values()
    url: str = file["downloadUrl"]
    return url


@pytest.mark.parametrize("output_name", [None, "mine"])
async def test_files_are_had_whole_and_in_parts(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings, output_name: str | None
):
    content, run = b'{"step": 1}\n' * 100, await entered(database, output_name=output_name)
    sha256 = hashlib.sha256(content).hexdigest()
    file = on_disk(settings, run, "model/config.json", content)
    await artifact(database, run, "model/config.json", kind="CONFIG", byte_size=len(content), sha256=sha256)
    url = await url_of(ask, run)

    whole = await app_client.get(url)
    part = await app_client.get(url, headers={"Range": "bytes=12-23"})
    head = await app_client.head(url)
    known = await app_client.get(url, headers={"If-None-Match": whole.headers["etag"]})
    beyond = await app_client.get(url, headers={"Range": "bytes=99999-"})

    assert (whole.status_code, whole.content) == (200, content)
    assert whole.headers["etag"] == f'"{sha256}"'
    assert whole.headers["content-disposition"] == 'attachment; filename="config.json"'
    assert whole.headers["content-type"].startswith("application/json")
    assert (part.status_code, part.content) == (206, content[12:24])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(content)))
    assert (known.status_code, known.content) == (304, b"")
    assert beyond.status_code == 416
    file.unlink()
    assert (await app_client.get(url)).status_code == 410


async def test_files_are_given_to_whoever_has_the_url_and_nobody_else(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings
):
    run = await entered(database)
    on_disk(settings, run, "manifest.yaml", b"a: 1\n")
    file = await artifact(database, run, "manifest.yaml", kind="MANIFEST")
    url = await url_of(ask, run)

    for wrong in (
        url.partition("?")[0],
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("expires=", "expires=9"),
    ):
        refused = await app_client.get(wrong)
        assert (refused.status_code, code_of(refused.json())) == (403, "FORBIDDEN"), wrong
    async with database.write() as session:
        await session.execute(delete(run_artifacts).where(run_artifacts.c.id == file["id"]))
    missing = await app_client.get(url)
    assert (missing.status_code, code_of(missing.json())) == (404, "NOT_FOUND")


@on_sqlite
async def test_no_name_leads_out_of_a_runs_folder(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings
):
    run = await entered(database)
    on_disk(settings, run, "x", b"")
    (settings.data_dir / "secrets.txt").write_bytes(b"secret")
    await artifact(database, run, "../../secrets.txt")

    refused = await app_client.get(await url_of(ask, run))

    assert (refused.status_code, code_of(refused.json())) == (404, "NOT_FOUND")


MODELS = "{ models { modelId source family parameters byteSize hasTokenizer problem } }"


def safetensors(**shapes: list[int]) -> bytes:
    """The head of a file of weights."""
    tensors = {name: {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]} for name, shape in shapes.items()}
    header = json.dumps({"__metadata__": {"format": "pt"}} | tensors).encode()
    return len(header).to_bytes(8, "little") + header


@on_sqlite
async def test_models_at_hand(ask: Ask, settings: Settings):
    def made(family: str) -> dict[str, Any]:
        unknown = {"parameters": None, "byteSize": None, "hasTokenizer": True, "problem": None}
        return {"modelId": f"tiny-random/{family}", "source": "TINY_RANDOM", "family": family} | unknown

    assert (await ask(MODELS))["models"] == [made("qwen3"), made("gemma3")], "without a folder"
    folder, weights = settings.models_folder, safetensors(a=[3, 4], b=[5])
    files = {
        "Qwen/Qwen3-0.6B/config.json": b'{"model_type": "qwen3"}',
        "Qwen/Qwen3-0.6B/model-1.safetensors": weights,
        "Qwen/Qwen3-0.6B/model-2.safetensors": safetensors(c=[2, 2]),
        "Qwen/Qwen3-0.6B/tokenizer.json": b"{}",
        "broken/config.json": b"{",
        "headless/config.json": b"{}",
        "headless/model.safetensors": b"\xff" * 16,
        "mute/config.json": b'{"model_type": "llama"}',
        "mute/model.safetensors": weights,
        "no-model/notes.txt": b"",
        "weightless/config.json": b'{"model_type": "llama"}',
        "weightless/tokenizer.model": b"",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "linked").symlink_to(folder.parent)

    found = (await ask(MODELS))["models"]

    def at(model_id: str, family: str | None, parameters: int | None, tokenizer: bool, problem: str | None) -> Any:
        size = None if parameters is None else sum(
            len(content) for name, content in files.items() if name.startswith(f"{model_id}/model")
        )  # fmt: skip
        told = {"parameters": parameters, "byteSize": size, "hasTokenizer": tokenizer, "problem": problem}
        return {"modelId": model_id, "source": "FOLDER", "family": family} | told

    assert found[2:] == [
        at("Qwen/Qwen3-0.6B", "qwen3", 21, True, None),
        at("broken", None, None, False, "It cannot be read: config.json is no JSON object."),
        at("headless", None, None, False, "It cannot be read: model.safetensors is not in the format safetensors."),
        at("mute", "llama", 17, False, "It has no tokenizer."),
        at("weightless", "llama", None, True, "It has no weights in safetensors."),
    ]
