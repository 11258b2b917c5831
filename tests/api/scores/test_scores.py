"""Scores: by the server's scorers, by people and by models, for whole traces and for steps; which is the latest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import (
    COUNT_SCORES,
    CREATE_SCORE,
    DELETE_TRACES,
    SCORE_TRACES,
    UNKNOWN_UUID,
    code_of,
    on_sqlite,
    trace_input,
    user_error_of,
)
from tunix_rt.domain.scorers import get_scorer

BASELINE = {"step_count": 2, "avg_step_length": 10.5, "total_chars": 21, "step_score": 10.0, "length_score": 1.05}
LATEST = "query ($id: ID!) { trace(id: $id) { latestScores { scorer scorerVersion score stepIndex } } }"
STEPS = "query ($id: ID!) { trace(id: $id) { steps { index scores { scorer score } } } }"


async def create_score(ask: Ask, trace: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``createScore``, by default for a person's score."""
    given = {"traceId": trace["id"], "scorer": "ada", "score": 1.0} | fields
    payload: dict[str, Any] = (await ask(CREATE_SCORE, input=given))["createScore"]
    return payload


async def score(ask: Ask, **fields: Any) -> dict[str, Any]:
    """The payload of scoreTraces."""
    payload: dict[str, Any] = (await ask(SCORE_TRACES, input=fields))["scoreTraces"]
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored scores."""
    number: int = (await ask(COUNT_SCORES))["scores"]["totalCount"]
    return number


async def test_the_baseline_by_ids(ask: Ask, store: Store):
    first, second = await store(trace_input("a"), trace_input("b"))

    payload = await score(ask, ids=[second["uuid"], UNKNOWN_UUID, first["id"], second["id"]])

    assert (payload["scoredCount"], payload["skippedCount"], payload["missingUuids"]) == (2, 0, [UNKNOWN_UUID])
    assert payload["scores"] == [
        {
            "scorer": "baseline",
            "scorerVersion": "1",
            "kind": "CODE",
            "score": 11.05,
            "details": BASELINE,
            "stepIndex": None,
            "trace": {"id": trace["id"]},
        }
        for trace in (second, first)
    ]


async def test_scoring_again_appends(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    for _ in range(2):
        assert (await score(ask, ids=[trace["id"]]))["scoredCount"] == 1

    assert await count(ask) == 2
    assert len((await ask(LATEST, id=trace["id"]))["trace"]["latestScores"]) == 1


async def test_only_missing_passes_over_what_is_scored(ask: Ask, store: Store):
    first, second = await store(trace_input(), trace_input())
    await score(ask, ids=[first["id"]])
    await create_score(ask, second, scorer="baseline")
    await create_score(ask, second, scorer="other")

    again = await score(ask, ids=[first["id"], second["id"]], onlyMissing=True)
    assert (again["scoredCount"], again["skippedCount"]) == (1, 1)
    assert again["scores"][0]["trace"]["id"] == second["id"]
    whole = await score(ask, where={}, onlyMissing=True)
    assert (whole["scoredCount"], whole["skippedCount"]) == (0, 2)


async def test_only_missing_scores_of_another_version_count_as_missing(
    ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch
):
    (trace,) = await store(trace_input())
    await score(ask, ids=[trace["id"]])
    newer = replace(get_scorer("baseline"), version="2")
    monkeypatch.setattr("tunix_rt.domain.scorers.service.find_scorer", lambda _, name: newer)

    assert [(await score(ask, where={}, onlyMissing=True))["scoredCount"] for _ in range(2)] == [1, 0]
    assert (await ask(LATEST, id=trace["id"]))["trace"]["latestScores"][0]["scorerVersion"] == "2"


async def test_only_missing_at_once_scores_each_trace_once(ask: Ask, store: Store):
    await store(*(trace_input() for _ in range(1000)))

    payloads = await asyncio.gather(*(score(ask, where={}, onlyMissing=True) for _ in range(8)))

    assert await count(ask) == 1000
    assert sum(payload["scoredCount"] for payload in payloads) == 1000
    assert all(payload["scoredCount"] + payload["skippedCount"] == 1000 for payload in payloads)


async def test_a_dry_run_counts_and_scores_nothing(ask: Ask, store: Store):
    stored = await store(*(trace_input(meta={"source": source}) for source in ("a", "a", "b")))

    by_filter = await score(ask, where={"source": {"eq": "a"}}, dryRun=True)
    by_ids = await score(ask, ids=[stored[0]["id"], UNKNOWN_UUID], dryRun=True)
    after_the_first = await score(ask, where={}, after=stored[0]["id"], dryRun=True)

    assert (by_filter["matchedCount"], by_filter["scoredCount"], by_filter["errors"]) == (2, 0, [])
    assert (by_ids["matchedCount"], by_ids["scoredCount"], by_ids["missingUuids"]) == (1, 0, [UNKNOWN_UUID])
    assert after_the_first["matchedCount"] == 2
    assert await count(ask) == 0


async def test_only_as_many_traces_are_scored_as_expected(ask: Ask, store: Store):
    stored = await store(*(trace_input(meta={"source": source}) for source in ("a", "a", "b")))
    given: list[dict[str, Any]] = [{"where": {"source": {"eq": "a"}}}, {"ids": [stored[0]["id"], stored[1]["id"]]}]

    refused = [await score(ask, **which, expectedCount=3, dryRun=dry) for which in given for dry in (False, True)]
    assert await count(ask) == 0
    taken = [await score(ask, **which, expectedCount=2) for which in given]

    message = "expectedCount is 3, but 2 traces match; nothing was changed."
    conflict = {"code": "CONFLICT", "message": message, "path": ["input", "expectedCount"]}
    assert [user_error_of(payload) for payload in refused] == [conflict] * 4
    assert [(payload["scoredCount"], payload["matchedCount"]) for payload in taken] == [(2, 2), (2, 2)]


@pytest.mark.parametrize("fields", [{}, {"ids": None, "where": None}, {"ids": [UNKNOWN_UUID], "where": {}}])
async def test_either_ids_or_a_filter(ask: Ask, fields: dict[str, Any]):
    payload = await score(ask, **fields)

    assert payload["scoredCount"] is None
    assert user_error_of(payload)["message"] == "Give either ids or where."


@on_sqlite
@pytest.mark.parametrize("number", [0, 1001])
async def test_1_to_1000_ids(ask: Ask, number: int):
    error = user_error_of(await score(ask, ids=[UNKNOWN_UUID] * number))

    assert error["path"] == ["input", "ids"]
    assert f"1 to 1000 ids; it has {number}" in error["message"]


async def test_an_unknown_scorer_is_refused(ask: Ask):
    error = user_error_of(await score(ask, where={}, scorer="flattery"))

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "scorer"])
    assert "baseline" in error["message"]


async def test_scoring_nothing(ask: Ask):
    assert await score(ask, where={}) == {
        "scoredCount": 0,
        "matchedCount": None,
        "skippedCount": 0,
        "missingUuids": [],
        "remainingCount": 0,
        "lastId": None,
        "scores": [],
        "errors": [],
    }


@pytest.mark.parametrize(("kind", "step"), [("HUMAN", None), ("HUMAN", 0), ("MODEL", 7)])
async def test_a_score_comes_back_as_it_was_given(ask: Ask, store: Store, kind: str, step: int | None):
    content = {"type": "t", "content": "c"}
    (trace,) = await store(trace_input(steps=[content | {"index": 7}, content | {"index": 0}]))
    given = {
        "scorer": "ada 🦉",
        "scorerVersion": "2026",
        "kind": kind,
        "score": -0.125,
        "stepIndex": step,
        "rationale": "because\n…",
        "details": {"a": [1, 2.5, {"b": None}]},
    }

    stored = (await create_score(ask, trace, **given))["score"]

    assert stored == given | {"id": stored["id"], "uuid": stored["uuid"], "trace": {"id": trace["id"]}}
    query = "query ($id: ID!) { score(id: $id) { scorer scorerVersion kind score stepIndex rationale details } }"
    assert (await ask(query, id=stored["id"]))["score"] == given


async def test_what_is_not_given_has_its_default(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    stored = (await create_score(ask, trace))["score"]

    defaults = {"kind": "HUMAN", "scorerVersion": "1", "rationale": None, "details": None, "stepIndex": None}
    assert {name: stored[name] for name in defaults} == defaults


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "path", "reported"),
    [
        ({"kind": "CODE"}, "kind", "scoreTraces"),
        ({"scorer": ""}, "scorer", "1 to 64 characters; it has 0"),
        ({"scorer": "🦉" * 65}, "scorer", "1 to 64 characters; it has 65"),
        ({"scorer": "a\0"}, "scorer", "NUL"),
        ({"scorerVersion": ""}, "scorerVersion", "1 to 64 characters; it has 0"),
        ({"scorerVersion": "x" * 65}, "scorerVersion", "has 65"),
        ({"rationale": ""}, "rationale", "has 0"),
        ({"rationale": "x" * 20_001}, "rationale", "20000 characters; it has 20001"),
        ({"rationale": "\0"}, "rationale", "NUL"),
        ({"details": []}, "details", "object"),
        ({"details": "x"}, "details", "object"),
        ({"details": {"a": "x" * 65_529}}, "details", "65536 bytes as JSON; they have 65537"),
        ({"stepIndex": 2}, "stepIndex", "no step with index 2"),
        ({"stepIndex": -1}, "stepIndex", "no step with index -1"),
        ({"idempotencyKey": ""}, "idempotencyKey", "1 to 255"),
    ],
)
async def test_bad_scores_are_named(ask: Ask, store: Store, fields: dict[str, Any], path: str, reported: str):
    (trace,) = await store(trace_input())

    payload = await create_score(ask, trace, **fields)

    error = user_error_of(payload)
    assert payload["score"] is None
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", path])
    assert reported in error["message"]
    assert await count(ask) == 0


async def test_scores_at_their_limits_are_stored(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    fields = {
        "scorer": "🦉" * 64,
        "scorerVersion": "🦉" * 64,
        "rationale": "🦉" * 20_000,
        "details": {"a": "x" * 65_528},
        "score": 1.7976931348623157e308,
    }

    stored = (await create_score(ask, trace, **fields))["score"]

    assert {name: stored[name] for name in fields} == fields


async def test_a_score_of_nothing_is_refused(ask: Ask):
    unknown = user_error_of(await create_score(ask, {"id": UNKNOWN_UUID}))
    malformed = user_error_of(await create_score(ask, {"id": "nonsense"}))

    assert (unknown["code"], unknown["path"]) == ("NOT_FOUND", ["input", "traceId"])
    assert UNKNOWN_UUID in unknown["message"]
    assert (malformed["code"], malformed["path"]) == ("BAD_ID", ["input", "traceId"])


async def test_the_same_key_again_answers_the_same_and_stores_nothing(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    first = await create_score(ask, trace, idempotencyKey="k")
    assert await create_score(ask, {"id": trace["uuid"]}, idempotencyKey="k") == first
    conflict = user_error_of(await create_score(ask, trace, score=2.0, idempotencyKey="k"))
    assert (conflict["code"], conflict["path"]) == ("CONFLICT", ["input", "idempotencyKey"])
    assert await count(ask) == 1
    await ask(DELETE_TRACES, input={"ids": [trace["id"]]})
    gone = user_error_of(await create_score(ask, trace, idempotencyKey="k"))
    assert (gone["code"], gone["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])


async def test_latest_scores_are_each_scorers_newest_of_the_whole_trace(ask: Ask, store: Store):
    first, second = await store(trace_input(), trace_input())
    for scorer, value in [("b", 1.0), ("a", 2.0), ("b", 3.0), ("a", 4.0)]:
        await create_score(ask, first, scorer=scorer, score=value, scorerVersion=str(value))
    await create_score(ask, first, scorer="a", score=5.0, stepIndex=0)
    await create_score(ask, second, scorer="a", score=6.0)

    assert (await ask(LATEST, id=first["id"]))["trace"]["latestScores"] == [
        {"scorer": "a", "scorerVersion": "4.0", "score": 4.0, "stepIndex": None},
        {"scorer": "b", "scorerVersion": "3.0", "score": 3.0, "stepIndex": None},
    ]
    listed = "{ scores(where: {latest: true}, orderBy: [{field: SCORE}]) { nodes { score } } }"
    assert [found["score"] for found in (await ask(listed))["scores"]["nodes"]] == [3.0, 4.0, 5.0, 6.0]


async def test_steps_have_each_scorers_newest_score(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    for step, scorer, value in [(0, "b", 1.0), (0, "a", 2.0), (0, "a", 3.0), (1, "a", 4.0), (None, "a", 9.0)]:
        await create_score(ask, trace, stepIndex=step, scorer=scorer, score=value)

    assert (await ask(STEPS, id=trace["id"]))["trace"]["steps"] == [
        {"index": 0, "scores": [{"scorer": "a", "score": 3.0}, {"scorer": "b", "score": 1.0}]},
        {"index": 1, "scores": [{"scorer": "a", "score": 4.0}]},
    ]
    one_field = await ask("query ($id: ID!) { trace(id: $id) { steps { scores { score } } } }", id=trace["id"])
    assert [[found["score"] for found in step["scores"]] for step in one_field["trace"]["steps"]] == [[3.0, 1.0], [4.0]]


async def test_scores_of_a_trace_are_a_connection(ask: Ask, store: Store):
    (trace, _) = await store(trace_input(), trace_input())
    for value in range(5):
        await create_score(ask, trace, score=float(value), kind="MODEL" if value % 2 else "HUMAN")
    query = """
    query ($id: ID!, $after: String) {
      trace(id: $id) {
        scores(where: {kind: {eq: HUMAN}}, orderBy: [{field: SCORE, direction: DESC}], first: 2, after: $after) {
          totalCount
          nodes { score }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    """

    first = (await ask(query, id=trace["id"]))["trace"]["scores"]
    assert (first["totalCount"], [found["score"] for found in first["nodes"]]) == (3, [4.0, 2.0])
    assert first["pageInfo"]["hasNextPage"] is True
    second = (await ask(query, id=trace["id"], after=first["pageInfo"]["endCursor"]))["trace"]["scores"]
    assert (second["totalCount"], [found["score"] for found in second["nodes"]]) == (3, [0.0])
    assert second["pageInfo"]["hasNextPage"] is False


async def test_scores_lead_back_to_their_traces(ask: Ask, store: Store):
    first, second = await store(trace_input("a"), trace_input("b"))
    for trace in (first, second, first):
        await create_score(ask, trace)

    query = "{ scores(orderBy: [{field: ID}]) { nodes { trace { id prompt latestScores { score } } } } }"
    found = [score["trace"] for score in (await ask(query))["scores"]["nodes"]]
    assert [trace["id"] for trace in found] == [first["id"], second["id"], first["id"]]
    assert [trace["prompt"] for trace in found] == ["a", "b", "a"]


@pytest.mark.parametrize("score_text", ["1e999", "-1e999", "1e400"])
async def test_a_score_beyond_all_numbers_is_refused(graphql: Execute, store: Store, score_text: str):
    (trace,) = await store(trace_input())
    text = f'createScore(input: {{traceId: "{trace["id"]}", scorer: "s", score: {score_text}}})'

    body = await graphql(f"mutation {{ {text} {{ score {{ id }} errors {{ code }} }} }}")

    assert (code_of(body) if "errors" in body else body["data"]["createScore"]["errors"][0]["code"]) == "BAD_USER_INPUT"
