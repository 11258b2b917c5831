"""``POST /v1/traces``: what comes with traces, and what of it can be read again."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from tests.api.conftest import Ask
from tests.api.material import COUNT_SCORES, native_trace

SCORED = """{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes {
  prompt scores { nodes { scorer kind score stepIndex scoredAt } } } } }"""
NDJSON = "application/x-ndjson"


async def ingest(client: httpx.AsyncClient, lines: list[Any], **parameters: str) -> dict[str, Any]:
    """The answer to lines, with its status."""
    body = b"".join(orjson.dumps(line) + b"\n" for line in lines)
    response = await client.post("/v1/traces", content=body, params=parameters, headers={"Content-Type": NDJSON})
    return {"status": response.status_code, **response.json()}


def scored(prompt: str, *scores: float, **fields: Any) -> dict[str, Any]:
    """A native line with scores of its first step."""
    given = [{"scorer": "ada", "kind": "HUMAN", "score": score, "step_index": 0} | fields for score in scores]
    return native_trace(prompt, scores=given)


async def test_scores_come_with_their_traces(ask: Ask, app_client: httpx.AsyncClient):
    lines = [scored("one", 1, 2, scored_at="2024-01-01T00:00:00+01:00"), native_trace("two"), scored("three", 3)]

    answer = await ingest(app_client, lines)

    assert (answer["status"], answer["added"], answer["scores"]) == (200, 3, 3)
    nodes = (await ask(SCORED))["traces"]["nodes"]
    found = {node["prompt"]: sorted(score["score"] for score in node["scores"]["nodes"]) for node in nodes}
    assert found == {"one": [1.0, 2.0], "two": [], "three": [3.0]}
    one = nodes[0]["scores"]["nodes"][0]
    assert (one["scorer"], one["kind"], one["stepIndex"], one["scoredAt"]) == (
        "ada",
        "HUMAN",
        0,
        "2023-12-31T23:00:00Z",
    )


async def test_traces_that_are_stored_already_keep_the_scores_they_have(ask: Ask, app_client: httpx.AsyncClient):
    await ingest(app_client, [scored("one", 1)])

    again = await ingest(app_client, [scored("one", 1), scored("one", 5), scored("two", 2), scored("two", 3)])

    assert (again["added"], again["duplicates"], again["scores"]) == (1, 3, 1)
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 2


async def test_a_bad_score_refuses_its_line(ask: Ask, app_client: httpx.AsyncClient):
    lines = [scored("one", 1), scored("two", 1, step_index=9), scored("three", 1)]

    answer = await ingest(app_client, lines, on_error="skip")

    assert (answer["status"], answer["added"], answer["rejected"], answer["scores"]) == (200, 2, 1, 2)
    assert [(found["line"], found["field"]) for found in answer["refusals"]] == [(2, "scores[0].step_index")]


async def test_many_scores_of_many_traces(ask: Ask, app_client: httpx.AsyncClient):
    answer = await ingest(app_client, [scored(f"p{number}", *range(6)) for number in range(1000)])

    assert (answer["added"], answer["scores"]) == (1000, 6000)
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 6000
