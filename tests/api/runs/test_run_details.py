"""The output of a run through the API: its logs, events, attempts and metrics."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine, event, make_url

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.run_requests import append_entries, at, entered, line, points, state
from tests.support.traces import code_of, on_sqlite
from tunix_rt.db.models.runs import LogStream
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.lookup import changed_since
from tunix_rt.domain.runs.timeline import entries_after

__all__ = ["settings"]


METRICS = """
query ($id: ID!, $names: [String!], $fromStep: Int! = 0, $toStep: Int, $maxPoints: Int! = 1000) {
  run(id: $id) {
    metrics(names: $names, fromStep: $fromStep, toStep: $toStep, maxPoints: $maxPoints) {
      name steps values kinds pointCount
    }
  }
}
"""

LOGS = """
query ($id: ID!, $where: RunLogLineWhere, $first: Int, $after: String, $last: Int) {
  run(id: $id) {
    logs(where: $where, first: $first, after: $after, last: $last) {
      totalCount nodes { seq attempt stream text } pageInfo { hasNextPage endCursor }
    }
  }
}
"""

EVENTS = """
query ($id: ID!, $where: RunEventWhere, $first: Int, $after: String, $last: Int) {
  run(id: $id) {
    events(where: $where, first: $first, after: $after, last: $last) {
      totalCount
      nodes {
        __typename seq attempt
        ... on RunState { status progress trainingProgress { step totalSteps epoch etaSeconds } reason }
        ... on RunLogLine { stream text }
        ... on RunMetricPoint { name step value kind }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


async def test_logs_are_read_in_order_searched_and_paged(ask: Ask, database: Database):
    run, other = await entered(database), await entered(database, 1)
    await append_entries(database, other, [line("not mine")])
    await append_entries(
        database,
        run,
        [line("Loading ÄÖ"), *points("train/loss", [1.0]), line("warning: slow", stream=LogStream.STDERR)],
    )
    await append_entries(database, run, [line(f"step {number}", attempt=2) for number in range(120)])

    async def lines(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await ask(LOGS, id=str(run["id"]), **variables))["run"]["logs"]
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
        ({"stream": {"in": ["STDERR"]}}, ["warning: slow"]),
        ({"stream": {"in": []}}, []),
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


async def test_the_events_of_a_run_are_one_sequence(ask: Ask, database: Database):
    run = await entered(database)
    await append_entries(database, run, [state("PENDING", 0, reason="It is queued."), state("RUNNING")])
    await append_entries(
        database,
        run,
        [
            line("hello"),
            *points("train/loss", [2.5, float("nan")]),
            state("RUNNING", progress=0.5, step=2, total_steps=4, epoch=0.5, eta_seconds=1.5),
        ],
    )

    async def events(**variables: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await ask(EVENTS, id=str(run["id"]), **variables))["run"]["events"]
        return found

    found = await events()
    nowhere = {"step": None, "totalSteps": None, "epoch": None, "etaSeconds": None}
    somewhere = {"step": 2, "totalSteps": 4, "epoch": 0.5, "etaSeconds": 1.5}

    def reported(
        seq: int, attempt: int, status: str, progress: float, place: Any, reason: str | None
    ) -> dict[str, Any]:
        output = {"status": status, "progress": progress, "trainingProgress": place, "reason": reason}
        return {"__typename": "RunState", "seq": seq, "attempt": attempt} | output

    def measured(seq: int, step: int, value: float | None, kind: str) -> dict[str, Any]:
        output = {"name": "train/loss", "step": step, "value": value, "kind": kind}
        return {"__typename": "RunMetricPoint", "seq": seq, "attempt": 1} | output

    assert found["nodes"] == [
        reported(1, 0, "PENDING", 0.0, nowhere, "It is queued."),
        reported(2, 1, "RUNNING", 0.0, nowhere, None),
        {"__typename": "RunLogLine", "seq": 3, "attempt": 1, "stream": "STDOUT", "text": "hello"},
        measured(4, 1, 2.5, "FINITE"),
        measured(5, 2, None, "NAN"),
        reported(6, 1, "RUNNING", 0.5, somewhere, None),
    ]
    assert found["totalCount"] == 6
    page = await events(first=4)
    rest = await events(after=page["pageInfo"]["endCursor"])
    assert page["nodes"] + rest["nodes"] == found["nodes"]
    assert [node["seq"] for node in (await events(last=2))["nodes"]] == [5, 6]
    assert [node["seq"] for node in (await events(where={"kind": {"eq": "METRIC"}}))["nodes"]] == [4, 5]
    assert [node["seq"] for node in (await events(where={"kind": {"in": ["METRIC"]}}))["nodes"]] == [4, 5]
    assert [node["seq"] for node in (await events(where={"seq": {"gt": 5}}))["nodes"]] == [6]


async def test_attempts_are_distinguished_from_the_states(ask: Ask, database: Database):
    run, unstarted = await entered(database), await entered(database, 1)
    await append_entries(database, unstarted, [state("PENDING", 0), state("FAILED", 0)])
    await append_entries(
        database,
        run,
        [
            state("PENDING", 0, 0),
            state("RUNNING", 1, 1),
            state("RUNNING", 1, 2, 0.5),
            state("PENDING", 1, 3, reason="Its process was lost."),
            state("RUNNING", 2, 4),
            line("x", 2),
            state("RUNNING", 2, 5, reason="Cancellation was requested."),
            state("CANCELLED", 2, 6, reason="A user ended it."),
            state("PENDING", 2, 7, reason="It was queued again."),
            state("RUNNING", 3, 8),
            state("RUNNING", 3, 9, 0.25),
        ],
    )
    query = """
    query ($ids: [ID!]!) {
      nodes(ids: $ids) { ... on Run { attempts { attempt status startedAt completedAt reason } } }
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
        attempt(1, "FAILED", 1, 3, "Its process was lost."),
        attempt(2, "CANCELLED", 4, 6, "A user ended it."),
        attempt(3, "RUNNING", 8, None, None),
    ]
    assert found[1]["attempts"] == []


async def test_metrics_are_columns(ask: Ask, database: Database):
    run = await entered(database)
    values = [3.0, float("nan"), float("inf"), float("-inf"), 0.5]
    await append_entries(database, run, [*points("train/loss", values), *points("eval/loss", [2.0], start=5)])

    async def metrics(**variables: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await ask(METRICS, id=str(run["id"]), **variables))["run"]["metrics"]
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
    await append_entries(database, run, points("train/loss", [5.0, 4.0, 3.0, 2.9]))
    await append_entries(database, run, points("train/loss", [3.5, 2.5], attempt=2, start=3))
    query = "query ($id: ID!) { run(id: $id) { latestMetrics { name step value kind at } } }"

    (series,) = (await ask(METRICS, id=str(run["id"])))["run"]["metrics"]
    latest = (await ask(query, id=str(run["id"])))["run"]["latestMetrics"]

    assert (series["steps"], series["values"], series["pointCount"]) == ([1, 2, 3, 4], [5.0, 4.0, 3.5, 2.5], 4)
    assert latest == [{"name": "train/loss", "step": 4, "value": 2.5, "kind": "FINITE", "at": "2026-01-01T00:00:04Z"}]


async def test_latest_metrics_of_many_runs(ask: Ask, database: Database):
    runs = [await entered(database, seconds) for seconds in range(3)]
    await append_entries(
        database, runs[0], [*points("a", [1.0, 2.0]), *points("b", [float("inf")]), *points("c/d", [7.0, 8.0])]
    )
    await append_entries(database, runs[2], points("b", [0.5]))

    found = (await ask("{ runs { nodes { latestMetrics { name step value kind } } } }"))["runs"]["nodes"]

    def value(name: str, step: int, number: float | None, kind: str = "FINITE") -> dict[str, Any]:
        return {"name": name, "step": step, "value": number, "kind": kind}

    assert [node["latestMetrics"] for node in found] == [
        [value("b", 1, 0.5)],
        [],
        [value("a", 2, 2.0), value("b", 1, None, "POSITIVE_INFINITY"), value("c/d", 2, 8.0)],
    ]


async def test_long_curves_are_downsampled_and_keep_their_extremes(ask: Ask, database: Database):
    run = await entered(database)
    values = [1.0 + (step % 7) / 100 for step in range(25_000)]
    values[12_345], values[20_000], values[3] = 99.0, -5.0, float("nan")
    entries = points("train/loss", values)
    for start in range(0, len(entries), 5000):
        await append_entries(database, run, entries[start : start + 5000])

    (series,) = (await ask(METRICS, id=str(run["id"]), maxPoints=100))["run"]["metrics"]

    assert series["pointCount"] == 25_000
    assert 30 <= len(series["steps"]) <= 100
    assert series["steps"] == sorted(set(series["steps"]))
    assert (series["steps"][0], series["steps"][-1]) == (1, 25_000)
    curve = dict(zip(series["steps"], zip(series["values"], series["kinds"], strict=True), strict=True))
    assert (curve[12_346], curve[20_001], curve[4]) == ((99.0, "FINITE"), (-5.0, "FINITE"), (None, "NAN"))
    (whole,) = (await ask(METRICS, id=str(run["id"]), fromStep=24_001, maxPoints=1000))["run"]["metrics"]
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
        await append_entries(database, run, [entry for name in range(51) for entry in points(f"m{name}", [1.0])])

    body = await graphql("{ runs { nodes { metrics(maxPoints: 10000) { name } } } }")

    assert code_of(body) == "TOO_COSTLY"
    assert "102 curves" in body["errors"][0]["message"]


@on_sqlite
async def test_what_belongs_to_a_run_is_found_by_an_index(ask: Ask, database: Database):
    runs = [await entered(database, number, status="FAILED", attempt=1) for number in range(3)]
    for run in runs:
        await append_entries(database, run, [state("RUNNING"), line("a"), *points("train/loss", [1.0, 0.5])])
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith(("SELECT", "WITH")) and "max_attempts" not in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    await ask(
        """
        query ($id: ID!) {
          run(id: $id) {
            logs(where: {search: "a"}) { totalCount nodes { text } } events(last: 2) { totalCount nodes { seq } }
            attempts { status } latestMetrics { value } metrics { values } checkpoints { step }
            artifacts { totalCount nodes { name } }
          }
          runs(first: 1) { nodes { id } }
        }
        """,
        id=str(runs[0]["id"]),
    )
    async with database.read() as session:
        await entries_after(session, runs[0]["id"], 0)
        await changed_since(session, at(5))
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
