"""Runs through the API: started, waited for, cancelled, tried again, deleted; and every way to be refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.runs import StandIn, stand_in
from tests.support.started_runs import ONE, START, built, dataset, reaching, settings, started
from tests.support.traces import UNKNOWN_UUID, on_sqlite, trace_input, user_error_of
from tunix_rt.settings import Settings

__all__ = ["dataset", "settings", "stand_in"]


async def refused(ask: Ask, **fields: Any) -> list[tuple[str, str]]:
    """The codes and the paths of all that is wrong with a run, of which nothing is entered."""
    payload = (await ask(START, input={"modelId": "tiny-random/qwen3"} | fields))["startRun"]
    assert (payload["run"], payload["persisted"]) == (None, None)
    assert (await ask("{ runs { totalCount } }"))["runs"]["totalCount"] == 0
    return [(error["code"], ".".join(error["path"])) for error in payload["errors"]]


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
