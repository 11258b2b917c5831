"""``POST /v1/scores``: lines of scores of stored traces."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import orjson
import pytest

from tests.support.api import Ask
from tests.support.ingest import NDJSON, ingest
from tests.support.traces import COUNT_SCORES, native_trace
from tunix_rt.domain.global_ids import global_id

TRACES = "{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes { id uuid contentHash } } }"
SCORES = """{ scores(orderBy: {field: SCORED_AT, direction: ASC}) { nodes {
  scorer scorerVersion kind score stepIndex rationale details scoredAt trace { externalId } } } }"""
SCORE = {"scorer": "ada", "kind": "HUMAN", "score": 1}


async def send_scores(client: httpx.AsyncClient, lines: list[Any], **parameters: str) -> dict[str, Any]:
    """The answer to lines of scores, with its status."""
    body = b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)
    response = await client.post("/v1/scores", content=body, params=parameters, headers={"Content-Type": NDJSON})
    return {"status": response.status_code, **response.json()}


@pytest.fixture
async def stored(ask: Ask, app_client: httpx.AsyncClient) -> list[dict[str, str]]:
    """Three stored traces."""
    lines = [native_trace(name, meta={"source": "s"}, external_id=name) for name in ("a", "b", "c")]
    await ingest(app_client, lines)
    return list((await ask(TRACES))["traces"]["nodes"])


async def test_scores_are_stored_once(ask: Ask, app_client: httpx.AsyncClient, stored: list[dict[str, str]]):
    at = {"scored_at": "2024-01-01T00:00:00+01:00", "scorer_version": "2"}
    lines: list[Any] = [
        SCORE | at | {"trace_id": stored[0]["uuid"], "step_index": 0, "rationale": "Good.", "details": {"a": 1}},
        b"",
        SCORE | {"content_hash": stored[1]["contentHash"], "score": -0.5, "kind": "MODEL"},
        SCORE | {"source": "s", "external_id": "c"},
        SCORE | {"source": "s", "external_id": "c"},
    ]

    answer = await send_scores(app_client, lines)

    assert (answer["status"], answer["lines"], answer["scores"], answer["duplicates"]) == (200, 5, 3, 1)
    nodes = (await ask(SCORES))["scores"]["nodes"]
    assert [node["trace"]["externalId"] for node in nodes] == ["a", "b", "c"]
    assert nodes[0] == {
        "scorer": "ada",
        "scorerVersion": "2",
        "kind": "HUMAN",
        "score": 1.0,
        "stepIndex": 0,
        "rationale": "Good.",
        "details": {"a": 1},
        "scoredAt": "2023-12-31T23:00:00Z",
        "trace": {"externalId": "a"},
    }
    again = await send_scores(
        app_client, [*lines, SCORE | {"trace_id": stored[0]["uuid"]}, SCORE | {"trace_id": stored[0]["id"]}]
    )
    assert (again["scores"], again["duplicates"]) == (1, 5)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"trace_id": "x"}, "trace_id", "'x' is neither the id of a Trace nor a UUID."),
    ({"trace_id": global_id("Run", uuid.UUID(int=0))}, "trace_id", "The id of a Trace is required"),
    ({"trace_id": 7}, "trace_id", "trace_id must be a string."),
    ({"trace_id": str(uuid.UUID(int=0))}, "trace_id", "There is no trace"),
    ({"content_hash": "0"}, "content_hash", "There is no trace with content_hash '0'."),
    ({"source": "s", "external_id": "z"}, "external_id", "There is no trace with source 's' and external_id 'z'."),
    ({"source": "s"}, "", "Give either trace_id, or content_hash, or source and external_id together."),
    ({"kind": "CODE"}, "kind", "kind CODE is reserved"),
    ({"score": "1"}, "score", "score must be a number; it is a string."),
    ({"colour": 1}, "colour", "There is no field 'colour'."),
    ({"scorerVersion": "2"}, "scorerVersion", "There is no field 'scorerVersion'. Did you mean 'scorer_version'"),
    ({"kind": "human"}, "kind", "kind must be one of CODE, MODEL, HUMAN."),
    ({"step_index": 9}, "step_index", "The trace has no step with index 9."),
    ({"scorer": ""}, "scorer", "scorer must have 1 to 64 characters; it has 0."),
    ({"details": {"a": "\0"}}, "details.a", "details.a contains a NUL character"),
]


async def test_each_bad_line_is_reported(ask: Ask, app_client: httpx.AsyncClient, stored: list[dict[str, str]]):
    whole = {"trace_id", "content_hash", "source", "external_id"}
    own = {"trace_id": stored[0]["uuid"]}
    lines: list[Any] = [SCORE | (changed if whole & changed.keys() else own | changed) for changed, _, _ in BAD]

    skipped = await send_scores(app_client, [*lines, SCORE | own, b"[]", b"{"], on_error="skip")

    assert (skipped["status"], skipped["scores"], skipped["rejected"]) == (200, 1, len(BAD) + 2)
    found = {refusal["line"]: refusal for refusal in skipped["refusals"]}
    for number, (_, field, reason) in enumerate(BAD, 1):
        assert found[number]["field"] == field, found[number]
        assert found[number]["reason"].startswith(reason), found[number]
    stopped = await send_scores(app_client, [SCORE | own | {"score": 5}, lines[2]])
    assert (stopped["status"], stopped["stopped"], stopped["scores"]) == (422, True, 0)
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 1


async def test_parameters_and_types_are_checked(app_client: httpx.AsyncClient):
    assert (await send_scores(app_client, [], on_error="keep"))["status"] == 400
    assert (await send_scores(app_client, [], format="x"))["status"] == 400
    response = await app_client.post("/v1/scores", content=b"", headers={"Content-Type": "text/csv"})
    assert response.status_code == 415
