"""``POST /v1/traces``: what comes with traces, and what of it can be read again."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from tests.support.api import Ask, Store
from tests.support.ingest import NDJSON, ingest, scored
from tests.support.traces import COUNT_SCORES, native_trace, trace_input

SCORED = """{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes {
  prompt scores { nodes { scorer kind score stepIndex scoredAt } } } } }"""


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


async def test_new_scores_of_known_traces_are_stored(ask: Ask, app_client: httpx.AsyncClient):
    await ingest(app_client, [scored("one", 1), native_trace("two")])

    again = await ingest(app_client, [scored("one", 1, 5), scored("two", 2), scored("three", 3), scored("three", 3, 4)])

    assert (again["added"], again["duplicates"], again["scores"]) == (1, 3, 4)
    nodes = (await ask(SCORED))["traces"]["nodes"]
    found = {node["prompt"]: sorted(score["score"] for score in node["scores"]["nodes"]) for node in nodes}
    assert found == {"one": [1.0, 5.0], "two": [2.0], "three": [3.0, 4.0]}
    assert (await ingest(app_client, [scored("one", 5, 1), scored("two", 2), scored("three", 4)]))["scores"] == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"scorer": "bob"},
        {"kind": "MODEL"},
        {"scorer_version": "2"},
        {"step_index": None},
        {"rationale": "other"},
        {"details": {"a": 1.5, "b": [2]}},
        {"details": None},
        {"scored_at": "2024-01-01T00:00:01Z"},
    ],
)
async def test_a_score_is_new_if_it_differs_in_anything(
    ask: Ask, app_client: httpx.AsyncClient, changed: dict[str, Any]
):
    fields = {"rationale": "why", "details": {"b": [2], "a": 1}, "scored_at": "2024-01-01T01:00:00+01:00"}
    first, other = scored("one", 1, **fields), scored("one", 1, **(fields | changed))
    same = scored("one", 1, **(fields | {"details": {"a": 1, "b": [2]}, "scored_at": "2024-01-01T00:00:00Z"}))
    undated = scored("one", 1, rationale="why", details={"a": 1, "b": [2]})

    counts = [(await ingest(app_client, [line]))["scores"] for line in (first, same, undated, other, other)]

    assert counts == [1, 0, 0, 1, 0]


async def test_scores_of_equal_traces_go_to_the_oldest(ask: Ask, app_client: httpx.AsyncClient, store: Store):
    line = scored("one", 1)
    same = trace_input("one", steps=[{"type": step["type"], "content": step["content"]} for step in line["steps"]])
    first, _ = await store(same, same)

    assert (await ingest(app_client, [line]))["scores"] == 1

    scores = (await ask("{ scores { nodes { trace { id } } } }"))["scores"]["nodes"]
    assert scores == [{"trace": {"id": first["id"]}}]


async def test_a_bad_score_refuses_its_line(ask: Ask, app_client: httpx.AsyncClient):
    lines = [scored("one", 1), scored("two", 1, step_index=9), scored("three", 1)]

    answer = await ingest(app_client, lines, on_error="skip")

    assert (answer["status"], answer["added"], answer["rejected"], answer["scores"]) == (200, 2, 1, 2)
    assert [(found["line"], found["field"]) for found in answer["refusals"]] == [(2, "scores[0].step_index")]


async def test_many_scores_of_many_traces(ask: Ask, app_client: httpx.AsyncClient):
    answer = await ingest(app_client, [scored(f"p{number}", *range(6)) for number in range(1000)])

    assert (answer["added"], answer["scores"]) == (1000, 6000)
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 6000


META = "{ traces(orderBy: {field: CREATED_AT, direction: ASC}) { nodes { prompt source traceVersion meta } } }"


async def test_an_array_is_taken_as_lines_are(ask: Ask, app_client: httpx.AsyncClient):
    body = orjson.dumps([native_trace("one"), native_trace(""), native_trace("two")], option=orjson.OPT_INDENT_2)
    headers = {"Content-Type": "application/json"}

    response = await app_client.post("/v1/traces", content=body, params={"on_error": "skip"}, headers=headers)

    answer = response.json()
    assert (answer["lines"], answer["unit"], answer["added"], answer["rejected"]) == (3, "element", 2, 1)
    assert [(found["line"], found["field"]) for found in answer["refusals"]] == [(2, "prompt")]


async def test_fields_may_be_set_for_all(ask: Ask, app_client: httpx.AsyncClient):
    lines = [native_trace("one", meta={"source": "a", "k": 1}), native_trace("two")]
    body = b"\n".join(map(orjson.dumps, lines))
    parameters = {"set": ["source:b", "meta.split:train:1", "trace_version:9"]}

    response = await app_client.post("/v1/traces", content=body, params=parameters, headers={"Content-Type": NDJSON})

    assert response.json()["added"] == 2
    assert (await ask(META))["traces"]["nodes"] == [
        {"prompt": "one", "source": "b", "traceVersion": "9", "meta": {"source": "b", "k": 1, "split": "train:1"}},
        {"prompt": "two", "source": "b", "traceVersion": "9", "meta": {"source": "b", "split": "train:1"}},
    ]


async def test_a_body_in_another_format_is_reported(app_client: httpx.AsyncClient):
    answer = await ingest(app_client, [{"question": "q", "answer": "a\n#### 4"}, {"question": "q", "answer": ""}])

    assert answer["status"] == 422
    reasons = [found["reason"] for found in answer["refusals"] if "looks like gsm8k" in found["reason"]]
    assert len(reasons) == 1


UNPARSED = """{ traces(where: {meta: [{path: ["unparsed"], exists: true}]}) { nodes {
  finalAnswer steps { type content } meta } } }"""


async def test_what_is_not_understood_is_kept_whole_if_asked_for(ask: Ask, app_client: httpx.AsyncClient):
    texts = ["<think>a</think>4", "<reflection>a</reflection>4", ""]
    lines = [{"prompt": f"q{place}", "completion": text} for place, text in enumerate(texts)]

    skipped = await ingest(app_client, lines, format="prompt_completion", on_error="skip")
    kept = await ingest(app_client, lines, format="prompt_completion", on_error="keep")

    assert (skipped["status"], skipped["added"], skipped["rejected"]) == (200, 1, 2)
    assert (kept["status"], kept["added"], kept["duplicates"], kept["rejected"]) == (200, 1, 1, 1)
    (found,) = (await ask(UNPARSED))["traces"]["nodes"]
    assert found == {
        "finalAnswer": texts[1],
        "steps": [{"type": "reasoning", "content": texts[1]}],
        "meta": {"unparsed": "The markup <reflection> is unknown."},
    }


async def test_a_key_that_is_there_twice_is_refused(app_client: httpx.AsyncClient):
    line = orjson.dumps(native_trace("one"))[:-1] + b',"prompt":"two"}'
    response = await app_client.post("/v1/traces", content=line, headers={"Content-Type": NDJSON})
    asked = b'{"query": "{ __typename }", "query": "{ serverInfo { version } }"}'
    request = await app_client.post("/graphql", content=asked, headers={"Content-Type": "application/json"})

    assert response.status_code == 422
    assert "the key 'prompt' twice" in response.json()["refusals"][0]["reason"]
    assert request.status_code == 400
    assert "the key 'query' twice" in request.json()["errors"][0]["message"]
