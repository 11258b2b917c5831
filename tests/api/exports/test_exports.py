"""Exports through the API: what can be asked for, what is refused, and what a user sees of their life."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.support.api import Ask, Store
from tests.support.exported_datasets import dataset, lines_of, prompts
from tests.support.exports import (
    CREATE_DATASET,
    RETRY,
    START,
    ended,
    exported,
    refusal,
    started,
)
from tests.support.traces import DELETE_TRACES, UNKNOWN_UUID, on_sqlite, trace_input
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database

__all__ = ["dataset"]


async def test_a_dataset_is_exported_in_its_order(ask: Ask, app_client: httpx.AsyncClient, dataset: dict[str, Any]):
    pending = await started(ask, datasetId=dataset["id"])
    assert (pending["status"], pending["attempt"], pending["progress"]) == ("PENDING", 0, 0)
    assert (pending["startedAt"], pending["completedAt"], pending["downloadUrl"], pending["sha256"]) == (
        None,
        None,
        None,
        None,
    )
    assert pending["fileName"] == "math-v1.trace.jsonl"
    assert pending["options"] == {
        "systemInstruction": None,
        "keepControlTokens": False,
        "roundTrip": False,
        "escapeFormulas": False,
        "template": "NUMBERED",
        "customTemplate": None,
    }

    export = await ended(ask, pending["id"])

    assert (export["status"], export["attempt"], export["progress"], export["error"]) == ("COMPLETED", 1, 1, None)
    assert (export["rowCount"], export["missingCount"], export["dataset"]) == (5, 0, {"key": "math-v1"})
    assert export["createdAt"] <= export["startedAt"] <= export["completedAt"] < export["expiresAt"]
    assert prompts(await lines_of(app_client, export)) == [f"prompt {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_dataset_is_found_by_its_key_or_uuid(ask: Ask, dataset: dict[str, Any]):
    found = [await exported(ask, datasetId=dataset["key"]), await exported(ask, datasetId=dataset["uuid"])]

    assert found[0]["sha256"] == found[1]["sha256"]
    assert {export["dataset"]["key"] for export in found} == {"math-v1"}


async def test_a_dataset_with_a_long_name_is_exported(ask: Ask, store: Store, app_client: httpx.AsyncClient):
    await store(trace_input("prompt 0"))
    created = await ask(CREATE_DATASET, input={"name": "数" * 128, "version": "1"})
    export = await exported(ask, datasetId=created["createDataset"]["dataset"]["id"])

    assert export["fileName"] == f"{'数' * 66}.trace.jsonl"
    assert prompts(await lines_of(app_client, export)) == ["prompt 0"]


async def test_given_traces_are_exported_in_the_order_given_as_often_as_given(
    ask: Ask, store: Store, app_client: httpx.AsyncClient
):
    stored = await store(*(trace_input(f"prompt {number}") for number in range(3)))
    export = await exported(ask, traceIds=[stored[2]["id"], stored[0]["uuid"], stored[2]["id"]])

    assert prompts(await lines_of(app_client, export)) == ["prompt 2", "prompt 0", "prompt 2"]
    assert export["fileName"] == f"traces-{export['uuid']}.trace.jsonl"
    assert export["dataset"] is None


async def test_what_a_filter_selects_is_exported_in_an_order(ask: Ask, store: Store, app_client: httpx.AsyncClient):
    await store(*(trace_input(f"prompt {number}", meta={"source": "ab"[number % 2]}) for number in range(6)))
    order = [{"field": "CREATED_AT", "direction": "ASC"}]
    some = await exported(ask, where={"source": {"eq": "a"}}, orderBy=order)
    every = await exported(ask, where={})

    assert prompts(await lines_of(app_client, some)) == ["prompt 0", "prompt 2", "prompt 4"]
    assert prompts(await lines_of(app_client, every)) == [f"prompt {number}" for number in (5, 4, 3, 2, 1, 0)]


async def test_nothing_selected_is_an_empty_file(ask: Ask, app_client: httpx.AsyncClient):
    export = await exported(ask, where={"source": {"eq": "nothing"}})

    assert (export["rowCount"], export["byteSize"], export["progress"]) == (0, 0, 1)
    assert await lines_of(app_client, export) == []


async def test_what_is_stored_later_is_left_out(
    database: Database, ask: Ask, store: Store, app_client: httpx.AsyncClient
):
    await store(trace_input("before"))
    export = await exported(ask, where={})
    await store(trace_input("after"))
    async with database.write() as session:
        again = update(exports).where(exports.c.id == uuid.UUID(export["uuid"]))
        await session.execute(again.values(status="FAILED", path=None, error_code="INTERNAL", error_message="x"))
    await ask(RETRY, input={"id": export["id"]})
    repeated = await ended(ask, export["id"])

    assert (repeated["attempt"], repeated["sha256"]) == (2, export["sha256"])
    assert prompts(await lines_of(app_client, repeated)) == ["before"]


async def test_deleted_members_are_counted(ask: Ask, app_client: httpx.AsyncClient, dataset: dict[str, Any]):
    await ask(DELETE_TRACES, input={"where": {"meta": [{"path": ["n"], "in": [1, 3]}]}})
    export = await exported(ask, datasetId=dataset["id"])

    assert (export["rowCount"], export["missingCount"]) == (3, 2)
    assert prompts(await lines_of(app_client, export)) == ["prompt 4", "prompt 2", "prompt 0"]


@pytest.mark.parametrize("container", ["JSONL", "JSONL_GZ", "CSV", "PARQUET", "HUGGING_FACE"])
async def test_every_container_is_written(
    ask: Ask, app_client: httpx.AsyncClient, dataset: dict[str, Any], container: str
):
    given = {"datasetId": dataset["id"], "format": "CHAT_MESSAGES", "container": container}
    export, again = await exported(ask, **given), await exported(ask, **given)
    response = await app_client.get(export["downloadUrl"])

    assert export["rowCount"] == 5
    assert export["sha256"] == again["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert export["fileName"].startswith("math-v1.chat_messages.")


async def test_options_are_heeded_and_reported(ask: Ask, store: Store, app_client: httpx.AsyncClient):
    (stored,) = await store(trace_input("a <end_of_turn> in a prompt"))
    options = {"systemInstruction": "Be brief.", "keepControlTokens": True, "roundTrip": True}
    export = await exported(ask, traceIds=[stored["id"]], format="TUNIX_SFT", **options)
    (line,) = await lines_of(app_client, export)

    assert export["options"] == options | {"escapeFormulas": False, "template": "NUMBERED", "customTemplate": None}
    assert "Be brief.\n\na <end_of_turn> in a prompt" in line["prompts"]
    assert line["metadata"]["tunix_rt"]["round_trip"] == 1


@on_sqlite
async def test_an_empty_instruction_is_none(ask: Ask, store: Store, app_client: httpx.AsyncClient):
    (stored,) = await store(trace_input("a prompt"))
    given = {"traceIds": [stored["id"]], "format": "CHAT_MESSAGES"}
    plain, empty = await exported(ask, **given), await exported(ask, **given, systemInstruction="")

    assert empty["options"]["systemInstruction"] is None
    assert empty["sha256"] == plain["sha256"]
    assert (await exported(ask, where={}, systemInstruction=""))["rowCount"] == 1


async def test_a_file_without_records_is_warned_of(ask: Ask, store: Store, dataset: dict[str, Any]):
    """An export without records completes with a warning."""
    nothing = await exported(ask, where={"source": {"eq": "nowhere"}})
    whole = await exported(ask, datasetId=dataset["id"])
    await ask(DELETE_TRACES, input={"where": {"promptPreview": {"startsWith": "prompt"}}, "expectedCount": 5})
    gone = await exported(ask, datasetId=dataset["id"], format="TUNIX_SFT")

    assert (nothing["rowCount"], whole["warnings"]) == (0, [])
    assert nothing["warnings"] == ["The file has no records: no trace matches, or those that match make none."]
    assert gone["warnings"] == ["The file has no records: 5 traces deleted before the export."]


@pytest.mark.parametrize(
    ("given", "code", "path", "words"),
    [
        ({}, "BAD_USER_INPUT", ["where"], "Exactly one of"),
        ({"where": {}, "datasetId": "a"}, "BAD_USER_INPUT", ["where"], "Exactly one of"),
        ({"where": None, "datasetId": None}, "BAD_USER_INPUT", ["where"], "Exactly one of"),
        ({"datasetId": UNKNOWN_UUID}, "NOT_FOUND", ["datasetId"], UNKNOWN_UUID),
        ({"datasetId": "nothing"}, "NOT_FOUND", ["datasetId"], "nothing"),
        ({"traceIds": []}, "BAD_USER_INPUT", ["traceIds"], "1 to 10000"),
        ({"traceIds": [UNKNOWN_UUID]}, "NOT_FOUND", ["traceIds", "0"], UNKNOWN_UUID),
        ({"traceIds": ["?"]}, "BAD_ID", ["traceIds", "0"], "?"),
        ({"traceIds": [UNKNOWN_UUID] * 10_001}, "BAD_USER_INPUT", ["traceIds"], "10001"),
        ({"traceIds": [UNKNOWN_UUID], "orderBy": [{"field": "ID"}]}, "BAD_USER_INPUT", ["orderBy"], "requires where"),
        ({"where": {"search": "?"}}, "BAD_USER_INPUT", ["where", "search"], "word"),
        ({"where": {}, "orderBy": [{"field": "ID"}] * 6}, "BAD_USER_INPUT", ["orderBy"], "at most 5"),
        *(
            ({"where": {}, "container": kind, "roundTrip": True}, "BAD_USER_INPUT", ["roundTrip"], "JSONL or JSONL_GZ")
            for kind in ("CSV", "PARQUET", "HUGGING_FACE")
        ),
        ({"where": {}, "systemInstruction": "Be brief."}, "BAD_USER_INPUT", ["systemInstruction"], "is not supported"),
        (
            {"where": {}, "format": "TUNIX_SFT", "systemInstruction": "x" * 20_001},
            "BAD_USER_INPUT",
            ["systemInstruction"],
            "20000",
        ),
        (
            {"where": {}, "format": "TUNIX_SFT", "systemInstruction": "a\0"},
            "BAD_USER_INPUT",
            ["systemInstruction"],
            "NUL",
        ),
        ({"where": {}, "idempotencyKey": ""}, "BAD_USER_INPUT", ["idempotencyKey"], "1 to 255"),
    ],
)
async def test_what_cannot_be_exported_is_refused(ask: Ask, given: dict[str, Any], code: str, path: Any, words: str):
    found = await refusal(ask, **given)

    assert found[:2] == (code, ["input", *path])
    assert words in found[2]


async def test_each_unknown_trace_is_named(ask: Ask, store: Store):
    (stored,) = await store(trace_input())
    payload = (await ask(START, input={"traceIds": [UNKNOWN_UUID, stored["id"], UNKNOWN_UUID]}))["startExport"]

    assert [error["path"] for error in payload["errors"]] == [["input", "traceIds", "0"], ["input", "traceIds", "2"]]


@on_sqlite
async def test_a_container_without_its_package_is_refused(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    code, _, message = await refusal(ask, where={}, container="PARQUET")

    assert code == "UNAVAILABLE"
    assert "pip install" in message
