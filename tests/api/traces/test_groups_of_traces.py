"""The group of a trace: given with it or that of its prompt, stored beside it, filtered by, imported and exported."""

from __future__ import annotations

import json
from hashlib import sha256

import httpx
import pytest

from tests.conftest import Execute
from tests.support.factories import trace
from tests.support.ingest import NDJSON
from tests.support.traces import data_of, on_sqlite

CREATE = """
mutation ($traces: [TraceInput!]!) {
  createTraces(input: { traces: $traces }) { traces { group promptHash contentHash } errors { message path } }
}
"""
OF_GROUP = "query ($group: String!) { traces(where: { group: { eq: $group } }) { nodes { prompt } } }"


def given(prompt: str, group: str | None) -> dict[str, object]:
    """A trace input."""
    steps = [{"type": "reasoning", "content": "s"}]
    return {"prompt": prompt, "finalAnswer": "1", "steps": steps, "group": group}


async def test_traces_of_a_prompt_are_a_group_unless_they_bring_their_own(graphql: Execute):
    inputs = [given("p", None), given("p", None), given("p", "mine"), given("q", "mine")]
    created = data_of(await graphql(CREATE, {"traces": inputs}))["createTraces"]["traces"]

    of_prompt = sha256(b"p").hexdigest()
    assert [found["group"] for found in created] == [of_prompt, of_prompt, "mine", "mine"]
    assert len({found["contentHash"] for found in created[:3]}) == 1  # a group is not part of the content
    for group, prompts in ((of_prompt, ["p", "p"]), ("mine", ["p", "q"]), ("other", [])):
        found = data_of(await graphql(OF_GROUP, {"group": group}))["traces"]["nodes"]
        assert sorted(row["prompt"] for row in found) == prompts


@on_sqlite
@pytest.mark.parametrize(
    ("group", "message"),
    [
        ("", "group must have 1 to 256 characters; it has 0."),
        ("x" * 257, "group must have 1 to 256 characters; it has 257."),
        ("a\0", "group contains a NUL character at position 1."),
    ],
)
async def test_a_group_has_limits(graphql: Execute, group: str, message: str):
    (error,) = data_of(await graphql(CREATE, {"traces": [given("p", group)]}))["createTraces"]["errors"]
    assert (error["message"], error["path"]) == (message, ["input", "traces", "0", "group"])


@on_sqlite
@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("format=jsonl", json.dumps(trace("p") | {"group": "7"})),
        ("format=csv&map=group:problem", "prompt,final_answer,steps,problem\np,18,s,7\n"),
    ],
)
async def test_imports_bring_groups(app_client: httpx.AsyncClient, graphql: Execute, form: str, body: str):
    media = "text/csv" if "csv" in form else NDJSON
    answer = await app_client.post(f"/v1/traces?{form}", content=body, headers={"Content-Type": media})
    assert answer.json()["added"] == 1, answer.text
    (found,) = data_of(await graphql("{ traces { nodes { group meta } } }"))["traces"]["nodes"]
    assert found == {"group": "7", "meta": None}
