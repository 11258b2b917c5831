"""One run with all of its fields, and runs side by side."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import update

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.no_worker import settings
from tests.support.run_requests import append_entries, artifact, at, config_row, entered, points, uuids
from tests.support.traces import CREATE_DATASET, UNKNOWN_UUID, code_of, trace_input
from tunix_rt.api.runs.comparison import value_text
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.session import Database
from tunix_rt.domain.global_ids import global_id
from tunix_rt.domain.runs.config import RunConfig, config_json
from tunix_rt.domain.runs.manifest import Lora, Mesh, Training
from tunix_rt.trainer.contract import Schedule

__all__ = ["settings"]


WHOLE = """
query ($id: ID!) {
  run(id: $id) {
    id uuid status statusReason progress createdAt startedAt completedAt error { code message } attempt maxAttempts
    cancelRequested mode method modelId datasetKey outputName engine manifest
    trainingProgress { step totalSteps epoch etaSeconds }
    durationSeconds exitCode stdout stderr
    dataset { key } evalDataset { key }
    config {
      learningRate numEpochs batchSize maxSeqLength maxSteps seed gradientAccumulationSteps warmupSteps schedule
      weightDecay maxGradNorm saveEverySteps evalEverySteps timeoutSeconds
      lora { rank alpha modulePath } mesh { fsdp tp }
    }
  }
}
"""


@pytest.fixture
async def dataset(ask: Ask, store: Store) -> dict[str, Any]:
    """A dataset."""
    await store(trace_input())
    payload = (await ask(CREATE_DATASET, input={"name": "math", "version": "v1"}))["createDataset"]
    found: dict[str, Any] = payload["dataset"]
    return found


async def test_one_run_whole(ask: Ask, database: Database, dataset: dict[str, Any]):
    config = RunConfig(
        dataset_id=uuid.UUID(dataset["uuid"]),
        model_id="tiny-random/qwen3",
        training=Training(learning_rate=0.001, num_epochs=2, seed=7, max_steps=10, schedule=Schedule.COSINE),
        lora=Lora(rank=4, alpha=8.0),
        mesh=Mesh(fsdp=1),
        timeout_seconds=60,
    )
    run = await entered(
        database,
        1.5,
        dataset_id=uuid.UUID(dataset["uuid"]),
        eval_dataset_id=uuid.UUID(dataset["uuid"]),
        dataset_key=dataset["key"],
        mode="TRAIN",
        method="LORA",
        output_name="mine",
        status="FAILED",
        attempt=2,
        progress=0.5,
        error_code="INTERNAL",
        error_message="The loss is no longer a number.",
        message="The loss is no longer a number.",
        started_at=at(2),
        completed_at=at(5),
        duration_seconds=3.25,
        exit_code=1,
        step=5,
        total_steps=10,
        epoch=1.25,
        eta_seconds=2.5,
        config=config_json(config),
        manifest="version: '1.0'\n",
        stdout="printed",
        stderr="moaned",
    )

    found = (await ask(WHOLE, id=str(run["id"])))["run"]

    assert found == {
        "id": global_id("Run", run["id"]),
        "uuid": str(run["id"]),
        "status": "FAILED",
        "statusReason": "The loss is no longer a number.",
        "progress": 0.5,
        "createdAt": "2026-01-01T00:00:01.500000Z",
        "startedAt": "2026-01-01T00:00:02Z",
        "completedAt": "2026-01-01T00:00:05Z",
        "error": {"code": "INTERNAL", "message": "The loss is no longer a number."},
        "attempt": 2,
        "maxAttempts": 3,
        "cancelRequested": False,
        "mode": "TRAIN",
        "method": "LORA",
        "modelId": "tiny-random/qwen3",
        "datasetKey": "math-v1",
        "outputName": "mine",
        "engine": "local",
        "manifest": "version: '1.0'\n",
        "trainingProgress": {"step": 5, "totalSteps": 10, "epoch": 1.25, "etaSeconds": 2.5},
        "durationSeconds": 3.25,
        "exitCode": 1,
        "stdout": "printed",
        "stderr": "moaned",
        "dataset": {"key": "math-v1"},
        "evalDataset": {"key": "math-v1"},
        "config": {
            "learningRate": 0.001,
            "numEpochs": 2,
            "batchSize": 8,
            "maxSeqLength": 2048,
            "maxSteps": 10,
            "seed": 7,
            "gradientAccumulationSteps": None,
            "warmupSteps": None,
            "schedule": "COSINE",
            "weightDecay": None,
            "maxGradNorm": None,
            "saveEverySteps": None,
            "evalEverySteps": None,
            "timeoutSeconds": 60,
            "lora": {"rank": 4, "alpha": 8.0, "modulePath": None},
            "mesh": {"fsdp": 1, "tp": None},
        },
    }
    assert (await ask(WHOLE, id=found["id"]))["run"] == found


async def test_a_run_that_waits_reports_it(ask: Ask, database: Database):
    run = await entered(database, message="It is queued.")

    found = (await ask(WHOLE, id=str(run["id"])))["run"]

    assert (found["status"], found["statusReason"], found["attempt"]) == ("PENDING", "It is queued.", 0)
    for name in ("startedAt", "completedAt", "error", "manifest", "exitCode", "dataset", "evalDataset"):
        assert found[name] is None, name


async def test_there_is_no_such_run(graphql: Execute, ask: Ask):
    assert (await ask(WHOLE, id=UNKNOWN_UUID))["run"] is None
    assert (await ask(WHOLE, id="nonsense"))["run"] is None
    assert code_of(await graphql(WHOLE, {"id": global_id("Trace", uuid.UUID(UNKNOWN_UUID))})) == "BAD_ID"


async def test_runs_and_their_files_are_nodes(ask: Ask, database: Database):
    run = await entered(database)
    file = await artifact(database, run, "model/config.json", kind="CONFIG")

    found = await ask(
        "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on Run { modelId } "
        "... on RunArtifact { name kind } ... on Job { status } } }",
        ids=[str(run["id"]), global_id("RunArtifact", file["id"])],
    )

    assert found["nodes"] == [
        {
            "id": global_id("Run", run["id"]),
            "__typename": "Run",
            "modelId": "tiny-random/qwen3",
            "status": "PENDING",
        },
        {
            "id": global_id("RunArtifact", file["id"]),
            "__typename": "RunArtifact",
            "name": "model/config.json",
            "kind": "CONFIG",
        },
    ]


async def test_a_dataset_knows_its_runs(ask: Ask, database: Database, dataset: dict[str, Any]):
    identity = uuid.UUID(dataset["uuid"])
    trained = [await entered(database, seconds, dataset_id=identity) for seconds in range(3)]
    measured = await entered(database, 5, eval_dataset_id=identity)
    await entered(database, 6)

    found = (
        await ask(
            "query ($id: ID!) { dataset(id: $id) { runs(first: 2) { totalCount nodes { uuid dataset { key } } } "
            "evalRuns { totalCount nodes { uuid status } } } }",
            id=dataset["id"],
        )
    )["dataset"]

    assert found["runs"]["totalCount"] == 3
    assert uuids(found["runs"]) == [str(trained[2]["id"]), str(trained[1]["id"])]
    assert found["runs"]["nodes"][0]["dataset"] == {"key": "math-v1"}
    assert found["evalRuns"] == {"totalCount": 1, "nodes": [{"uuid": str(measured["id"]), "status": "PENDING"}]}


COMPARE = """
query ($ids: [ID!]!, $names: [String!]) {
  compareRuns(ids: $ids) {
    runs { uuid status }
    differences { field values }
    metrics(names: $names) { name series { name steps values pointCount } }
  }
}
"""


async def test_runs_side_by_side(ask: Ask, database: Database):
    first = await entered(database, 0, method="LORA", config=config_row(learning_rate=1e-5, max_steps=7))
    second = await entered(database, 1, model_id="other", config=config_row(learning_rate=3e-4))
    await append_entries(database, first, [*points("train/loss", [2.0, 1.0]), *points("eval/loss", [1.5])])
    await append_entries(database, second, points("train/loss", [9.0]))

    found = (await ask(COMPARE, ids=[str(second["id"]), str(first["id"])]))["compareRuns"]

    assert uuids({"nodes": found["runs"]}) == [str(second["id"]), str(first["id"])]
    assert {difference["field"]: difference["values"] for difference in found["differences"]} == {
        "modelId": ["other", "tiny-random/qwen3"],
        "method": ["SFT", "LORA"],
        "learningRate": ["0.0003", "1e-05"],
        "maxSteps": [None, "7"],
    }

    def series(name: str, values: list[float]) -> dict[str, Any]:
        return {"name": name, "steps": [*range(1, len(values) + 1)], "values": values, "pointCount": len(values)}

    assert found["metrics"] == [
        {"name": "eval/loss", "series": [series("eval/loss", []), series("eval/loss", [1.5])]},
        {"name": "train/loss", "series": [series("train/loss", [9.0]), series("train/loss", [2.0, 1.0])]},
    ]
    only = (await ask(COMPARE, ids=[str(first["id"]), str(second["id"])], names=["train/loss"]))["compareRuns"]
    assert [metric["name"] for metric in only["metrics"]] == ["train/loss"]


async def test_parameters_that_are_no_strings_are_compared_as_json(ask: Ask, database: Database):
    """Lists, such as labels and the rewards of GRPO, among them."""
    grpo = {"rewards": [{"scorer": "longueur é", "weight": 0.5}], "num_generations": 4}
    first = await entered(database, 0, config=config_row(learning_rate=1.0) | {"labels": ["gpu"], "grpo": grpo})
    second = await entered(database, 1, config=config_row(learning_rate=0.5))

    found = (await ask(COMPARE, ids=[str(first["id"]), str(second["id"])]))["compareRuns"]["differences"]

    values = {difference["field"]: difference["values"] for difference in found}
    assert values["learningRate"] == ["1", "0.5"]
    assert values["labels"][0] == '["gpu"]'
    assert values["grpo.rewards"] == ['[{"scorer": "longueur é", "weight": 0.5}]', None]
    assert values["grpo.numGenerations"] == ["4", None]
    assert value_text(True) == "true"


async def test_comparisons_that_cannot_be_made(graphql: Execute, database: Database):
    run = str((await entered(database))["id"])

    for ids, code, path in (
        ([run], "BAD_USER_INPUT", ["ids"]),
        ([run] * 2, "BAD_USER_INPUT", ["ids"]),
        ([str(uuid.uuid4()) for _ in range(21)], "BAD_USER_INPUT", ["ids"]),
        ([run, "nonsense"], "NOT_FOUND", ["ids", "1"]),
        ([run, UNKNOWN_UUID], "NOT_FOUND", ["ids", "1"]),
    ):
        body = await graphql(COMPARE, {"ids": ids})
        assert code_of(body) == code
        assert [str(part) for part in body["errors"][0]["extensions"]["argumentPath"]] == path


async def test_the_newest_state_is_what_is_read(ask: Ask, database: Database):
    run = await entered(database)
    async with database.write() as session:
        await session.execute(update(tunix_runs).where(tunix_runs.c.id == run["id"]).values(cancel_requested=True))

    assert (await ask(WHOLE, id=str(run["id"])))["run"]["cancelRequested"] is True
