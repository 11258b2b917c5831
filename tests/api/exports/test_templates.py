"""Reasoning templates in exports, training texts, manifests and runs: the same text in each of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
import yaml

from tests.support.api import Ask, Store
from tests.support.exports import CREATE_DATASET, exported, refusal
from tests.support.factories import origin_draft
from tests.support.import_lines import parse_all
from tests.support.traces import on_sqlite, trace_input
from tunix_rt.db.session import Database
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.traces.origins import add_origins

CUSTOM = "{paragraphs}\n#### {answer}"
WRITTEN = "I <end_of_turn> think"
THOUGHT = "<think>\nTwo and two.\n\nThey make <\u2060end_of_turn>four.\n</think>\n\n4"
STEPS = [
    {"type": "thought", "content": "Two and two."},
    {"type": "thought", "content": "They make <end_of_turn>four."},
]
TEXTS = """
query ($id: ID!, $custom: String) {
  trace(id: $id) {
    numbered: trainingText { target }
    think: trainingText(template: THINK) { prompt target }
    custom: trainingText(customTemplate: $custom) { target }
  }
}
"""
RUN = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run { id status stdout manifest config { template customTemplate } }
    errors { code message path }
  }
}
"""
DIFFERENCES = "query ($ids: [ID!]!) { compareRuns(ids: $ids) { differences { field values } } }"
MANIFEST = """
mutation ($input: GenerateManifestInput!) {
  generateManifest(input: $input) { manifest { yaml path } errors { code message path } }
}
"""


@pytest.fixture
async def stored(store: Store) -> dict[str, Any]:
    """A trace of two steps, one of which has a control token."""
    (found,) = await store(trace_input("What is 2 + 2?", steps=STEPS, finalAnswer="4"))
    return found


async def record_of(client: httpx.AsyncClient, export: dict[str, Any]) -> dict[str, Any]:
    """The only record of an export."""
    found: dict[str, Any] = json.loads((await client.get(export["downloadUrl"])).text)
    return found


async def test_an_export_is_written_by_its_template(ask: Ask, stored: dict[str, Any], app_client: httpx.AsyncClient):
    given = {"traceIds": [stored["id"]]}
    turns = await exported(ask, **given, format="TUNIX_SFT", template="THINK")
    chat = await exported(ask, **given, format="CHAT_MESSAGES", customTemplate=CUSTOM, roundTrip=True)

    text = (await record_of(app_client, turns))["prompts"]
    assert text.endswith(f"<start_of_turn>model\n{THOUGHT}<end_of_turn>")
    message = (await record_of(app_client, chat))["messages"][-1]["content"]
    assert message == "Two and two.\n\nThey make <end_of_turn>four.\n#### 4"
    chosen = [(export["options"]["template"], export["options"]["customTemplate"]) for export in (turns, chat)]
    assert chosen == [("THINK", None), (None, CUSTOM)]
    shown = (await ask(TEXTS, id=stored["id"], custom=CUSTOM))["trace"]
    assert shown["think"]["prompt"] + shown["think"]["target"] == text
    assert shown["numbered"]["target"].startswith("Reasoning:\n1. Two and two.\n2. They make")
    assert shown["custom"]["target"].endswith("\n#### 4<end_of_turn>")


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"template": "THINK"}, "template", "TUNIX_SFT, TRAINING_EXAMPLE, CHAT_MESSAGES, PROMPT_COMPLETION"),
        ({"format": "TUNIX_SFT", "customTemplate": ""}, "customTemplate", "must have 1 to 2000 characters; it has 0."),
        ({"format": "TUNIX_SFT", "customTemplate": "{steps}"}, "customTemplate", "must have {answer} once"),
        ({"format": "TUNIX_SFT", "customTemplate": CUSTOM, "template": "THINK"}, "customTemplate", "exclude"),
    ],
)
@on_sqlite
async def test_a_template_that_cannot_be_used_is_refused(ask: Ask, given: dict[str, Any], field: str, words: str):
    code, path, message = await refusal(ask, where={}, **given)

    assert (code, path) == ("BAD_USER_INPUT", ["input", field])
    assert words in message


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("TUNIX_SFT", ("prompts", "<start_of_turn>model\nI <\u2060end_of_turn> think<end_of_turn>")),
        ("TRAINING_EXAMPLE", ("response", WRITTEN)),
        ("CHAT_MESSAGES", ("messages", [{"role": "user", "content": "Q"}, {"role": "assistant", "content": WRITTEN}])),
        ("PROMPT_COMPLETION", ("completion", WRITTEN)),
        ("TRACE", ("final_answer", NO_ANSWER)),
    ],
)
async def test_an_answer_without_a_final_answer_is_written_as_it_was_generated(
    ask: Ask, store: Store, app_client: httpx.AsyncClient, database: Database, format_: str, expected: tuple[str, Any]
):
    (found,) = await store(trace_input("Q", steps=STEPS, finalAnswer=NO_ANSWER))
    async with database.write() as session:
        await add_origins(session, [(uuid.UUID(found["uuid"]), origin_draft(malformed=True, raw_text=WRITTEN))])

    for given in ({}, {"includeScores": True}):
        export = await exported(ask, traceIds=[found["id"]] * 2, format=format_, **given)
        lines = (await app_client.get(export["downloadUrl"])).text.splitlines()
        assert len(lines) == 2
        for line in lines:
            value = json.loads(line)[expected[0]]
            assert value[-len(expected[1]) :] == expected[1]
    exact = await exported(ask, traceIds=[found["id"]], format=format_, roundTrip=True)
    (parsed,) = parse_all(format_.lower(), await record_of(app_client, exact))
    assert (parsed.trace["final_answer"], len(parsed.trace["steps"])) == (NO_ANSWER, len(STEPS))


async def test_a_run_trains_on_records_of_its_template(ask: Ask, stored: dict[str, Any]):
    await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    given = {"datasetId": "math-v1", "modelId": "tiny-random/qwen3", "wait": True}
    plain = (await ask(RUN, input=given))["startRun"]["run"]
    run = (await ask(RUN, input=given | {"customTemplate": CUSTOM}))["startRun"]["run"]
    wrong = (await ask(RUN, input=given | {"customTemplate": "{steps}", "batchSize": 0}))["startRun"]
    sizes = [
        (await exported(ask, datasetId="math-v1", format="TUNIX_SFT", **template))["byteSize"]
        for template in ({}, {"customTemplate": CUSTOM})
    ]

    for found, size in zip((plain, run), sizes, strict=True):
        assert f"1 records of tunix_sft, {size:,} bytes" in found["stdout"]
    assert plain["config"] == {"template": "NUMBERED", "customTemplate": None}
    assert run["config"] == {"template": None, "customTemplate": CUSTOM}
    assert "template" not in yaml.safe_load(plain["manifest"])["dataset"]
    assert yaml.safe_load(run["manifest"])["dataset"]["template"] == CUSTOM
    compared = (await ask(DIFFERENCES, ids=[plain["id"], run["id"]]))["compareRuns"]
    assert compared["differences"] == [{"field": "template", "values": ["numbered", CUSTOM]}]
    assert sorted(error["path"][-1] for error in wrong["errors"]) == ["batchSize", "customTemplate"]


@on_sqlite
async def test_a_manifest_names_the_file_of_its_template(ask: Ask, stored: dict[str, Any]):
    await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    given = {"datasetId": "math-v1", "modelId": "m"}
    plain, boxed, again = [
        (await ask(MANIFEST, input=given | template))["generateManifest"]["manifest"]
        for template in ({}, {"template": "BOXED"}, {"template": "BOXED"})
    ]

    assert yaml.safe_load(boxed["yaml"])["dataset"]["template"] == "boxed"
    assert plain["path"] != boxed["path"] == again["path"]
