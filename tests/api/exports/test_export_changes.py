"""Exports listed, cancelled, retried, deleted and expired."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, update

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.exported_datasets import dataset, lines_of, prompts
from tests.support.exports import (
    CANCEL,
    DELETE,
    EXPORT,
    FIELDS,
    RETRY,
    START,
    ended,
    exported,
    started,
)
from tests.support.ledger import export_row
from tests.support.traces import UNKNOWN_UUID, on_sqlite, trace_input, user_error_of
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.files import folder_of
from tunix_rt.jobs.exports.kind import Exports
from tunix_rt.settings import Settings

__all__ = ["dataset"]


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
