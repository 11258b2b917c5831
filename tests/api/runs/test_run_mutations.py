"""Runs through the API: started, waited for, cancelled, tried again, deleted; and every way to be refused."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.run_requests import entered
from tests.support.runs import Away, StandIn, away, stand_in, until_exists, with_stand_in
from tests.support.traces import CREATE_DATASET, UNKNOWN_UUID, code_of, data_of, on_sqlite, trace_input, user_error_of
from tests.support.waiting import until
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.runs.files import runs_folder
from tunix_rt.settings import Settings

__all__ = ["away", "stand_in"]

RUN = """
  id uuid status statusReason progress attempt mode method modelId datasetKey outputName exitCode stdout stderr manifest
  error { code message } trainingProgress { step totalSteps } config { seed batchSize maxSteps lora { rank } }
  dataset { key } evalDataset { key } durationSeconds completedAt cancelRequested
"""
START = f"""
mutation ($input: StartRunInput!) {{
  startRun(input: $input) {{ run {{ {RUN} }} persisted warnings errors {{ code message path }} }}
}}
"""
CANCEL = f"""
mutation ($input: CancelRunInput!) {{
  cancelRun(input: $input) {{ run {{ {RUN} }} errors {{ code message path }} }}
}}
"""
RETRY = f"""
mutation ($input: RetryRunInput!) {{
  retryRun(input: $input) {{ run {{ {RUN} }} errors {{ code message path }} }}
}}
"""
DELETE = """
mutation ($input: DeleteRunInput!) { deleteRun(input: $input) { deletedUuid errors { code message path } } }
"""
ONE = f"query ($id: ID!) {{ run(id: $id) {{ {RUN} }} }}"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, stand_in: StandIn) -> Settings:
    """The settings of a server whose trainer is the stand-in."""
    plain = Settings(data_dir=tmp_path / "data", database_url=database_url, load_samples=False)
    return with_stand_in(plain, stand_in, db_lock_timeout_seconds=1.0)


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset of ten traces."""
    await store(*(trace_input(f"What is {number} + {number}?") for number in range(10)))
    return await built(ask, "math")


async def built(ask: Ask, name: str) -> dict[str, Any]:
    """A dataset of all traces."""
    payload = (await ask(CREATE_DATASET, input={"name": name, "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def started(ask: Ask, dataset: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Returns the payload of an accepted ``startRun``."""
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3"} | fields
    payload: dict[str, Any] = (await ask(START, input=given))["startRun"]
    assert payload["errors"] == []
    return payload


async def refused(ask: Ask, **fields: Any) -> list[tuple[str, str]]:
    """The codes and the paths of all that is wrong with a run, of which nothing is entered."""
    payload = (await ask(START, input={"modelId": "tiny-random/qwen3"} | fields))["startRun"]
    assert (payload["run"], payload["persisted"]) == (None, None)
    assert (await ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 0
    return [(error["code"], ".".join(error["path"])) for error in payload["errors"]]


async def reaching(ask: Ask, run: dict[str, Any], *statuses: str) -> dict[str, Any]:
    """A run, as soon as it has one of these statuses."""

    async def reached() -> dict[str, Any] | None:
        found: dict[str, Any] = (await ask(ONE, id=run["id"]))["run"]
        return found if found["status"] in statuses else None

    found: dict[str, Any] = await until(reached)
    return found


async def test_a_dry_run_that_is_waited_for(ask: Ask, dataset: dict[str, Any]):
    payload = await started(ask, dataset, wait=True, batchSize=4, numEpochs=2, seed=7, outputName="mine")

    assert (payload["persisted"], payload["warnings"]) == (True, [])
    run = payload["run"]
    assert (run["status"], run["statusReason"], run["error"]) == ("COMPLETED", "Dry-run validation successful.", None)
    assert (run["mode"], run["method"], run["progress"], run["attempt"], run["exitCode"]) == ("DRY_RUN", "SFT", 1, 1, 0)
    assert (run["datasetKey"], run["dataset"], run["evalDataset"]) == ("math-v1", {"key": "math-v1"}, None)
    assert run["config"] == {"seed": 7, "batchSize": 4, "maxSteps": None, "lora": None}
    assert run["trainingProgress"]["totalSteps"] == 6
    assert "✓ Dataset loaded: 10 traces" in run["stdout"]
    assert "learning_rate: 2.0e-05" in run["manifest"]
    assert (await ask(ONE, id=run["id"]))["run"] == run


async def test_a_dry_run_is_answered_at_once_and_done_in_its_own_time(ask: Ask, dataset: dict[str, Any]):
    payload = await started(ask, dataset)

    assert (payload["persisted"], payload["warnings"]) == (True, [])
    assert (payload["run"]["status"], payload["run"]["attempt"]) == ("PENDING", 0)
    assert payload["run"]["statusReason"] == "It is queued."
    run = await reaching(ask, payload["run"], "COMPLETED", "FAILED")
    assert (run["status"], run["attempt"]) == ("COMPLETED", 1)


async def test_a_run_that_trains(ask: Ask, dataset: dict[str, Any]):
    payload = await started(ask, dataset, mode="TRAIN", method="LORA", lora={"rank": 4}, wait=True)

    run = payload["run"]
    assert (run["status"], run["exitCode"], run["error"]) == ("COMPLETED", 0, None)
    assert run["config"]["lora"] == {"rank": 4}
    assert "the stand-in trains" in run["stdout"]
    assert run["trainingProgress"] == {"step": 3, "totalSteps": 3}
    query = """
    query ($id: ID!) {
      run(id: $id) {
        latestMetrics { name step value } metrics(names: ["train/loss"]) { steps }
        attempts { attempt status } checkpoints { step }
        artifacts(where: {kind: {eq: WEIGHTS}}) { nodes { name } }
        logs(where: {stream: {eq: STDOUT}}) { nodes { text } }
        events(last: 1) { nodes { ... on RunState { status } } }
      }
    }
    """
    reported = (await ask(query, id=run["id"]))["run"]
    latest = {found["name"]: (found["step"], found["value"]) for found in reported["latestMetrics"]}
    assert latest["train/loss"] == (3, pytest.approx(1 / 3))
    assert reported["metrics"] == [{"steps": [1, 2, 3]}]
    assert reported["attempts"] == [{"attempt": 1, "status": "COMPLETED"}]
    assert reported["checkpoints"][-1] == {"step": 3}
    assert reported["artifacts"]["nodes"] == [{"name": "model/model.safetensors"}]
    assert {"text": "the stand-in trains"} in reported["logs"]["nodes"]
    assert reported["events"]["nodes"] == [{"status": "COMPLETED"}]


async def test_a_run_that_fails_reports_why(ask: Ask, dataset: dict[str, Any], stand_in: StandIn):
    stand_in.does(error="BAD_MODEL")
    payload = await started(ask, dataset, mode="TRAIN", wait=True)

    run = payload["run"]
    assert (run["status"], run["exitCode"], payload["persisted"]) == ("FAILED", 1, True)
    assert run["error"]["message"] == run["statusReason"] == "The stand-in fails as planned."


async def test_datasets_are_found_by_their_keys(ask: Ask, dataset: dict[str, Any], store: Store):
    await store(trace_input("another"))
    other = await built(ask, "eval")

    run = (
        await ask(START, input={"datasetId": "math-v1", "evalDatasetId": other["key"], "modelId": "tiny-random/qwen3"})
    )["startRun"]["run"]

    assert (run["dataset"], run["evalDataset"]) == ({"key": "math-v1"}, {"key": "eval-v1"})


async def test_all_validation_errors_are_reported_together(ask: Ask, dataset: dict[str, Any]):
    wrong = {
        "modelId": "",
        "learningRate": 2.0,
        "numEpochs": 101,
        "batchSize": 0,
        "maxSeqLength": 127,
        "seed": -1,
        "maxGradNorm": 0.0,
        "lora": {"rank": 0, "alpha": 0.0, "modulePath": "("},
        "mesh": {"tp": 0},
        "timeoutSeconds": 0,
        "outputName": "../up",
    }
    names = {"input." + name for name in (*wrong, "lora.rank", "lora.alpha", "lora.modulePath", "mesh.tp")}
    wanted = {("BAD_USER_INPUT", name) for name in names - {"input.mesh"}}

    found = await refused(ask, datasetId=dataset["id"], **wrong)

    assert set(found) == wanted
    assert len(found) == len(wanted)
    without = await refused(ask, datasetId="unknown", **wrong)
    assert set(without) == wanted | {("NOT_FOUND", "input.datasetId")}


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        ({"datasetId": "VHJhY2U6MDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3"}, [("BAD_ID", "input.datasetId")]),
        ({"datasetId": UNKNOWN_UUID}, [("NOT_FOUND", "input.datasetId")]),
        ({"datasetId": "unknown"}, [("NOT_FOUND", "input.datasetId")]),
        ({"datasetId": "math-v1", "evalDatasetId": UNKNOWN_UUID}, [("NOT_FOUND", "input.evalDatasetId")]),
        ({"datasetId": "math-v1", "evalDatasetId": "math-v1"}, [("BAD_USER_INPUT", "input.evalDatasetId")]),
        ({"datasetId": "x", "evalDatasetId": "y"}, [("NOT_FOUND", "input.datasetId"),
                                                      ("NOT_FOUND", "input.evalDatasetId")]),
        ({"datasetId": "math-v1", "lora": {"rank": 4}}, [("BAD_USER_INPUT", "input.lora")]),
        ({"datasetId": "math-v1", "mesh": {"fsdp": 3}}, [("BAD_USER_INPUT", "input.batchSize")]),
        ({"datasetId": "math-v1", "warmupSteps": 5, "maxSteps": 4}, [("BAD_USER_INPUT", "input.warmupSteps")]),
        ({"datasetId": "math-v1", "timeoutSeconds": 604_801}, [("BAD_USER_INPUT", "input.timeoutSeconds")]),
        ({"datasetId": "math-v1", "modelId": "a\0b"}, [("BAD_USER_INPUT", "input.modelId")]),
        ({"datasetId": "math-v1", "idempotencyKey": ""}, [("BAD_USER_INPUT", "input.idempotencyKey")]),
    ],
)  # fmt: skip
@on_sqlite
async def test_refusals_name_their_field(
    ask: Ask, dataset: dict[str, Any], fields: Any, reported: list[tuple[str, str]]
):
    assert await refused(ask, **fields) == reported


async def test_a_name_is_of_one_run(ask: Ask, dataset: dict[str, Any]):
    first = (await started(ask, dataset, outputName="mine", wait=True))["run"]

    payload = await ask(START, input={"datasetId": dataset["id"], "modelId": "m", "outputName": "mine"})

    error = user_error_of(payload["startRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "outputName"])
    assert first["uuid"] in error["message"]


async def test_nothing_can_be_trained_here(ask: Ask, dataset: dict[str, Any], settings: Settings):
    await asyncio.to_thread(Path(settings.trainer_python).write_text, "#!/bin/sh\nexit 1\n")

    payload = await started(ask, dataset, mode="TRAIN")

    run = payload["run"]
    assert (run["status"], run["error"]["code"], run["attempt"]) == ("FAILED", "UNAVAILABLE", 0)
    assert run["statusReason"] == run["error"]["message"]
    assert (await ask(ONE, id=run["id"]))["run"] == run, "it is recorded, too"
    assert (await started(ask, dataset, wait=True))["run"]["status"] == "COMPLETED", "dry runs work"


async def test_the_same_request_under_one_key_is_one_run(ask: Ask, dataset: dict[str, Any]):
    first = (await started(ask, dataset, idempotencyKey="k"))["run"]
    again = await started(ask, dataset, idempotencyKey="k")
    waited = await started(ask, dataset, idempotencyKey="k", wait=True)
    payload = await ask(START, input={"datasetId": dataset["id"], "modelId": "other", "idempotencyKey": "k"})
    fresh = (await started(ask, dataset, idempotencyKey="k2", wait=True))["run"]
    once_more = (await started(ask, dataset, idempotencyKey="k2", wait=True))["run"]

    assert again["run"]["id"] == waited["run"]["id"] == first["id"]
    assert (waited["run"]["status"], again["persisted"], waited["persisted"]) == ("COMPLETED", True, True)
    error = user_error_of(payload["startRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "idempotencyKey"])
    assert fresh["id"] == once_more["id"] != first["id"]
    assert (await ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 2


async def test_a_run_is_cancelled_while_it_trains_and_goes_on_from_its_checkpoint(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn
):
    stand_in.waits(steps=4)
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    payload = (await ask(CANCEL, input={"id": run["uuid"]}))["cancelRun"]
    assert (payload["errors"], payload["run"]["cancelRequested"]) == ([], True)
    cancelled = await reaching(ask, run, "CANCELLED")
    assert cancelled["completedAt"] is not None

    stand_in.does(steps=4)
    payload = (await ask(RETRY, input={"id": run["id"]}))["retryRun"]
    assert (payload["errors"], payload["run"]["status"]) == ([], "PENDING")
    ended = await reaching(ask, run, "COMPLETED", "FAILED")

    assert (ended["status"], ended["attempt"], ended["cancelRequested"]) == ("COMPLETED", 2, False)
    query = """
    query ($id: ID!) {
      run(id: $id) { attempts { attempt status } metrics(names: ["train/loss"]) { steps } }
    }
    """
    reported = (await ask(query, id=run["id"]))["run"]
    assert reported["attempts"] == [{"attempt": 1, "status": "CANCELLED"}, {"attempt": 2, "status": "COMPLETED"}]
    assert reported["metrics"][0]["steps"] == [1, 2, 3, 4]
    error = user_error_of((await ask(RETRY, input={"id": run["id"]}))["retryRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])


async def test_a_run_that_waits_is_cancelled_at_once(ask: Ask, dataset: dict[str, Any], stand_in: StandIn):
    stand_in.waits()
    first = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    second = (await started(ask, dataset, mode="TRAIN"))["run"]

    payload = (await ask(CANCEL, input={"id": second["id"]}))["cancelRun"]
    again = (await ask(CANCEL, input={"id": second["id"]}))["cancelRun"]

    assert (payload["run"]["status"], payload["run"]["attempt"]) == ("CANCELLED", 0)
    assert (user_error_of(again)["code"], again["run"]) == ("CONFLICT", None)
    stand_in.open()
    assert (await reaching(ask, first, "COMPLETED"))["attempt"] == 1


async def test_a_run_is_deleted_with_its_folder_but_not_while_it_runs(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn, settings: Settings
):
    stand_in.waits()
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN"))["run"], "RUNNING")
    error = user_error_of((await ask(DELETE, input={"id": run["id"]}))["deleteRun"])
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "id"])
    stand_in.open()
    await reaching(ask, run, "COMPLETED")
    folder = runs_folder(settings.data_dir) / run["uuid"]
    assert folder.is_dir()

    payload = (await ask(DELETE, input={"id": run["id"]}))["deleteRun"]

    assert payload == {"deletedUuid": run["uuid"], "errors": []}
    assert (await ask(ONE, id=run["id"]))["run"] is None
    assert not folder.exists()
    assert user_error_of((await ask(DELETE, input={"id": run["id"]}))["deleteRun"])["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("mutation", "field"), [(CANCEL, "cancelRun"), (RETRY, "retryRun"),
                                                 (DELETE, "deleteRun")])  # fmt: skip
@on_sqlite
async def test_runs_that_are_not_there(ask: Ask, database: Database, mutation: str, field: str):
    of_a_trace = "VHJhY2U6MDE4OTBhNWQtYWM5Ni03NzRiLWJjY2UtYjMwMjA5OWE4MDU3"
    for given, code in ((UNKNOWN_UUID, "NOT_FOUND"), ("nonsense", "NOT_FOUND"), (of_a_trace, "BAD_ID")):
        error = user_error_of((await ask(mutation, input={"id": given}))[field])
        assert (error["code"], error["path"]) == (code, ["input", "id"])
    imported = await entered(database, status="FAILED", attempt=1, config=None)
    if field == "retryRun":
        assert user_error_of((await ask(mutation, input={"id": str(imported["id"])}))[field])["code"] == "CONFLICT"


@on_sqlite
async def test_a_dry_run_is_reported_even_if_it_cannot_be_recorded(
    ask: Ask, graphql: Execute, dataset: dict[str, Any], settings: Settings
):
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3"}
    writer = sqlite3.connect(str(make_url(settings.database_url).database), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        payload = (await ask(START, input=given | {"wait": True}))["startRun"]
        body = await graphql(START, {"input": given})
    finally:
        writer.rollback()
        writer.close()

    run = payload["run"]
    assert (run["status"], run["statusReason"]) == ("COMPLETED", "Dry-run validation successful.")
    assert (payload["persisted"], len(payload["warnings"])) == (False, 1)
    assert "✓ Dataset loaded: 10 traces" in run["stdout"]
    assert code_of(body) == "UNAVAILABLE", "one that is not waited for cannot be entered"
    assert "INSERT" not in str(body)
    assert (await ask(ONE, id=run["id"]))["run"] is None


KEPT = """
mutation ($input: StartRunInput!) {
  startRun(input: $input) {
    run {
      uuid status dataset { key } attempts { attempt } latestMetrics { name } metrics { name } checkpoints { step }
      logs { totalCount nodes { text } pageInfo { hasNextPage } } events { edges { cursor } } artifacts { totalCount }
    }
    persisted warnings errors { code }
  }
}
"""


async def test_a_run_is_reported_with_whatever_is_selected_though_the_database_is_away(
    ask: Ask, dataset: dict[str, Any], stand_in: StandIn, away: Away, settings: Settings
):
    stand_in.waits()
    given = {"datasetId": dataset["id"], "modelId": "tiny-random/qwen3", "mode": "TRAIN", "outputName": "named"}
    waiting = asyncio.ensure_future(ask(KEPT, input=given | {"wait": True}))
    await until_exists(settings.data_dir / "runs" / "named" / "checkpoints" / "1")
    async with away():
        stand_in.open()
        payload = (await waiting)["startRun"]

    run = payload["run"]
    assert (run["status"], payload["persisted"], payload["errors"]) == ("COMPLETED", False, [])
    if settings.database_url.startswith("sqlite"):  # it can be read still
        assert (len(payload["warnings"]), run["dataset"], run["attempts"]) == (1, {"key": "math-v1"}, [{"attempt": 1}])
        return
    assert payload["warnings"][1] == (
        "The database cannot be read now, so these fields are empty: artifacts, attempts, checkpoints, dataset, "
        "events, latestMetrics, logs, metrics. Query the run later."
    )
    assert run["dataset"] is None
    assert run["attempts"] == run["latestMetrics"] == run["metrics"] == run["checkpoints"] == run["events"]["edges"]
    assert run["logs"] == {"totalCount": 0, "nodes": [], "pageInfo": {"hasNextPage": False}}
    assert run["artifacts"] == {"totalCount": 0}


@pytest.fixture
async def impatient(settings: Settings) -> AsyncIterator[Ask]:
    """Asks a server whose requests may take a second."""
    app = create_app(replace(settings, request_timeout_seconds=1.0))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):

        async def ask(query: str, **variables: Any) -> dict[str, Any]:
            return data_of((await client.post("/graphql", json={"query": query, "variables": variables})).json())

        yield ask


@on_sqlite
async def test_a_run_may_be_waited_for_longer_than_requests_may_take(
    ask: Ask, impatient: Ask, dataset: dict[str, Any], stand_in: StandIn
):
    stand_in.waits()
    run = await reaching(ask, (await started(ask, dataset, mode="TRAIN", idempotencyKey="k"))["run"], "RUNNING")
    waiting = asyncio.create_task(started(impatient, dataset, mode="TRAIN", idempotencyKey="k", wait=True))
    await asyncio.wait([waiting], timeout=1.5)
    assert not waiting.done()
    stand_in.open()

    ended = (await waiting)["run"]
    assert (ended["id"], ended["status"]) == (run["id"], "COMPLETED")
