"""Exports through the API: what can be asked for, what is refused, and what a user sees of their life."""

from __future__ import annotations

import hashlib
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.exports import (
    CANCEL,
    CREATE_DATASET,
    DELETE,
    EXPORT,
    FIELDS,
    RETRY,
    START,
    ended,
    exported,
    refusal,
    started,
)
from tests.support.ledger import export_row
from tests.support.traces import DELETE_TRACES, UNKNOWN_UUID, on_sqlite, trace_input, user_error_of
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import folder_of
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.settings import Settings


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset of five traces, the newest first."""
    await store(*(trace_input(f"prompt {number}", meta={"source": "s", "n": number}) for number in range(5)))
    payload = (await ask(CREATE_DATASET, input={"name": "math", "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def lines_of(client: httpx.AsyncClient, export: dict[str, Any]) -> list[Any]:
    """Returns the records of an export's file, after comparing the file with the export's size and hash."""
    response = await client.get(export["downloadUrl"])
    assert response.status_code == 200, response.text
    assert (len(response.content), hashlib.sha256(response.content).hexdigest()) == (
        export["byteSize"],
        export["sha256"],
    )
    return [json.loads(line) for line in response.text.splitlines()]


def prompts(lines: list[Any]) -> list[str]:
    """The prompts of records in the format TRACE."""
    return [line["prompts"] for line in lines]


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


async def test_a_repeated_request_gives_the_same_export(ask: Ask, store: Store):
    await store(trace_input())
    first = await started(ask, where={}, idempotencyKey="k")
    await store(trace_input("another"))
    again = await started(ask, where={}, idempotencyKey="k")
    payload = (await ask(START, input={"where": {}, "format": "TUNIX_SFT", "idempotencyKey": "k"}))["startExport"]

    assert again["id"] == first["id"]
    assert user_error_of(payload)["code"] == "CONFLICT"
    await exported(ask, where={}, idempotencyKey="k")
    await ask(DELETE, input={"id": first["id"]})
    gone = user_error_of((await ask(START, input={"where": {}, "idempotencyKey": "k"}))["startExport"])
    assert (gone["code"], gone["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])


async def test_exports_are_listed_and_found(ask: Ask, dataset: dict[str, Any]):
    first = await exported(ask, datasetId=dataset["id"])
    second = await exported(ask, where={}, format="TUNIX_SFT", container="CSV")
    listing = "query ($where: ExportWhere) { exports(where: $where) { totalCount nodes { id } } }"

    async def listed(**where: Any) -> list[str]:
        return [node["id"] for node in (await ask(listing, where=where))["exports"]["nodes"]]

    assert await listed() == [second["id"], first["id"]]
    assert await listed(format={"eq": "TUNIX_SFT"}) == [second["id"]]
    assert await listed(container={"in": ["JSONL"]}) == [first["id"]]
    assert await listed(datasetId={"eq": dataset["id"]}) == [first["id"]]
    assert await listed(datasetId={"isNull": True}) == [second["id"]]
    assert await listed(status={"ne": "COMPLETED"}) == []
    node = await ask(f"query ($id: ID!) {{ node(id: $id) {{ ... on Export {{ {FIELDS} }} }} }}", id=first["uuid"])
    assert node["node"]["sha256"] == first["sha256"]
    job = "query ($id: ID!) { node(id: $id) { ... on Job { status attempt error { code } } } }"
    assert (await ask(job, id=first["id"]))["node"] == {"status": "COMPLETED", "attempt": 1, "error": None}
    assert (await ask(EXPORT, id=UNKNOWN_UUID))["export"] is None


async def test_a_cancelled_export_can_be_retried_and_a_completed_one_cannot(
    ask: Ask, database: Database, app_client: httpx.AsyncClient, store: Store
):
    await store(trace_input())
    row = export_row(status="CANCELLED", completed_at=datetime.now(UTC))
    async with database.write() as session:
        await session.execute(insert(exports), [row])
    refused = (await ask(CANCEL, input={"id": str(row["id"])}))["cancelExport"]
    assert (user_error_of(refused)["code"], user_error_of(refused)["path"]) == ("CONFLICT", ["input", "id"])

    retried = (await ask(RETRY, input={"id": str(row["id"])}))["retryExport"]

    assert (retried["errors"], retried["export"]["status"]) == ([], "PENDING")
    export = await ended(ask, str(row["id"]))
    assert prompts(await lines_of(app_client, export)) == ["What is 2 + 2?"]
    refused = (await ask(RETRY, input={"id": str(row["id"])}))["retryExport"]
    assert user_error_of(refused)["code"] == "CONFLICT"


@pytest.mark.parametrize("mutation", [CANCEL, RETRY, DELETE])
@on_sqlite
async def test_unknown_exports_are_reported(ask: Ask, mutation: str):
    for text, code in ((UNKNOWN_UUID, "NOT_FOUND"), ("nonsense", "BAD_ID")):
        (payload,) = (await ask(mutation, input={"id": text})).values()
        assert (user_error_of(payload)["code"], user_error_of(payload)["path"]) == (code, ["input", "id"])


async def test_a_deleted_export_takes_its_file_with_it(
    ask: Ask, app_client: httpx.AsyncClient, settings: Settings, dataset: dict[str, Any]
):
    export = await exported(ask, datasetId=dataset["id"])
    folder = folder_of(settings.data_dir, uuid.UUID(export["uuid"]))
    assert folder.exists()

    payload = (await ask(DELETE, input={"id": export["id"]}))["deleteExport"]

    assert payload == {"deletedUuid": export["uuid"], "errors": []}
    assert not folder.exists()
    assert (await ask(EXPORT, id=export["id"]))["export"] is None
    assert (await app_client.get(export["downloadUrl"])).status_code == 404


async def test_a_running_export_is_not_deleted(ask: Ask, database: Database):
    row = export_row(status="RUNNING", owner="w", attempt=1, lease_expires_at=datetime.now(UTC) + timedelta(seconds=60))
    async with database.write() as session:
        await session.execute(insert(exports), [row])

    payload = (await ask(DELETE, input={"id": str(row["id"])}))["deleteExport"]

    assert user_error_of(payload)["code"] == "CONFLICT"
    assert (await ask(EXPORT, id=str(row["id"])))["export"]["status"] == "RUNNING"


async def test_a_deleted_dataset_leaves_its_exports(ask: Ask, dataset: dict[str, Any]):
    export = await exported(ask, datasetId=dataset["id"])
    removal = "mutation ($input: DeleteDatasetInput!) { deleteDataset(input: $input) { errors { message } } }"
    assert (await ask(removal, input={"id": dataset["id"]}))["deleteDataset"]["errors"] == []

    left = (await ask(EXPORT, id=export["id"]))["export"]

    assert (left["dataset"], left["fileName"], left["status"]) == (None, export["fileName"], "COMPLETED")


async def test_a_dataset_deleted_before_its_export_begins_fails_it(ask: Ask, database: Database):
    row = export_row(datetime.now(UTC), recipe={"type": "dataset", "dataset_id": UNKNOWN_UUID})
    async with database.write() as session:
        await session.execute(insert(exports), [row])

    export = await ended(ask, str(row["id"]))

    assert (export["status"], export["error"]["code"]) == ("FAILED", "NOT_FOUND")
    assert UNKNOWN_UUID in export["error"]["message"]


async def test_what_has_expired_is_swept_away_and_the_record_stays(
    ask: Ask, app_client: httpx.AsyncClient, database: Database, settings: Settings, dataset: dict[str, Any]
):
    export, other = [await exported(ask, datasetId=dataset["id"]) for _ in range(2)]
    stray = folder_of(settings.data_dir, uuid.uuid4())
    stray.mkdir()
    async with database.write() as session:
        over = update(exports).where(exports.c.id == uuid.UUID(export["uuid"]))
        await session.execute(over.values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert (await ask(EXPORT, id=export["id"]))["export"]["downloadUrl"] is None

    await Exports(settings).sweep(database)

    left = (await ask(EXPORT, id=export["id"]))["export"]
    assert (left["status"], left["sha256"], left["downloadUrl"]) == ("COMPLETED", export["sha256"], None)
    assert (await app_client.get(export["downloadUrl"])).status_code == 410
    assert not folder_of(settings.data_dir, uuid.UUID(export["uuid"])).exists()
    assert not stray.exists()
    assert (await app_client.get(other["downloadUrl"])).status_code == 200


async def test_events_reports_what_has_happened(graphql: Execute, ask: Ask, dataset: dict[str, Any]):
    export = await exported(ask, datasetId=dataset["id"])
    query = """
    query ($id: ID!) {
      export(id: $id) { events { totalCount nodes { seq status attempt progress rowCount byteSize reason } } }
    }
    """
    found = (await ask(query, id=export["id"]))["export"]["events"]

    assert [node["seq"] for node in found["nodes"]] == list(range(1, found["totalCount"] + 1))
    assert [found["nodes"][0]["status"], found["nodes"][1]["status"]] == ["PENDING", "RUNNING"]
    last = found["nodes"][-1]
    assert (last["status"], last["progress"], last["rowCount"], last["byteSize"]) == (
        "COMPLETED",
        1,
        5,
        export["byteSize"],
    )
    later = "query ($id: ID!) { export(id: $id) { events(where: {seq: {gt: 1}}, first: 1) { nodes { seq } } } }"
    assert (await ask(later, id=export["id"]))["export"]["events"]["nodes"] == [{"seq": 2}]
