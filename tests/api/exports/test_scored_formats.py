"""Exports with scores: labels of steps, pairs of groups, prompts, whole groups, and scores in the metadata."""

from __future__ import annotations

import io
import json
import uuid
from typing import Any

import httpx
import pytest
from pyarrow import parquet
from sqlalchemy import delete

from tests.support.api import Ask, Store
from tests.support.exports import CREATE_DATASET, exported, refusal
from tests.support.factories import origin_draft
from tests.support.traces import CREATE_SCORES, DELETE_TRACES, on_sqlite, trace_input
from tunix_rt.db.models import datasets
from tunix_rt.db.session import Database
from tunix_rt.domain.exports import grouping
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions
from tunix_rt.domain.exports.rows import DatabaseRows
from tunix_rt.domain.exports.scored_formats import Unit
from tunix_rt.domain.exports.sources import OfDataset
from tunix_rt.domain.traces.origins import add_origins
from tunix_rt.errors import NotFound

STEPS = [{"index": 3, "type": "t", "content": "First."}, {"index": 7, "type": "t", "content": "Then."}]
BOXED = "First.\nThen.\n\\boxed{{{}}}"


@pytest.fixture
async def traces(ask: Ask, store: Store) -> list[dict[str, Any]]:
    """Two groups: four answers to one prompt, scored 1, 0, 0.25 and not at all, and two answers to different ones."""
    given = [trace_input("Q", steps=STEPS, finalAnswer=answer, externalId=f"x-{answer}") for answer in "abcd"]
    given[1]["referenceAnswer"] = "a"
    stored = await store(
        *given,
        trace_input("P", steps=STEPS, finalAnswer="p", group="other"),
        trace_input("R", finalAnswer="r", group="other"),
    )
    marks = [(0, 1.0), (1, 0.5), (1, 0.0), (2, 0.25), (4, 1.0), (5, 0.0)]
    rows = [{"traceId": stored[place]["id"], "scorer": "check", "score": score} for place, score in marks]
    rows += [
        {"traceId": stored[0]["id"], "scorer": "check", "stepIndex": step, "score": score}
        for step, score in ((3, 1.0), (7, 0.0))
    ]
    rows.append({"traceId": stored[1]["id"], "scorer": "check", "stepIndex": 3, "score": 0.75})
    rows.append({"traceId": stored[1]["id"], "scorer": "other", "score": 9.0})
    assert (await ask(CREATE_SCORES, input={"scores": rows}))["createScores"]["errors"] == []
    found = (await ask("{ traces(orderBy: [{ field: ID }]) { nodes { id uuid group finalAnswer } } }"))["traces"]
    return sorted(found["nodes"], key=lambda trace: trace["finalAnswer"])


async def records(ask: Ask, client: httpx.AsyncClient, **given: Any) -> list[dict[str, Any]]:
    """The records of an export of all traces, oldest first, without their metadata."""
    export = await exported(ask, **{"where": {}, "orderBy": [{"field": "ID", "direction": "ASC"}]} | given)
    lines = [json.loads(line) for line in (await client.get(export["downloadUrl"])).text.splitlines()]
    assert export["rowCount"] == len(lines)
    return lines


def without(lines: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Records without some fields."""
    return [{name: value for name, value in line.items() if name not in names} for line in lines]


async def test_steps_are_labelled_by_their_scores(
    ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient
):
    lines = await records(ask, app_client, format="STEPWISE", scorer="check", threshold=0.75)
    strict = await records(ask, app_client, format="STEPWISE", scorer="check", threshold=0.8)
    export = await exported(ask, where={}, format="STEPWISE", scorer="check")

    assert without(lines, "id", "metadata") == [
        {"prompt": "Q", "completions": ["First.", "Then."], "labels": [True, False]},
        {"prompt": "Q", "completions": ["First."], "labels": [True]},
    ]
    assert [line["labels"] for line in strict] == [[True, False], [False]]
    about = lines[0]["metadata"]
    assert (about["format"], about["external_id"], about["group"]) == ("stepwise", "x-a", traces[0]["group"])
    assert export["warnings"] == ["4 traces without a score by the scorer left out."]


async def test_a_group_is_paired(ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient):
    given = {"format": "PREFERENCE", "scorer": "check", "template": "BOXED"}
    lines = await records(ask, app_client, **given)
    every = await records(ask, app_client, **given, pairRule="ALL", pairsPerGroup=9, margin=0.5, conversational=True)
    export = await exported(ask, where={}, format="PREFERENCE", scorer="check")
    nobody = await exported(ask, where={}, format="PREFERENCE", scorer="nobody")

    a, b, c = (trace["uuid"] for trace in traces[:3])
    assert without(lines, "id", "metadata") == [
        {"prompt": "Q", "chosen": BOXED.format("a"), "rejected": BOXED.format("b")}
    ]
    assert lines[0]["metadata"] == {
        "format": "preference",
        "group": traces[0]["group"],
        "scorer": "check",
        "scores": [1.0, 0.0],
        "trace_ids": [a, b],
        "external_ids": ["x-a", "x-b"],
    }
    assert [line["metadata"]["trace_ids"] for line in every] == [[a, b], [a, c]]
    assert every[1]["prompt"] == [{"role": "user", "content": "Q"}]
    assert every[1]["rejected"] == [{"role": "assistant", "content": BOXED.format("c")}]
    assert len({line["id"] for line in every}) == 2
    assert export["warnings"] == ["1 trace without a score by the scorer left out."]
    assert nobody["warnings"] == ["6 traces without a score by the scorer left out."]


async def test_single_answers_are_labelled(ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient):
    given = {"format": "UNPAIRED_PREFERENCE", "scorer": "check", "customTemplate": "{steps} = {answer}"}
    lines = await records(ask, app_client, **given, threshold=0.25, systemInstruction="Be brief.")

    assert [line["label"] for line in lines] == [True, False, True, True, False]
    assert lines[0]["prompt"] == "Be brief.\n\nQ"
    assert lines[0]["completion"] == "First.\nThen. = a"
    assert lines[0]["id"] == traces[0]["uuid"]


async def test_groups_are_prompts_and_records(ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient):
    prompts = await records(ask, app_client, format="PROMPT_ONLY")
    groups = await records(ask, app_client, format="GROUPED", template="BOXED")

    order = sorted({trace["group"] for trace in traces})
    assert [line["metadata"]["group"] for line in prompts] == [line["id"] for line in groups] == order
    by_prompt = {line["prompt"]: line for line in prompts}
    assert [(line["prompt"], line["answer"]) for line in (by_prompt["Q"], by_prompt["P"])] == [("Q", "a"), ("P", None)]
    assert by_prompt["Q"]["metadata"]["external_id"] == "x-b"
    (group,) = [line for line in groups if line["prompt"] == "Q"]
    assert group["completions"] == [BOXED.format(answer) for answer in "abcd"]
    assert group["scores"] == {"check": [1.0, 0.0, 0.25, None], "other": [None, 9.0, None, None]}
    assert group["answer"] == "a"


async def test_a_malformed_answer_is_written_as_it_was_generated(
    ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient, database: Database
):
    b, c = (uuid.UUID(trace["uuid"]) for trace in traces[1:3])
    async with database.write() as session:
        await add_origins(
            session, [(b, origin_draft(malformed=True, raw_text="I think b.")), (c, origin_draft(raw_text="no"))]
        )

    given = {"scorer": "check", "template": "BOXED"}
    (pair,) = await records(ask, app_client, format="PREFERENCE", **given)
    (messages,) = await records(ask, app_client, format="PREFERENCE", conversational=True, **given)
    labelled = await records(ask, app_client, format="UNPAIRED_PREFERENCE", **given)
    groups = await records(ask, app_client, format="GROUPED", template="BOXED")

    assert (pair["chosen"], pair["rejected"]) == (BOXED.format("a"), "I think b.")
    assert messages["rejected"] == [{"role": "assistant", "content": "I think b."}]
    assert [line["completion"] for line in labelled[:3]] == [BOXED.format("a"), "I think b.", BOXED.format("c")]
    (group,) = [line for line in groups if line["prompt"] == "Q"]
    assert group["completions"] == [BOXED.format("a"), "I think b.", BOXED.format("c"), BOXED.format("d")]


async def test_scores_are_in_the_metadata(ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient):
    (plain, *_) = await records(ask, app_client, format="TRACE")
    lines = await records(ask, app_client, format="TRACE", includeScores=True)

    found = [line["metadata"].pop("scores") for line in lines]
    assert found == [
        {"check": {"trace": 1.0, "steps": {"3": 1.0, "7": 0.0}}},
        {"check": {"trace": 0.0, "steps": {"3": 0.75}}, "other": {"trace": 9.0}},
        {"check": {"trace": 0.25}},
        {},
        {"check": {"trace": 1.0}},
        {"check": {"trace": 0.0}},
    ]
    assert lines[0] == plain
    assert plain["metadata"]["external_id"] == "x-a"


async def test_a_dataset_is_exported_by_groups(ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient):
    await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    chosen = [traces[1]["id"], traces[0]["id"], traces[1]["id"]]
    given = {"format": "PREFERENCE", "scorer": "check"}
    whole = await exported(ask, datasetId="math-v1", **given)
    several = await exported(ask, traceIds=chosen, **given)
    query = "format=preference&scorer=check"
    streamed = await app_client.get(f"/v1/datasets/math-v1/export.jsonl?{query}")
    await ask(DELETE_TRACES, input={"where": {"finalAnswerPreview": {"eq": "a"}}, "expectedCount": 1})
    rest = await exported(ask, datasetId="math-v1", container="PARQUET", **given, conversational=True)

    assert [(export["rowCount"], export["missingCount"]) for export in (whole, several)] == [(1, 0), (1, 0)]
    assert (await app_client.get(whole["downloadUrl"])).text == streamed.text
    assert (await app_client.get(several["downloadUrl"])).text == streamed.text
    assert (rest["rowCount"], rest["missingCount"]) == (1, 1)
    table = parquet.read_table(io.BytesIO((await app_client.get(rest["downloadUrl"])).content))
    (row,) = table.to_pylist()
    assert row["chosen"][0]["content"].endswith("Answer: c")
    assert row["rejected"][0]["content"].endswith("Answer: b")


async def test_a_dataset_that_is_deleted_meanwhile_is_not_taken_for_whole(
    ask: Ask, traces: list[dict[str, Any]], database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(grouping, "ROWS", 2)
    created = await ask(CREATE_DATASET, input={"name": "math", "version": "v1"})
    source = OfDataset(uuid.UUID(created["createDataset"]["dataset"]["uuid"]))

    async def walk() -> None:
        rows = DatabaseRows(database, source, ExportFormat.GROUPED, FormatOptions())
        async for _ in grouping.groups_of(rows.members, grouping.GroupWalk(Unit.GROUP, FormatOptions())):
            async with database.write() as session:
                await session.execute(delete(datasets))

    with pytest.raises(NotFound, match="There is no dataset"):
        await walk()


@pytest.mark.parametrize(("format_", "container"), [("STEPWISE", "PARQUET"), ("PROMPT_ONLY", "CSV")])
@on_sqlite
async def test_fields_have_types(
    ask: Ask, traces: list[dict[str, Any]], app_client: httpx.AsyncClient, format_: str, container: str
):
    scorer = {"scorer": "check"} if format_ == "STEPWISE" else {}
    export = await exported(ask, where={}, format=format_, container=container, **scorer)
    content = (await app_client.get(export["downloadUrl"])).content

    if container == "PARQUET":
        table = parquet.read_table(io.BytesIO(content))
        assert str(table.schema.field("labels").type) == "list<element: bool>"
        assert sorted(table.column("labels").to_pylist()) == [[True], [True, False]]
    else:
        cells = sorted(line.split(",")[1:3] for line in content.decode().splitlines()[1:])
        assert cells == [["P", ""], ["Q", "a"]]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"format": "PREFERENCE"}, "scorer", "scorer is required by the format PREFERENCE."),
        ({"format": "STEPWISE", "scorer": ""}, "scorer", "scorer must have 1 to 64 characters"),
        (
            {"format": "TRACE", "scorer": "a"},
            "scorer",
            "only by PREFERENCE, UNPAIRED_PREFERENCE, STEPWISE.",
        ),
        ({"format": "PREFERENCE", "scorer": "a", "margin": -1}, "margin", "margin must be a number of at least 0"),
        ({"format": "PREFERENCE", "scorer": "a", "pairsPerGroup": 0}, "pairsPerGroup", "between 1 and 1000"),
        ({"format": "GROUPED", "margin": 1}, "margin", "only by PREFERENCE."),
        ({"format": "STEPWISE", "scorer": "a", "template": "THINK"}, "template", "only by TUNIX_SFT,"),
        ({"format": "GROUPED", "includeScores": True}, "includeScores", "only by TRACE, TUNIX_SFT,"),
        ({"format": "GROUPED", "roundTrip": True}, "roundTrip", "only by TRACE, TUNIX_SFT,"),
        (
            {"includeScores": True, "roundTrip": True},
            "includeScores",
            "includeScores and roundTrip exclude each other.",
        ),
    ],
)
@on_sqlite
async def test_options_that_a_format_has_not_are_refused(ask: Ask, given: dict[str, Any], field: str, words: str):
    code, path, message = await refusal(ask, where={}, **given)

    assert (code, path) == ("BAD_USER_INPUT", ["input", field])
    assert words in message
