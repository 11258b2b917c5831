"""Reference answers: given with a trace, stored beside it, filtered by, and what ``answer_match`` grades by."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.conftest import Execute
from tests.support.factories import trace
from tests.support.ingest import NDJSON
from tests.support.traces import data_of, on_sqlite
from tunix_rt.domain.traces.trace import REFERENCE_MAX_CHARS

CREATE = """
mutation ($traces: [TraceInput!]!) {
  createTraces(input: { traces: $traces }) {
    traces { referenceAnswer contentHash } errors { code message path }
  }
}
"""
GRADE = """
mutation {
  scoreTraces(input: { where: {}, scorer: "answer_match", onlyMissing: true }) {
    scoredCount skippedCount unscoredCount errors { code }
  }
}
"""
GRADED = """
{
  right: traces(where: { scores: { some: { scorer: { eq: "answer_match" }, score: { eq: 1 } } } }) { nodes { prompt } }
  known: traces(where: { referenceAnswer: { eq: "18" } }) { totalCount }
  unknown: traces(where: { referenceAnswer: { isNull: true } }) { nodes { prompt } }
}
"""


def given(prompt: str, answer: str, reference: str | None) -> dict[str, object]:
    """A trace input."""
    steps = [{"type": "reasoning", "content": "s"}]
    return {"prompt": prompt, "finalAnswer": answer, "steps": steps, "referenceAnswer": reference}


async def test_answers_are_graded_by_the_reference_answers_of_their_traces(graphql: Execute):
    traces = [given("right", "18.00", "18"), given("wrong", "19", "18"), given("without", "18", None)]
    created = data_of(await graphql(CREATE, {"traces": traces}))["createTraces"]
    assert [found["referenceAnswer"] for found in created["traces"]] == ["18", "18", None]

    graded, again = [data_of(await graphql(GRADE))["scoreTraces"] for _ in range(2)]
    assert graded == {"scoredCount": 2, "skippedCount": 0, "unscoredCount": 1, "errors": []}
    assert again == {"scoredCount": 0, "skippedCount": 2, "unscoredCount": 1, "errors": []}
    found = data_of(await graphql(GRADED))
    assert [row["prompt"] for row in found["right"]["nodes"]] == ["right"]
    assert found["known"]["totalCount"] == 2
    assert [row["prompt"] for row in found["unknown"]["nodes"]] == ["without"]


@on_sqlite
async def test_a_reference_answer_is_not_part_of_the_content(graphql: Execute):
    created = data_of(await graphql(CREATE, {"traces": [given("p", "1", "1"), given("p", "1", "2")]}))["createTraces"]
    assert len({found["contentHash"] for found in created["traces"]}) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("", "referenceAnswer must have 1 to 50000 characters; it has 0."),
        ("x" * (REFERENCE_MAX_CHARS + 1), "referenceAnswer must have 1 to 50000 characters; it has 50001."),
        ("a\0", "referenceAnswer contains a NUL character at position 1."),
    ],
)
async def test_a_reference_answer_has_limits(graphql: Execute, reference: str, message: str):
    (error,) = data_of(await graphql(CREATE, {"traces": [given("p", "1", reference)]}))["createTraces"]["errors"]
    assert (error["message"], error["path"]) == (message, ["input", "traces", "0", "referenceAnswer"])


@on_sqlite
@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("format=jsonl", json.dumps(trace("p") | {"reference_answer": "18"})),
        ("format=gsm8k", json.dumps({"question": "p", "answer": "Nine and nine.\n#### 18"})),
        ("format=csv&map=reference_answer:gold", "prompt,final_answer,steps,gold\np,18,s,18\n"),
    ],
)
async def test_imports_bring_reference_answers(app_client: httpx.AsyncClient, graphql: Execute, form: str, body: str):
    media = "text/csv" if "csv" in form else NDJSON
    answer = await app_client.post(f"/v1/traces?{form}", content=body, headers={"Content-Type": media})
    assert answer.json()["added"] == 1, answer.text
    found = data_of(await graphql("{ traces { nodes { referenceAnswer meta } } }"))["traces"]["nodes"]
    assert [row["referenceAnswer"] for row in found] == ["18"]
    assert "gold" not in (found[0]["meta"] or {})
