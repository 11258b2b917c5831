"""Many scores at once, of traces by id, content hash or external id: all or none, with every error."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.traces import COUNT_SCORES, CREATE_SCORES, UNKNOWN_UUID, on_sqlite, trace_input, user_error_of
from tunix_rt.domain.traces import given_scores

FIND = """
query ($id: ID, $source: String, $externalId: String) {
  trace(id: $id, source: $source, externalId: $externalId) { id }
}
"""
HASHES = "{ traces { nodes { externalId contentHash } } }"


def given_score(**fields: Any) -> dict[str, Any]:
    """Returns a score as the mutation takes it, with the given fields."""
    return {"scorer": "ada", "score": 1.0} | fields


async def create(ask: Ask, *scores: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``createScores``."""
    payload: dict[str, Any] = (await ask(CREATE_SCORES, input={"scores": list(scores)} | fields))["createScores"]
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored scores."""
    number: int = (await ask(COUNT_SCORES))["scores"]["totalCount"]
    return number


async def test_each_way_to_refer_to_a_trace(ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(given_scores, "CHARS_AT_ONCE", 10)
    content = {"type": "t", "content": "c"}
    steps = [content | {"index": 7}, content | {"index": 3}]
    stored = await store(
        *(trace_input(f"p {name}", externalId=name, meta={"source": "s"}, steps=steps) for name in "abc")
    )
    hashes = {node["externalId"]: node["contentHash"] for node in (await ask(HASHES))["traces"]["nodes"]}
    full = {"scorerVersion": "2", "kind": "MODEL", "rationale": "because", "details": {"x": 1}}

    payload = await create(
        ask,
        given_score(traceId=stored[0]["id"], stepIndex=7, **full),
        given_score(source="s", externalId="c", stepIndex=3),
        given_score(contentHash=hashes["b"], stepIndex=7),
        given_score(traceId=stored[1]["uuid"], score=0.5),
    )

    assert payload["errors"] == []
    assert payload["createdCount"] == 4
    assert [score["trace"]["externalId"] for score in payload["scores"]] == ["a", "c", "b", "b"]
    assert [score["stepIndex"] for score in payload["scores"]] == [7, 3, 7, None]
    assert {name: payload["scores"][0][name] for name in full} == full
    assert payload["scores"][3]["kind"] == "HUMAN"
    assert await count(ask) == 4


async def test_every_bad_score_is_named_and_none_is_stored(ask: Ask, store: Store):
    (trace, *_) = await store(
        trace_input("a"), *(trace_input("b", externalId="twice", meta={"source": "s"}) for _ in range(2))
    )

    payload = await create(
        ask,
        given_score(traceId=trace["id"]),
        given_score(traceId=trace["id"], kind="CODE"),
        given_score(traceId=UNKNOWN_UUID),
        given_score(traceId=trace["id"], stepIndex=9),
        given_score(),
        given_score(traceId=trace["id"], contentHash="x"),
        given_score(source="s"),
        given_score(source="s", externalId="twice"),
        given_score(source="s", externalId="no\0ne"),
        given_score(contentHash="none"),
        given_score(traceId=trace["id"], scorer=""),
    )

    assert (payload["scores"], payload["createdCount"]) == (None, 0)
    assert [(error["code"], error["path"][2:]) for error in payload["errors"]] == [
        ("BAD_USER_INPUT", ["1", "kind"]),
        ("NOT_FOUND", ["2", "traceId"]),
        ("BAD_USER_INPUT", ["3", "stepIndex"]),
        ("BAD_USER_INPUT", ["4"]),
        ("BAD_USER_INPUT", ["5"]),
        ("BAD_USER_INPUT", ["6"]),
        ("CONFLICT", ["7", "externalId"]),
        ("NOT_FOUND", ["8", "externalId"]),
        ("NOT_FOUND", ["9", "contentHash"]),
        ("BAD_USER_INPUT", ["10", "scorer"]),
    ]
    assert payload["errors"][6]["message"] == "2 traces have source 's' and externalId 'twice'; use an id."
    assert await count(ask) == 0


@on_sqlite
async def test_limits_of_one_request(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    for number in (0, 1001):
        error = user_error_of(await create(ask, *[given_score(traceId=trace["id"])] * number))
        assert (error["path"], f"it has {number}." in error["message"]) == (["input", "scores"], True)
    refused = await create(ask, *[given_score(traceId=UNKNOWN_UUID)] * 200)
    assert len(refused["errors"]) == 101
    assert "more than 100 errors" in refused["errors"][-1]["message"]
    malformed = await create(ask, given_score(traceId="nonsense"), given_score(traceId="more"))
    assert [(error["code"], error["path"]) for error in malformed["errors"]] == [
        ("BAD_ID", ["input", "scores", str(place), "traceId"]) for place in range(2)
    ]
    assert (await create(ask, *[given_score(traceId=trace["id"])] * 1000))["createdCount"] == 1000


async def test_a_trace_is_found_by_source_and_external_id(ask: Ask, graphql: Any, store: Store):
    first, *_ = await store(
        trace_input("a", externalId="1", meta={"source": "s"}),
        trace_input("b", externalId="1", meta={"source": "other"}),
        *(trace_input("c", externalId="2", meta={"source": "s"}) for _ in range(2)),
    )

    assert (await ask(FIND, source="s", externalId="1"))["trace"] == {"id": first["id"]}
    assert (await ask(FIND, source="s", externalId="3"))["trace"] is None
    assert (await ask(FIND, id=first["uuid"]))["trace"] == {"id": first["id"]}
    for arguments, code in (
        ({"source": "s", "externalId": "2"}, "CONFLICT"),
        ({"source": "s"}, "BAD_USER_INPUT"),
        ({"externalId": "1"}, "BAD_USER_INPUT"),
        ({}, "BAD_USER_INPUT"),
        ({"id": first["id"], "source": "s", "externalId": "1"}, "BAD_USER_INPUT"),
    ):
        (error,) = (await graphql(FIND, arguments))["errors"]
        assert error["extensions"]["code"] == code
